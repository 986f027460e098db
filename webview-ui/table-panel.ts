/** The table behind a chart: opened and closed by its button, made anew at most once a second. */
import type { Range } from './axes.ts';
import { element, setAttributes } from './dom.ts';
import type { ChartPlan } from './plan.ts';
import { renderTable } from './table.ts';
import { tableContent } from './table-content.ts';
import type { Trace } from './traces.ts';

/** Milliseconds; figures that change faster cannot be read. */
const interval = 1000;

export class TablePanel {
  readonly element: HTMLElement;
  readonly #plan: ChartPlan;
  readonly #again: () => void;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `again` is called when a table that was put off is due. */
  constructor(plan: ChartPlan, id: string, again: () => void) {
    this.#plan = plan;
    this.#again = again;
    const label = `Table of ${plan.fullTitle}`;
    this.element = element('div', {
      ...{ class: 'table', id, tabindex: 0, role: 'region', 'aria-label': label, hidden: true },
    });
  }

  setOpen(isOpen: boolean): void {
    setAttributes(this.element, { hidden: !isOpen });
    this.#drawnAt = Number.NEGATIVE_INFINITY;
  }

  draw(traces: readonly Trace[], window: Range): void {
    clearTimeout(this.#timer);
    if (this.element.hidden) return;
    const wait = this.#drawnAt + interval - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(this.#again, wait);
      return;
    }
    this.#drawnAt = performance.now();
    const content = tableContent(traces, window, this.#plan.format);
    this.element.replaceChildren(renderTable(content, this.#plan.fullTitle));
  }

  destroy(): void {
    clearTimeout(this.#timer);
  }
}
