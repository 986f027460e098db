/** Small tables at the left of a row: one line a variant, current figures, and a tiny trend over all steps. */
import { element, setText } from './dom.ts';
import type { Drawable } from './frames.ts';
import { Paced } from './paced.ts';
import { readAt, sayValue } from './reading.ts';
import type { Samples } from './samples.ts';
import { seriesClass, swatch } from './series.ts';
import type { Stage } from './stage.ts';
import type { VariantData } from './store.ts';
import { type Trace, valueTrace } from './traces.ts';
import { drawTrend } from './trend.ts';

const measures = [
  { quantity: 'gradientNorm', title: 'gradient norm' },
  { quantity: 'updateRatio', title: 'update ratio' },
] as const;

/** Milliseconds; a trend is looked at for its shape over all steps. */
const trendInterval = 500;

interface Line {
  readonly variant: VariantData;
  readonly row: HTMLTableRowElement;
  readonly traces: readonly (Trace | null)[];
  readonly cells: readonly HTMLElement[];
}

/** Gradient norm and update-to-weight ratio of a layer, or nothing where no variant records them. */
export class Figures implements Drawable {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #lines: readonly Line[];
  readonly #trends: readonly HTMLCanvasElement[];
  readonly #paced = new Paced(trendInterval, () => this.#drawTrends());

  static of(layer: string, variants: readonly VariantData[], stage: Stage): Figures | null {
    const lines = variants.flatMap((variant) => {
      const traces = measures.map(({ quantity, title }) =>
        valueTrace(variant, layer, quantity, title),
      );
      return traces.some(Boolean) ? [makeLine(variant, traces)] : [];
    });
    return lines.length > 0 ? new Figures(layer, lines, stage) : null;
  }

  private constructor(layer: string, lines: readonly Line[], stage: Stage) {
    this.#stage = stage;
    this.#lines = lines;
    this.#trends = measures.map(() => element('canvas', { 'aria-hidden': 'true' }));
    this.element = element(
      'table',
      { class: 'figures' },
      element('caption', { class: 'unseen' }, `Gradient norm and update ratio of ${layer}`),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          element('th', { scope: 'col' }, element('span', { class: 'unseen' }, 'Variant')),
          ...measures.map(({ title }) => element('th', { scope: 'col' }, title)),
        ),
      ),
      element('tbody', {}, ...lines.map(({ row }) => row)),
      element(
        'tfoot',
        { 'aria-hidden': 'true' },
        element('tr', {}, element('td'), ...this.#trends.map((trend) => element('td', {}, trend))),
      ),
    );
    stage.frames.watch(this);
  }

  commit(): void {
    const { hiddenVariants } = this.#stage.view;
    for (const { variant, row, traces, cells } of this.#lines) {
      row.hidden = hiddenVariants.has(variant.name);
      traces.forEach((trace, index) => {
        const [reading] = trace ? readAt([trace], this.#stage.cursor.step) : [];
        setText(cells[index], reading ? sayValue(reading, 'figure') : '');
      });
    }
    this.#paced.request();
  }

  destroy(): void {
    this.#paced.cancel();
    this.#stage.frames.forget(this);
  }

  #drawTrends(): void {
    const { hiddenVariants } = this.#stage.view;
    const shown = this.#lines.filter(({ variant }) => !hiddenVariants.has(variant.name));
    this.#trends.forEach((canvas, index) => {
      const trends = shown.flatMap(({ variant, traces }) => {
        const samples: Samples | undefined = traces[index]?.read();
        return samples ? [{ samples, index: variant.index }] : [];
      });
      drawTrend(canvas, trends, this.#stage.steps(), this.#stage.theme());
    });
  }
}

function makeLine(variant: VariantData, traces: readonly (Trace | null)[]): Line {
  const cells = traces.map(() => element('td', { class: 'number' }));
  const name = element(
    'th',
    { scope: 'row', class: seriesClass(variant.index), title: variant.name },
    swatch(variant.index),
    element('span', { class: 'unseen' }, variant.name),
  );
  return { variant, row: element('tr', {}, name, ...cells), traces, cells };
}
