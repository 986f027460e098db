/** The line above a chart: its title, the values at the cursor, and the choices. */
import { button, element, icon, setAttributes, setText } from './dom.ts';
import { count } from './format.ts';
import type { ChartPlan } from './plan.ts';
import { type Reading, sayValue } from './reading.ts';
import { swatch } from './series.ts';
import type { Trace } from './traces.ts';

const tableIcon = 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9';
const infoIcon = 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11zM8 7.2v3.8M8 5v.6';

/** So many values can be told apart in a heading; of more, the tooltip has them all. */
const mostValues = 4;

interface Value {
  readonly trace: Trace;
  readonly element: HTMLElement;
  readonly text: HTMLElement;
}

export class ChartHeading {
  readonly element: HTMLElement;
  /** One sentence on what to look for, shown on request. */
  readonly hint: HTMLElement;
  readonly #plan: ChartPlan;
  readonly #readout = element('p', { class: 'readout', 'aria-hidden': 'true' });
  readonly #legend: HTMLElement;
  readonly #at = element('span', { class: 'muted at' });
  #values: Value[] = [];
  readonly #choices: HTMLElement;
  readonly #log: HTMLButtonElement;
  readonly #table: HTMLButtonElement;

  constructor(
    plan: ChartPlan,
    ids: { hint: string; table: string },
    events: { chooseScale(scale: 'log' | 'linear'): void; toggleTable(): void },
  ) {
    this.#plan = plan;
    this.hint = element('p', { class: 'hint', id: ids.hint, hidden: true }, plan.hint);
    const { fullTitle } = plan;
    this.#log = button(
      {
        class: 'quiet',
        title: 'Logarithmic axis',
        'aria-label': `Logarithmic axis of ${fullTitle}`,
      },
      () => {
        const isLog = this.#log.getAttribute('aria-pressed') === 'true';
        events.chooseScale(isLog ? 'linear' : 'log');
      },
      'log',
    );
    this.#log.hidden = plan.log === 'never';
    this.#table = button(
      {
        class: 'quiet',
        title: 'Table',
        'aria-label': `Table of ${fullTitle}`,
        'aria-controls': ids.table,
      },
      events.toggleTable,
      icon(tableIcon),
    );
    this.#legend = element('span', { class: 'legend' }, plan.legend ?? '');
    this.#choices = element(
      'div',
      { class: 'choices' },
      this.#log,
      this.#table,
      this.#infoButton(),
    );
    this.element = element(
      'header',
      {},
      element('h3', {}, plan.title),
      ...(plan.legend === null ? [] : [this.#legend]),
      this.#readout,
      this.#choices,
    );
  }

  /** One more thing that can be done with the chart. */
  offer(choice: HTMLElement): void {
    this.#choices.lastElementChild!.before(choice);
  }

  /** One value a variant, unless they are many; where there are running statistics too, the tooltip has them. */
  showReadings(readings: readonly Reading[], step: number | null): void {
    const lines = readings.filter(({ trace }) => trace.mark !== 'dots');
    const main = lines.length > mostValues ? [] : lines;
    const isSame =
      main.length === this.#values.length &&
      main.every(({ trace }, index) => trace === this.#values[index].trace);
    if (!isSame) {
      this.#values = main.map(({ trace }) => makeValue(trace));
      this.#readout.replaceChildren(this.#at, ...this.#values.map((value) => value.element));
    }
    setText(this.#at, step === null ? '' : `step ${count(step)}`);
    main.forEach((reading, index) => {
      setText(this.#values[index].text, sayValue(reading, this.#plan.format));
    });
  }

  /** Another legend than the plan's, where it says what moves, such as the step. */
  showLegend(legend: string): void {
    setText(this.#legend, legend);
  }

  showScale(isLog: boolean): void {
    setAttributes(this.#log, { 'aria-pressed': String(isLog) });
  }

  showTableState(isOpen: boolean): void {
    setAttributes(this.#table, { 'aria-expanded': String(isOpen) });
  }

  #infoButton(): HTMLButtonElement {
    const { hint, fullTitle } = { hint: this.hint, fullTitle: this.#plan.fullTitle };
    const made = button(
      {
        class: 'quiet',
        title: this.#plan.hint,
        'aria-label': `What to look for in ${fullTitle}`,
        'aria-expanded': 'false',
        'aria-controls': hint.id,
      },
      () => {
        hint.hidden = !hint.hidden;
        setAttributes(made, { 'aria-expanded': String(!hint.hidden) });
      },
      icon(infoIcon),
    );
    return made;
  }
}

function makeValue(trace: Trace): Value {
  const { variant, label } = trace;
  const text = element('span');
  const made = element('span', { title: `${variant.name}, ${label}` }, swatch(variant.index), text);
  return { trace, element: made, text };
}
