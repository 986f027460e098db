/** Every unit of a layer over steps: a heat map of means and one of variances for each variant. */
import { element } from '../dom.ts';
import type { LayerPlan } from '../plan.ts';
import type { Stage } from '../stage.ts';
import type { VariantData } from '../store.ts';
import { type ColourScale, colourScale } from './colour-scale.ts';
import { HeatMap, type MapSettings, type UnitOrder } from './heat-map.ts';
import type { Part } from './part.ts';
import { PictureChart } from './picture-chart.ts';
import type { Section, SectionContent } from './section.ts';
import { UnitHistory } from './unit-history.ts';

/** What can be shown of a layer, the first that it records by default. */
const subjects = [
  { name: 'input', quantities: ['inputMean', 'inputVariance'] },
  { name: 'output', quantities: ['outputMean', 'outputVariance'] },
  { name: 'running', quantities: ['runningMean', 'runningVariance'] },
  { name: 'gamma and beta', quantities: ['gamma', 'beta'] },
] as const;

const titles: Readonly<Record<string, string>> = {
  inputMean: 'Input mean',
  inputVariance: 'Input variance',
  outputMean: 'Output mean',
  outputVariance: 'Output variance',
  runningMean: 'Running mean',
  runningVariance: 'Running variance',
  gamma: 'Gamma',
  beta: 'Beta',
};

export function unitsSection(plan: LayerPlan, stage: Stage): Section {
  const { name, variants } = plan;
  const hasValues = ({ variant }: { variant: VariantData }) =>
    variant.probes.some(({ units }) => units !== null) && recorded(variant, name).length > 0;
  return {
    key: `${name}/units`,
    title: 'Every unit',
    fullTitle: `Every unit of ${name}`,
    isAvailable: () => variants.some(hasValues),
    open: (id) => new Units(plan, stage, id),
  };
}

type Subject = (typeof subjects)[number];

/** A variant's history, and what stands in where the variant lacks the layer. */
interface Source {
  readonly history: UnitHistory;
  readonly label: string;
}

/** What a variant has of a quantity; at the place of a batchnorm that it lacks, of the layer whose output flows there. */
function sourceOf(plan: LayerPlan, variant: VariantData, quantity: string): Source[] {
  const { name: label } = variant;
  const own = UnitHistory.of(variant, plan.name, quantity);
  if (own) return [{ history: own, label }];
  const shown = plan.comparisons.find((each) => each.variant === variant)?.shown;
  const moment = quantity.match(/^(?:in|out)put(Mean|Variance)$/)?.[1];
  if (!shown || !moment) return [];
  const other = UnitHistory.of(variant, shown, `output${moment}`);
  return other ? [{ history: other, label: `${label}: ${shown}, not normalized` }] : [];
}

function recorded(variant: VariantData, layer: string): Subject[] {
  return subjects.filter(({ quantities }) =>
    quantities.every((quantity) => UnitHistory.of(variant, layer, quantity)),
  );
}

/** The maps of one layer, and what is chosen about them. */
class Units implements SectionContent, Part {
  readonly element = element('div');
  readonly parts = [this];
  readonly #plan: LayerPlan;
  readonly #stage: Stage;
  readonly #id: string;
  readonly #subjects: readonly Subject[];
  readonly #maps = element('div', { class: 'charts' });
  #charts: { readonly variant: VariantData; readonly chart: PictureChart<unknown> }[] = [];

  constructor(plan: LayerPlan, stage: Stage, id: string) {
    this.#plan = plan;
    this.#stage = stage;
    this.#id = id;
    const names = new Set(
      plan.variants.flatMap(({ variant }) => recorded(variant, plan.name)).map((each) => each.name),
    );
    this.#subjects = subjects.filter(({ name }) => names.has(name));
    this.element.append(
      element(
        'p',
        { class: 'muted words' },
        'A row is a unit, a column an evaluation, a colour a value; one scale holds for all variants. A row that keeps its colour is a unit that stays where it was, whatever the layers below do.',
      ),
      this.#choices(),
      this.#maps,
    );
    this.#build();
  }

  invalidate(): void {
    for (const { variant, chart } of this.#charts) {
      chart.element.hidden = this.#stage.view.hiddenVariants.has(variant.name);
      chart.invalidate();
    }
  }

  request(): void {
    for (const { chart } of this.#charts) chart.request();
  }

  applyTheme(): void {
    for (const { chart } of this.#charts) chart.applyTheme();
  }

  destroy(): void {
    for (const { chart } of this.#charts) chart.destroy();
  }

  #choices(): HTMLElement {
    const { name } = this.#plan;
    const side = this.#select(
      'subject',
      'Show',
      this.#subjects.map((each) => [each.name, each.name]),
      () => this.#build(),
    );
    side.hidden = this.#subjects.length < 2;
    const orders = [
      ['index', 'index'],
      ['value', 'latest value'],
    ] as const;
    const order = this.#select('order', 'Units by', orders, () => this.invalidate());
    return element(
      'div',
      { class: 'choices-of', 'aria-label': `Choices for the units of ${name}`, role: 'group' },
      side,
      order,
    );
  }

  #select(
    what: 'subject' | 'order',
    label: string,
    options: readonly (readonly [value: string, text: string])[],
    changed: () => void,
  ): HTMLElement {
    const { view } = this.#stage;
    const made = element(
      'select',
      {},
      ...options.map(([value, text]) => element('option', { value }, text)),
    );
    made.value = this.#choice(
      what,
      options.map(([value]) => value),
    );
    made.addEventListener('change', () => {
      view.choices.set(`${this.#plan.name}/${what}`, made.value);
      view.save();
      changed();
    });
    return element('label', { class: 'choice' }, `${label} `, made);
  }

  /** What was chosen, when it is among what there is. */
  #choice<T extends string>(what: 'subject' | 'order', among: readonly T[]): T {
    const chosen = this.#stage.view.choices.get(`${this.#plan.name}/${what}`);
    return among.find((each) => each === chosen) ?? among[0];
  }

  #build(): void {
    for (const { chart } of this.#charts) chart.destroy();
    const chosen = this.#choice(
      'subject',
      this.#subjects.map(({ name }) => name),
    );
    const subject = this.#subjects.find(({ name }) => name === chosen);
    const { variants: having, comparisons } = this.#plan;
    const variants = [...having, ...comparisons]
      .map(({ variant }) => variant)
      .toSorted((a, b) => a.index - b.index);
    const maps = (subject?.quantities ?? []).map((quantity) => {
      const sources = variants.flatMap((variant) => sourceOf(this.#plan, variant, quantity));
      const settings = this.#settings(sources.map(({ history }) => history));
      return sources.map((source) => this.#chartOf(source, quantity, settings));
    });
    this.#charts = variants.flatMap((variant) =>
      maps.flatMap((all) => all.filter((each) => each.variant === variant)),
    );
    this.#maps.replaceChildren(...this.#charts.map(({ chart }) => chart.element));
    this.invalidate();
  }

  #settings(histories: readonly UnitHistory[]): MapSettings {
    let scale: ColourScale | null = null;
    let scaledFor = '';
    return {
      order: () => this.#choice<UnitOrder>('order', ['index', 'value']),
      scale: () => {
        for (const history of histories) history.update();
        const extents = histories.map(({ extent }) => extent);
        const whole = {
          min: Math.min(...extents.map(({ min }) => min)),
          max: Math.max(...extents.map(({ max }) => max)),
          minPositive: Math.min(...extents.map(({ minPositive }) => minPositive)),
        };
        const { background } = this.#stage.theme();
        const as = JSON.stringify([whole, background]);
        if (scale && as === scaledFor) return scale;
        scaledFor = as;
        const isVariance = histories[0].field.quantity.endsWith('Variance');
        scale = colourScale(whole, isVariance, background);
        return scale;
      },
    };
  }

  #chartOf({ history, label }: Source, quantity: string, settings: MapSettings) {
    const { variant } = history;
    const { name } = this.#plan;
    const title = titles[quantity];
    const key = `${name}/units/${quantity}/${variant.name}`;
    const fullTitle = `${title} of every unit of ${name}, ${variant.name}`;
    const map = new HeatMap(history, { key, title, fullTitle, label }, settings, this.#stage);
    const id = `${this.#id}-${quantity}-${variant.index}`;
    return { variant, chart: new PictureChart(map, this.#stage, id) };
  }
}
