/** The table behind a chart: opened and closed by its button, made anew at most once a second. */
import { element } from './dom.ts';
import { Paced } from './paced.ts';
import type { PictureStage } from './stage.ts';

/** Milliseconds; figures that change faster cannot be read. */
const interval = 1000;

/** Keeps the charts whose tables are open by their keys. */
type View = Pick<PictureStage['view'], 'openTables' | 'save'>;

export class TablePanel {
  readonly element: HTMLElement;
  readonly #key: string;
  readonly #view: View;
  readonly #paced: Paced;

  constructor(
    { key, fullTitle }: { readonly key: string; readonly fullTitle: string },
    id: string,
    view: View,
    render: () => HTMLTableElement,
  ) {
    const label = `Table of ${fullTitle}`;
    const attributes = { class: 'table', id, tabindex: 0, role: 'region', 'aria-label': label };
    this.element = element('div', { ...attributes, hidden: true });
    this.#key = key;
    this.#view = view;
    this.#paced = new Paced(interval, () => this.element.replaceChildren(render()));
  }

  /** Opens or closes it, which is remembered. */
  toggle(): void {
    const { openTables } = this.#view;
    if (!openTables.delete(this.#key)) openTables.add(this.#key);
    this.#view.save();
  }

  /** Shows it if it is open; true when it is. */
  show(): boolean {
    const isOpen = this.#view.openTables.has(this.#key);
    this.element.hidden = !isOpen;
    if (isOpen) this.#paced.now();
    else this.#paced.cancel();
    return isOpen;
  }

  update(): void {
    if (!this.element.hidden) this.#paced.request();
  }

  destroy(): void {
    this.#paced.cancel();
  }
}
