/**
 * The canvas of a chart's traces, above uPlot's canvas of axes and grid. While only rows are appended and the axes
 * stand still, just the strip with the new rows is drawn again, which makes a frame cost what it brings.
 */
import { type Area, placeX } from './decimate.ts';
import { element } from './dom.ts';
import { type Drawn, drawTraces } from './draw.ts';
import type { Theme } from './theme.ts';
import type { Trace } from './traces.ts';

/** CSS pixels that a mark or a line's edge reaches beyond its row. */
const reach = 6;

export class TraceCanvas {
  readonly element = element('canvas', { class: 'traces', 'aria-hidden': 'true' });
  readonly #context = this.element.getContext('2d')!;
  /** Everything but the rows that the last drawing depended on. */
  #drawnAs = '';
  #drawnRows = new Map<Trace, number>();

  draw(area: Area, drawn: readonly Drawn[], theme: Theme, emphasized: string | null): void {
    const as = JSON.stringify([area, emphasized, drawn.map(({ trace }) => this.#nameOf(trace))]);
    const from = as === this.#drawnAs ? this.#firstChange(area, drawn) : 0;
    if (from > area.width) return;
    const width = Math.ceil(area.left + area.width + reach * area.ratio);
    const height = Math.ceil(area.top * 2 + area.height);
    if (as !== this.#drawnAs) this.#resize(width, height, area.ratio);
    this.#context.clearRect(from + area.left, 0, width, height);
    drawTraces(this.#context, area, drawn, { theme, emphasized, from });
    this.#drawnAs = as;
    this.#drawnRows = new Map(drawn.map(({ trace, samples }) => [trace, samples.count]));
  }

  /** Left edge of what has to be drawn anew, in canvas pixels from the area's; beyond its width when nothing has. */
  #firstChange(area: Area, drawn: readonly Drawn[]): number {
    const edges = drawn.map(({ trace, samples }) => {
      const rows = this.#drawnRows.get(trace) ?? 0;
      if (rows === samples.count) return Number.POSITIVE_INFINITY;
      return rows === 0 ? 0 : placeX(area, samples.steps[rows - 1]) - area.left;
    });
    return Math.max(0, Math.floor(Math.min(...edges) - reach * area.ratio));
  }

  #resize(width: number, height: number, ratio: number): void {
    if (this.element.width === width && this.element.height === height) return;
    this.element.width = width;
    this.element.height = height;
    this.element.style.width = `${width / ratio}px`;
    this.element.style.height = `${height / ratio}px`;
  }

  #nameOf({ variant, label, mark }: Trace): string {
    return `${variant.name} ${label} ${mark}`;
  }
}
