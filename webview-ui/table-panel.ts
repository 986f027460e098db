/** The table behind a chart: opened and closed by its button, made anew at most once a second. */
import type { Range } from './axes.ts';
import { element } from './dom.ts';
import { Paced } from './paced.ts';
import type { ChartPlan } from './plan.ts';
import { renderTable } from './table.ts';
import { tableContent } from './table-content.ts';
import type { Trace } from './traces.ts';

/** Milliseconds; figures that change faster cannot be read. */
const interval = 1000;

export class TablePanel {
  readonly element: HTMLElement;
  readonly #paced: Paced;

  constructor(
    plan: ChartPlan,
    id: string,
    shown: () => { traces: readonly Trace[]; steps: Range },
  ) {
    const label = `Table of ${plan.fullTitle}`;
    const attributes = { class: 'table', id, tabindex: 0, role: 'region', 'aria-label': label };
    this.element = element('div', { ...attributes, hidden: true });
    this.#paced = new Paced(interval, () => {
      const { traces, steps } = shown();
      const content = tableContent(traces, steps, plan.format);
      this.element.replaceChildren(renderTable(content, plan.fullTitle));
    });
  }

  setOpen(isOpen: boolean): void {
    this.element.hidden = !isOpen;
    if (isOpen) this.#paced.now();
    else this.#paced.cancel();
  }

  update(): void {
    if (!this.element.hidden) this.#paced.request();
  }

  destroy(): void {
    this.#paced.cancel();
  }
}
