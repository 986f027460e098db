/** A figure of every layer by depth: layers in their order from left to right, a line a variant, at the cursor's step. */
import { linearRange, logRange, type Range } from '../axes.ts';
import { count, figure } from '../format.ts';
import { addMarker } from '../series.ts';
import type { Stage } from '../stage.ts';
import type { VariantData } from '../store.ts';
import type { PlainTable } from '../table.ts';
import { type Picture, shownOf } from './picture.ts';
import { type Box, drawLeftAxis, fitText, plottingArea, type Surface, shareOf } from './surface.ts';

/** What one variant has at one layer; `extra` is drawn as a dashed line of its own. */
export interface DepthFigure {
  readonly value: number;
  readonly extra?: number;
}

/** What a picture by depth is of. */
export interface DepthSubject {
  readonly key: string;
  readonly title: string;
  readonly legend: string;
  readonly hint: string;
  /** Names of the figures in the table and beside the pointer. */
  readonly value: string;
  readonly extra?: string;
  /** Layers from the first to the last. */
  layers(): readonly string[];
  /** A variant's figures by layer at a step (the latest when null), and the step they are of. */
  read(
    variant: VariantData,
    step: number | null,
  ): { readonly step: number; readonly figures: ReadonlyMap<string, DepthFigure> } | null;
}

interface Line {
  readonly variant: VariantData;
  readonly step: number;
  readonly figures: ReadonlyMap<string, DepthFigure>;
}

/** CSS pixels. */
const height = 168;

export class DepthPicture implements Picture<number> {
  readonly key: string;
  readonly title: string;
  readonly fullTitle: string;
  readonly hint: string;
  readonly #subject: DepthSubject;
  readonly #variants: readonly VariantData[];
  readonly #stage: Stage;
  #layers: readonly string[] = [];
  #lines: readonly Line[] = [];
  #box: Box = { left: 0, top: 0, width: 1, height: 1 };
  #isLog = false;

  constructor(subject: DepthSubject, variants: readonly VariantData[], stage: Stage) {
    this.key = subject.key;
    this.title = this.fullTitle = subject.title;
    this.hint = subject.hint;
    this.#subject = subject;
    this.#variants = variants;
    this.#stage = stage;
  }

  height(): number {
    return height;
  }

  state(): string {
    return JSON.stringify(this.#read().map(({ variant, step }) => [variant.name, step]));
  }

  draw(surface: Surface): void {
    this.#lines = this.#read();
    this.#layers = this.#subject.layers();
    this.#box = plottingArea(surface);
    const { range, log } = this.#axis();
    this.#isLog = log;
    drawLeftAxis(surface, this.#box, { range, log });
    this.#drawNames(surface);
    const emphasized = this.#stage.emphasized();
    for (const each of this.#lines) {
      surface.context.globalAlpha =
        emphasized !== null && each.variant.name !== emphasized ? 0.2 : 1;
      this.#drawLine(surface, each, range);
    }
    surface.context.globalAlpha = 1;
  }

  legend(): string {
    return [this.#subject.legend, ...this.#commonStep()].join(', ');
  }

  find(x: number): number | null {
    const { left, width } = this.#box;
    if (this.#layers.length === 0 || x < left || x >= left + width) return null;
    return Math.floor(((x - left) / width) * this.#layers.length);
  }

  move(from: number | null, right: number): number | null {
    const last = this.#layers.length - 1;
    if (last < 0) return null;
    return Math.min(last, Math.max(0, from === null ? 0 : from + right));
  }

  place(layer: number): Box {
    const { top, height: tall } = this.#box;
    return { left: this.#centre(layer), top, width: 1, height: tall };
  }

  describe(layer: number) {
    const name = this.#layers[layer];
    const { extra } = this.#subject;
    const lines = this.#lines.flatMap(({ variant, figures }) => {
      const found = figures.get(name);
      if (!found) return [];
      const more = found.extra === undefined ? [] : [`${extra} ${figure(found.extra)}`];
      return [{ variant, cells: [figure(found.value), ...more] }];
    });
    return { title: [name, ...this.#commonStep()].join(', '), lines };
  }

  table(): PlainTable {
    const { value, extra } = this.#subject;
    const names = extra === undefined ? [value] : [value, extra];
    const lines = this.#read();
    const columns = lines.flatMap(({ variant, step }) =>
      names.map((name) => `${variant.name}, ${name}, step ${count(step)}`),
    );
    const rows = this.#subject.layers().map((layer) => [
      layer,
      ...lines.flatMap(({ figures }) => {
        const found = figures.get(layer);
        const say = (number?: number) => (number === undefined ? '' : figure(number));
        return extra === undefined ? [say(found?.value)] : [say(found?.value), say(found?.extra)];
      }),
    ]);
    return { columns: ['Layer', ...columns], rows };
  }

  marked(): VariantData[] {
    return this.#lines.map(({ variant }) => variant);
  }

  figures() {
    const { value, extra } = this.#subject;
    const lines = this.#read();
    const heading = ['layer', 'variant', 'step', value, ...(extra === undefined ? [] : [extra])];
    const rows = this.#subject.layers().flatMap((layer) =>
      lines.flatMap(({ variant, step, figures }) => {
        const found = figures.get(layer);
        if (!found) return [];
        const more = found.extra === undefined ? [] : [found.extra];
        return [[layer, variant.name, step, found.value, ...more]];
      }),
    );
    return [heading, ...rows];
  }

  #read(): Line[] {
    const { view, cursor } = this.#stage;
    return shownOf(this.#variants, view.hiddenVariants).flatMap((variant) => {
      const read = this.#subject.read(variant, cursor.step);
      return read ? [{ variant, ...read }] : [];
    });
  }

  #axis(): { range: Range; log: boolean } {
    const values = this.#lines
      .flatMap(({ figures }) => [...figures.values()])
      .flatMap(({ value, extra }) => (extra === undefined ? [value] : [value, extra]))
      .filter(Number.isFinite);
    const positive = values.filter((value) => value > 0);
    // Without a positive value there is nothing to draw but zeros.
    if (positive.length === 0) return { range: linearRange(0, 1), log: false };
    return { range: logRange(Math.min(...positive), Math.max(...positive)), log: true };
  }

  #centre(layer: number): number {
    const { left, width } = this.#box;
    return left + ((layer + 0.5) / this.#layers.length) * width;
  }

  #drawNames({ context, theme }: Surface): void {
    const { top, height: tall, width } = this.#box;
    const each = width / this.#layers.length;
    // Names that would run into each other are left out evenly.
    const every = Math.ceil(48 / each);
    context.fillStyle = theme.text;
    context.textAlign = 'center';
    context.textBaseline = 'top';
    this.#layers.forEach((name, layer) => {
      if (layer % every !== 0) return;
      const room = each * every - 6;
      context.fillText(fitText(context, name, room), this.#centre(layer), top + tall + 6);
    });
  }

  #drawLine({ context, theme }: Surface, { variant, figures }: Line, range: Range): void {
    const { top, height: tall } = this.#box;
    const y = (value: number) => top + tall * (1 - shareOf(value, range, this.#isLog));
    const points = this.#layers.flatMap((name, layer) => {
      const found = figures.get(name);
      return found ? [{ x: this.#centre(layer), ...found }] : [];
    });
    const stroke = (values: readonly { x: number; value: number | undefined }[]) => {
      context.beginPath();
      for (const { x, value } of values) {
        if (value !== undefined && Number.isFinite(value)) context.lineTo(x, y(value));
      }
      context.stroke();
    };
    context.strokeStyle = context.fillStyle = theme.series[variant.index % theme.series.length];
    context.lineWidth = theme.highContrast ? 2 : 1.5;
    stroke(points);
    context.setLineDash([4, 3]);
    stroke(points.map(({ x, extra }) => ({ x, value: extra })));
    context.setLineDash([]);
    context.lineWidth = 1;
    for (const { x, value } of points) {
      if (!Number.isFinite(value)) continue;
      context.beginPath();
      addMarker(context, variant.index, x, y(value), 3.6);
      context.fill();
    }
  }

  /** The step of all lines, when it is one. */
  #commonStep(): string[] {
    const steps = new Set(this.#lines.map(({ step }) => step));
    return steps.size === 1 ? [`step ${count([...steps][0])}`] : [];
  }
}
