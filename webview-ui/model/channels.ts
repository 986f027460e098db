/** One quantity of a batch normalization over its channels, those with a problem marked by a shape of their own. */
import type { ChannelProblem } from '../../sidecar/protocol/inspect.ts';
import { linearRange, logRange, type Range, wantsLog } from '../axes.ts';
import type { Picture } from '../explain/picture.ts';
import {
  type Box,
  drawBottomAxis,
  drawLeftAxis,
  line,
  plottingArea,
  type Surface,
  shareOf,
} from '../explain/surface.ts';
import { count, figure } from '../format.ts';
import { addMarker } from '../series.ts';
import type { PlainTable } from '../table.ts';
import { markOf, problemsByChannel, remark } from './channel-marks.ts';

/** CSS pixels. */
const height = 172;
/** A channel that has less room is no dot of its own but part of a column. */
const roomOfDot = 3;
/** Values smaller than this share of the largest do not stretch a logarithmic axis. */
const logDepth = 1e-8;
/** A table of more rows would take seconds to lay out; the saved figures have them all. */
const mostRows = 4096;

export interface ChannelPlan {
  readonly key: string;
  readonly title: string;
  readonly fullTitle: string;
  readonly hint: string;
  readonly values: Float32Array;
  readonly problems: readonly ChannelProblem[];
  /** Place among the colours of series. */
  readonly colour: number;
  /** Whether zero means something, as of a factor: the axis then begins there. */
  readonly fromZero: boolean;
  /** Whether the axis may be logarithmic: of what is signed, a value near zero would stretch it to no use. */
  readonly mayBeLog: boolean;
}

export class ChannelPicture implements Picture<number> {
  readonly key: string;
  readonly title: string;
  readonly fullTitle: string;
  readonly hint: string;
  readonly #values: Float32Array;
  readonly #problems: ReadonlyMap<number, readonly ChannelProblem[]>;
  readonly #colour: number;
  readonly #range: Range;
  readonly #log: boolean;
  readonly #finite: number;
  #box: Box = { left: 0, top: 0, width: 1, height: 1 };

  constructor(plan: ChannelPlan) {
    const { key, title, fullTitle, hint, values, problems, colour, fromZero, mayBeLog } = plan;
    this.key = key;
    this.title = title;
    this.fullTitle = fullTitle;
    this.hint = hint;
    this.#values = values;
    this.#problems = problemsByChannel(problems);
    this.#colour = colour;
    const { min, max, finite } = extentOf(values);
    this.#finite = finite;
    this.#log = mayBeLog && finite === values.length && wantsLog(min, max, false);
    this.#range = this.#log
      ? logRange(Math.max(min, max * logDepth), max)
      : linearRange(fromZero ? Math.min(0, min) : min, fromZero ? Math.max(0, max) : max);
  }

  height(): number {
    return height;
  }

  /** The values of a file stand still. */
  state(): string {
    return this.key;
  }

  legend(): string {
    const lost = this.#values.length - this.#finite;
    return [
      this.#log ? 'logarithmic' : '',
      lost > 0 ? `${count(lost)} not finite, on the axis` : '',
    ]
      .filter(Boolean)
      .join(', ');
  }

  draw(surface: Surface): void {
    this.#box = plottingArea(surface);
    const channels = this.#values.length;
    drawLeftAxis(surface, this.#box, { range: this.#range, log: this.#log });
    drawBottomAxis(surface, this.#box, [-0.5, channels - 0.5], 'steps');
    if (this.#box.width / channels >= roomOfDot) this.#drawDots(surface);
    else this.#drawColumns(surface);
    this.#drawMarks(surface);
  }

  find(x: number): number | null {
    const { left, width } = this.#box;
    if (x < left || x >= left + width) return null;
    return Math.floor(((x - left) / width) * this.#values.length);
  }

  move(from: number | null, right: number): number | null {
    const last = this.#values.length - 1;
    if (last < 0) return null;
    return Math.min(last, Math.max(0, from === null ? 0 : from + right));
  }

  place(channel: number): Box {
    const { left, top, width, height: tall } = this.#box;
    const each = width / this.#values.length;
    return { left: left + channel * each, top, width: each, height: tall };
  }

  describe(channel: number) {
    const wrong = remark(this.#problems.get(channel));
    const cells = [figure(this.#values[channel]), ...(wrong === '' ? [] : [wrong])];
    return { title: `channel ${count(channel)}`, lines: [{ variant: null, cells }] };
  }

  table(): PlainTable {
    const rows = Array.from(this.#values.subarray(0, mostRows), (value, channel) => [
      count(channel),
      figure(value),
      remark(this.#problems.get(channel)),
    ]);
    const more = this.#values.length - rows.length;
    if (more > 0) rows.push([`${count(more)} more`, 'in the saved figures', '']);
    return { columns: ['channel', this.title.toLowerCase(), 'problem'], rows };
  }

  figures() {
    const rows = Array.from(this.#values, (value, channel) => [
      channel,
      value,
      remark(this.#problems.get(channel)),
    ]);
    return [['channel', this.title.toLowerCase(), 'problem'], ...rows];
  }

  #x(channel: number): number {
    return this.#box.left + ((channel + 0.5) / this.#values.length) * this.#box.width;
  }

  /** What is not finite lies on the axis. */
  #y(value: number): number {
    const { top, height: tall } = this.#box;
    const share = Number.isFinite(value) ? shareOf(value, this.#range, this.#log) : 0;
    return top + tall * (1 - share);
  }

  /** Where stems begin: at zero, or the low end of a logarithmic axis; without zero in sight their length would lie. */
  #baseline(): number | null {
    const [min, max] = this.#range;
    if (this.#log) return this.#y(min);
    return min <= 0 && max >= 0 ? this.#y(0) : null;
  }

  #drawDots({ context, theme }: Surface): void {
    const room = this.#box.width / this.#values.length;
    const base = this.#baseline();
    const colour = theme.series[this.#colour % theme.series.length];
    context.strokeStyle = context.fillStyle = colour;
    context.globalAlpha = theme.highContrast ? 0.8 : 0.45;
    context.lineWidth = Math.min(3, room / 3);
    this.#values.forEach((value, channel) => {
      const x = this.#x(channel);
      if (base !== null && Number.isFinite(value)) line(context, x, base, x, this.#y(value));
    });
    context.globalAlpha = 1;
    context.lineWidth = 1;
    const radius = Math.min(2.6, room / 2.2);
    context.beginPath();
    this.#values.forEach((value, channel) => {
      if (Number.isFinite(value) && !this.#problems.has(channel))
        addMarker(context, 0, this.#x(channel), this.#y(value), radius);
    });
    context.fill();
  }

  /** From the least to the greatest value of the channels in each column of pixels. */
  #drawColumns({ context, theme }: Surface): void {
    const { left, width } = this.#box;
    const channels = this.#values.length;
    context.fillStyle = theme.series[this.#colour % theme.series.length];
    for (let pixel = 0; pixel < width; pixel++) {
      const from = Math.floor((pixel / width) * channels);
      const to = Math.max(from + 1, Math.floor(((pixel + 1) / width) * channels));
      const { min, max, finite } = extentOf(this.#values.subarray(from, to));
      if (finite === 0) continue;
      const top = this.#y(max);
      context.fillRect(left + pixel, top - 0.5, 1, Math.max(1.5, this.#y(min) - top + 1));
    }
  }

  #drawMarks({ context, theme }: Surface): void {
    for (const [channel, [worst]] of this.#problems) {
      const { marker, colour } = markOf(worst);
      context.beginPath();
      addMarker(context, marker, this.#x(channel), this.#y(this.#values[channel]), 4.5);
      context.lineWidth = 2;
      context.strokeStyle = theme.background;
      context.stroke();
      context.fillStyle = theme.series[colour % theme.series.length];
      context.fill();
    }
    context.lineWidth = 1;
  }
}

/** Of the finite values; from 0 to 0 where there is none. */
function extentOf(values: Float32Array): { min: number; max: number; finite: number } {
  let [min, max, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    finite++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return finite === 0 ? { min: 0, max: 0, finite } : { min, max, finite };
}
