/** The rows of the page: the whole network first, then one row a layer. Left what it is, right its charts. */
import { Chart } from './chart.ts';
import { button, element } from './dom.ts';
import { layerSections } from './explain/layer-sections.ts';
import type { Part } from './explain/part.ts';
import { Figures } from './figures.ts';
import { count, shape } from './format.ts';
import type { LayerPlan } from './plan.ts';
import { ScaleWeights } from './scale-weights.ts';
import { swatch } from './series.ts';
import type { Stage } from './stage.ts';
import type { VariantData } from './store.ts';

export interface Row {
  readonly element: HTMLElement;
  /** Its charts, and what opens below them. */
  readonly charts: readonly Part[];
  readonly figures: Figures | null;
  readonly scaling: ScaleWeights | null;
  /** What is said of single variants, to be hidden with them. */
  readonly notes: readonly { readonly variant: string; readonly element: HTMLElement }[];
}

export interface RowEvents {
  /** Shows the layer's line in the network file. */
  reveal(layer: string): void;
  scale(layer: string, factor: number): void;
}

/** A layer's row. Its name is a button that shows the layer's line in the network file. */
export function layerRow(
  plan: LayerPlan,
  variants: readonly VariantData[],
  place: number,
  stage: Stage,
  events: RowEvents,
): Row {
  const { name, kind } = plan;
  const charts = plan.charts.map((chart, index) => new Chart(chart, stage, `c${place}-${index}`));
  const sections = layerSections(plan, variants, stage, `s${place}`);
  const figures = Figures.of(name, variants, stage);
  const scaling = new ScaleWeights(name, (factor) => events.scale(name, factor));
  const notes = plan.comparisons.map((comparison) => ({
    variant: comparison.variant.name,
    element: comparisonNote(name, comparison),
  }));
  const nameButton = button(
    { class: 'link', title: `Show ${name} in the network file` },
    () => events.reveal(name),
    name,
  );
  const label = element(
    'div',
    { class: 'label' },
    element('h2', {}, nameButton),
    element('p', { class: 'muted' }, describeLayer(plan)),
    ...(figures ? [figures.element] : []),
    scaling.element,
    ...notes.map((note) => note.element),
  );
  const made = element(
    'li',
    { class: 'row', 'data-layer': name, 'data-kind': kind },
    label,
    element('div', { class: 'charts' }, ...charts.map((chart) => chart.element)),
    sections.element,
  );
  return { element: made, charts: [...charts, sections], figures, scaling, notes };
}

/** `batchnorm · 100 units · 200 parameters`; figures that differ between variants stand side by side. */
function describeLayer({ name, kind, variants }: LayerPlan): string {
  const distinct = (texts: readonly string[]) => [...new Set(texts)].join(' / ');
  const shapes = distinct(variants.map(({ description }) => shape(description.output)));
  const parameters = distinct(variants.map(({ description }) => count(description.parameters)));
  const hasPlainName = name.replace(/\d+$/, '') === kind;
  return [
    ...(hasPlainName ? [] : [kind]),
    `shape ${shapes}`,
    ...(parameters === '0' ? [] : [`${parameters} parameters`]),
  ].join(' · ');
}

function comparisonNote(
  layer: string,
  { variant, shown }: LayerPlan['comparisons'][number],
): HTMLElement {
  const text =
    shown === null
      ? ` has no ${layer}.`
      : ` has no ${layer}: shown is the output of ${shown}, not normalized.`;
  return element(
    'p',
    { class: 'note' },
    swatch(variant.index),
    element('span', {}, variant.name),
    text,
  );
}
