/**
 * The distribution of u, the input of an activation: a strip a variant on one axis, with the activation's derivative
 * behind, so that one sees how much of u lies where the activation is flat.
 */
import type { ActivationProbe } from '../../sidecar/protocol/probes.ts';
import { absent, count, figure, percent, tickLabels } from '../format.ts';
import { addMarker } from '../series.ts';
import type { Stage } from '../stage.ts';
import type { VariantData } from '../store.ts';
import type { PlainTable } from '../table.ts';
import { type ActivationShape, activationShape } from './activations.ts';
import { type Bins, mergeBins } from './bins.ts';
import { type Picture, shownOf } from './picture.ts';
import { activationIn, probeAt } from './probes.ts';
import {
  type Box,
  drawBottomAxis,
  fitText,
  line,
  type Pen,
  plottingArea,
  type Surface,
} from './surface.ts';

interface Strip {
  readonly variant: VariantData;
  readonly step: number;
  readonly probe: ActivationProbe;
}

/** CSS pixels: of a strip, of the line of text above its histogram, and of all that is not strips. */
const stripHeight = 66;
const captionHeight = 20;
const axisHeight = 24;
/** CSS pixels between the lines that mark the flat region. */
const hatching = 6;

export class Distribution implements Picture<number> {
  readonly key: string;
  readonly title = 'Distribution of u';
  readonly fullTitle: string;
  readonly hint =
    'How the activation’s input is distributed over units and examples of one fixed batch, each variant’s to its own peak. Where it lies over the hatched part the activation is flat and hardly passes a gradient.';
  readonly #layer: string;
  readonly #variants: readonly VariantData[];
  readonly #stage: Stage;
  readonly #shape: ActivationShape | null;
  readonly #lost: string;
  #strips: readonly Strip[] = [];
  #bins: Bins | null = null;
  #box: Box = { left: 0, top: 0, width: 1, height: 1 };

  constructor(layer: string, kind: string, variants: readonly VariantData[], stage: Stage) {
    this.key = `${layer}/distribution`;
    this.fullTitle = `Distribution of the input u of ${layer}`;
    this.#layer = layer;
    this.#variants = variants;
    this.#stage = stage;
    this.#shape = activationShape(kind);
    this.#lost = lostIn(kind);
  }

  height(): number {
    return axisHeight + stripHeight * Math.max(1, this.#read().length);
  }

  state(): string {
    return JSON.stringify(this.#read().map(({ variant, step }) => [variant.name, step]));
  }

  legend(): string {
    const marks = this.#shape ? ['dashes derivative', 'hatched flat'] : [];
    return [...marks, ...this.#commonStep(this.#strips)].join(', ');
  }

  draw(surface: Surface): void {
    this.#strips = this.#read();
    this.#bins = mergeBins(this.#strips.map(({ probe }) => probe.histogram));
    this.#box = plottingArea(surface, { top: 0, right: 18 });
    const bins = this.#bins;
    if (!bins) return;
    const { left, top, width, height } = this.#box;
    drawBottomAxis(surface, this.#box, rangeOf(bins), 'values');
    const each = height / this.#strips.length;
    this.#strips.forEach((strip, index) => {
      const box = {
        left,
        width,
        top: top + index * each + captionHeight,
        height: each - captionHeight,
      };
      this.#drawFlat(surface, box, bins);
      this.#drawBars(surface, box, bins, index);
      this.#drawDerivative(surface, box, bins);
      this.#drawCaption(surface, box, strip);
    });
  }

  find(x: number): number | null {
    const { left, width } = this.#box;
    if (!this.#bins || x < left || x >= left + width) return null;
    return Math.floor(((x - left) / width) * this.#bins.count);
  }

  move(from: number | null, right: number): number | null {
    if (!this.#bins) return null;
    const last = this.#bins.count - 1;
    return Math.min(last, Math.max(0, (from ?? Math.floor(last / 2)) + right));
  }

  place(bin: number): Box {
    const { left, top, width, height } = this.#box;
    const each = width / (this.#bins?.count ?? 1);
    return { left: left + bin * each, top, width: each, height };
  }

  describe(bin: number) {
    const bins = this.#bins;
    const title = bins ? `u from ${this.#edges(bins, bin).join(' to ')}` : absent;
    const lines = this.#strips.map(({ variant }, index) => ({
      variant,
      cells: [percent(bins?.shares[index]?.[bin] ?? Number.NaN)],
    }));
    return { title, lines };
  }

  table(): PlainTable {
    const strips = this.#read();
    const bins = mergeBins(strips.map(({ probe }) => probe.histogram));
    const columns = [
      'u',
      ...strips.map(({ variant, step }) => `${variant.name}, step ${count(step)}`),
    ];
    const figures = [
      [this.#lost, ...strips.map(({ probe }) => percent(probe.saturated))],
      ...(this.#lost === saturated
        ? [['saturated units', ...strips.map(({ probe }) => percent(probe.saturatedUnits))]]
        : []),
      ['mean derivative', ...strips.map(({ probe }) => figure(probe.derivative))],
    ];
    if (!bins) return { columns, rows: figures };
    const rows = Array.from({ length: bins.count }, (_, bin) => [
      this.#edges(bins, bin).join(' to '),
      ...bins.shares.map((shares) => percent(shares[bin])),
    ]);
    return { columns, rows: [...figures, ...rows] };
  }

  figures() {
    const strips = this.#read();
    const bins = mergeBins(strips.map(({ probe }) => probe.histogram));
    const names = strips.map(({ variant, step }) => `${variant.name}, step ${step}`);
    const rows = Array.from({ length: bins?.count ?? 0 }, (_, bin) => {
      const { low, width, shares } = bins!;
      return [low + bin * width, low + (bin + 1) * width, ...shares.map((each) => each[bin])];
    });
    return [['from', 'to', ...names], ...rows];
  }

  /** What every variant that is shown has at the cursor's step. */
  #read(): Strip[] {
    const { view, cursor } = this.#stage;
    return shownOf(this.#variants, view.hiddenVariants).flatMap((variant) => {
      const at = probeAt(variant.probes, cursor.step);
      const probe = activationIn(at, this.#layer);
      return at && probe ? [{ variant, step: at.step, probe }] : [];
    });
  }

  /** The step of all strips, when it is one. */
  #commonStep(strips: readonly Strip[]): string[] {
    const steps = new Set(strips.map(({ step }) => step));
    return steps.size === 1 ? [`step ${count([...steps][0])}`] : [];
  }

  #edges({ low, width }: Bins, bin: number): string[] {
    return tickLabels([low + bin * width, low + (bin + 1) * width], width);
  }

  #drawFlat({ context, theme }: Surface, box: Box, bins: Bins): void {
    const { left, top, width, height } = box;
    const isFlat = (x: number) => this.#shape?.isFlat(inputAt(bins, (x + 0.5) / width)) ?? false;
    context.strokeStyle = theme.text;
    context.globalAlpha = theme.highContrast ? 0.6 : 0.3;
    let from = 0;
    for (let x = 0; x < width; x++) {
      if (!isFlat(x)) from = x + 1;
      else if (x + 1 >= width || !isFlat(x + 1)) {
        hatch(context, { left: left + from, top, width: x + 1 - from, height }, left);
      }
    }
    context.globalAlpha = 1;
  }

  #drawBars({ context, theme }: Surface, box: Box, bins: Bins, index: number): void {
    const { variant } = this.#strips[index];
    const shares = bins.shares[index];
    const peak = Math.max(...shares);
    const bottom = box.top + box.height;
    const each = box.width / bins.count;
    context.beginPath();
    context.moveTo(box.left, bottom);
    shares.forEach((share, bin) => {
      const y = bottom - (peak > 0 ? share / peak : 0) * (box.height - 1);
      context.lineTo(box.left + bin * each, y);
      context.lineTo(box.left + (bin + 1) * each, y);
    });
    context.lineTo(box.left + box.width, bottom);
    const emphasized = this.#stage.emphasized();
    const alpha = emphasized !== null && variant.name !== emphasized ? 0.3 : 1;
    context.fillStyle = context.strokeStyle = theme.series[variant.index % theme.series.length];
    context.globalAlpha = 0.28 * alpha;
    context.fill();
    context.globalAlpha = alpha;
    context.lineWidth = theme.highContrast ? 2 : 1.25;
    context.stroke();
    context.lineWidth = 1;
    context.globalAlpha = 1;
  }

  #drawDerivative({ context, theme }: Surface, box: Box, bins: Bins): void {
    const shape = this.#shape;
    if (!shape) return;
    context.strokeStyle = theme.text;
    context.setLineDash([4, 3]);
    context.beginPath();
    for (let x = 0; x <= box.width; x++) {
      const share = shape.derivative(inputAt(bins, x / box.width)) / shape.largest;
      context.lineTo(box.left + x, box.top + (box.height - 1) * (1 - Math.max(0, share)));
    }
    context.stroke();
    context.setLineDash([]);
  }

  #drawCaption({ context, theme }: Surface, box: Box, { variant, probe, step }: Strip): void {
    const y = box.top - captionHeight / 2 + 1;
    context.beginPath();
    addMarker(context, variant.index, box.left + 4, y - 1, 4);
    context.fillStyle = theme.series[variant.index % theme.series.length];
    context.fill();
    context.fillStyle = theme.text;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    const own = this.#commonStep(this.#strips).length > 0 ? [] : [`step ${count(step)}`];
    const figures = [
      this.#lost === saturated
        ? `${percent(probe.saturated)} of u, ${percent(probe.saturatedUnits)} of units saturated`
        : `${percent(probe.saturated)} ${this.#lost}`,
      `mean derivative ${figure(probe.derivative)}`,
      ...own,
    ].join(' · ');
    context.fillText(fitText(context, figures, box.width - 60), box.left + box.width, y);
    const room = box.width - 24 - context.measureText(figures).width;
    context.textAlign = 'left';
    if (room > 20) context.fillText(fitText(context, variant.name, room), box.left + 13, y);
  }
}

/** Slanting lines over a box, which go on from one box to the next when they begin at the same place. */
function hatch(context: Pen, { left, top, width, height }: Box, begin: number): void {
  const [right, bottom] = [left + width, top + height];
  const skipped = Math.ceil((left - height - begin) / hatching);
  for (let x = begin + skipped * hatching; x < right; x += hatching) {
    const [from, to] = [Math.max(x, left), Math.min(x + height, right)];
    if (to > from) line(context, from, bottom - (from - x), to, bottom - (to - x));
  }
}

const saturated = 'saturated';

/** What to call the share of u with (nearly) no derivative. */
function lostIn(kind: string): string {
  return kind === 'relu' || kind === 'leaky-relu' ? 'below 0' : saturated;
}

function inputAt({ low, width, count: bins }: Bins, share: number): number {
  return low + share * width * bins;
}

function rangeOf({ low, width, count: bins }: Bins): readonly [number, number] {
  return [low, low + width * bins];
}
