/**
 * Figures 1b and 1c of Ioffe and Szegedy (2015): percentiles of the input to one unit against steps. The unit is
 * chosen, or is each variant's typical one.
 */
import { Chart } from '../chart.ts';
import { element } from '../dom.ts';
import type { Stage } from '../stage.ts';
import type { VariantData } from '../store.ts';
import type { Part } from './part.ts';
import { percentileTrace } from './probe-traces.ts';
import { activationIn, percentilesOf } from './probes.ts';
import { typicalUnit } from './typical-unit.ts';

export class UnitPercentilesChart implements Part {
  readonly element = element('div', { class: 'chosen' });
  readonly #layer: string;
  readonly #variants: readonly VariantData[];
  readonly #stage: Stage;
  readonly #id: string;
  readonly #key: string;
  readonly #input: HTMLInputElement;
  readonly #which = element('span', { class: 'muted' });
  #chart: Chart | null = null;
  #units: readonly (number | null)[] = [];
  /** Probes after which the typical units are looked for again: what is typical shows with time, and must not flicker. */
  #nextSearch = 0;

  constructor(layer: string, variants: readonly VariantData[], stage: Stage, id: string) {
    this.#layer = layer;
    this.#variants = variants;
    this.#stage = stage;
    this.#id = id;
    this.#key = `${layer}/unit`;
    this.#input = element('input', {
      type: 'number',
      min: 0,
      placeholder: 'typical',
      'aria-label': `Unit of ${layer} whose percentiles are shown, empty for the typical one`,
    });
    this.#input.value = stage.view.choices.get(this.#key) ?? '';
    this.#input.addEventListener('change', () => this.#choose());
    this.element.append(
      element('label', { class: 'choice' }, 'Unit ', this.#input, ' ', this.#which),
    );
  }

  invalidate(): void {
    const probes = Math.max(...this.#variants.map((variant) => variant.probes.length));
    if (probes >= this.#nextSearch) {
      this.#nextSearch = 2 * probes;
      this.#update();
    }
    this.#chart?.invalidate();
  }

  request(): void {
    this.#chart?.request();
  }

  applyTheme(): void {
    this.#chart?.applyTheme();
  }

  destroy(): void {
    this.#chart?.destroy();
  }

  #choose(): void {
    const { view } = this.#stage;
    const { value } = this.#input;
    if (value === '') view.choices.delete(this.#key);
    else view.choices.set(this.#key, value);
    view.save();
    this.#update();
    this.#chart?.invalidate();
  }

  /** The units to show, which take another chart when they are others. */
  #update(): void {
    const chosen = this.#chosen();
    const units = this.#variants.map(({ probes }) => chosen ?? typicalUnit(probes, this.#layer));
    if (this.#chart && JSON.stringify(units) === JSON.stringify(this.#units)) return;
    this.#units = units;
    const typical = this.#variants.flatMap(({ name }, index) =>
      units[index] === null ? [] : [`${units[index]} of ${name}`],
    );
    this.#which.textContent =
      chosen === null && typical.length > 0
        ? `nearest to its layer’s median: ${typical.join(', ')}`
        : '';
    this.#chart?.destroy();
    this.#chart?.element.remove();
    this.#chart = this.#makeChart();
    this.element.prepend(this.#chart.element);
  }

  /** The unit that was asked for, brought within those that there are. */
  #chosen(): number | null {
    const value = Number.parseInt(this.#input.value, 10);
    if (Number.isNaN(value)) return null;
    const counts = this.#variants.flatMap(({ probes }) => {
      const probe = activationIn(probes.at(-1), this.#layer);
      return probe ? [percentilesOf(probe).units] : [];
    });
    const unit = Math.min(Math.max(0, value), Math.max(1, ...counts) - 1);
    this.#input.max = String(Math.max(1, ...counts) - 1);
    this.#input.value = String(unit);
    return unit;
  }

  #makeChart(): Chart {
    const title = 'Percentiles of u of one unit';
    const traces = this.#variants.flatMap((variant, index) => {
      const unit = this.#units[index];
      return unit === null ? [] : [percentileTrace(variant, this.#layer, unit)];
    });
    return new Chart(
      {
        key: `${this.#layer}/percentiles`,
        title,
        fullTitle: `${title} of ${this.#layer}`,
        legend: 'line 50th, band 15th to 85th',
        hint: 'The 15th, 50th and 85th percentile of one unit’s input over examples, as in the paper’s figures 1b and 1c. A unit whose percentiles wander makes the layers above chase a moving target.',
        log: 'never',
        format: 'figure',
        traces,
      },
      this.#stage,
      this.#id,
    );
  }
}
