/** The table behind a chart: opened and closed by its button, made anew at most once a second. */
import { element } from './dom.ts';
import { Paced } from './paced.ts';

/** Milliseconds; figures that change faster cannot be read. */
const interval = 1000;

export class TablePanel {
  readonly element: HTMLElement;
  readonly #paced: Paced;

  constructor(fullTitle: string, id: string, render: () => HTMLTableElement) {
    const label = `Table of ${fullTitle}`;
    const attributes = { class: 'table', id, tabindex: 0, role: 'region', 'aria-label': label };
    this.element = element('div', { ...attributes, hidden: true });
    this.#paced = new Paced(interval, () => this.element.replaceChildren(render()));
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
