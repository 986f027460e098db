/**
 * A table of any length: a page of it at a time, of the rows that a filter leaves. Models have tens of thousands of
 * nodes; making a row for each would freeze the page.
 */
import { button, element, setAttributes, setEnabled, setText } from '../dom.ts';
import { count } from '../format.ts';
import { Paced } from '../paced.ts';
import type { Layout } from './layout.ts';

const pageSize = 50;
/** Milliseconds between two filterings while someone types. */
const filterInterval = 150;

export interface TableColumn<Row> {
  readonly title: string;
  /** Names its width in the style sheet. */
  readonly kind: string;
  cell(row: Row): Node | string;
}

export interface TablePlan<Row> {
  /** Names the table in the saved layout and in the page. */
  readonly key: string;
  readonly caption: string;
  /** What rows are called. */
  readonly noun: string;
  readonly rows: readonly Row[];
  /** The first is the row's heading. */
  readonly columns: readonly TableColumn<Row>[];
  /** What a filter searches. */
  textOf(row: Row): string;
}

/** The table, or a sentence where there are no rows. */
export function pagedTable<Row>(plan: TablePlan<Row>, layout: Layout): HTMLElement {
  if (plan.rows.length > 0) return new PagedTable(plan, layout).element;
  return element('p', { class: 'muted' }, `This model has no ${plan.noun}.`);
}

class PagedTable<Row> {
  readonly element: HTMLElement;
  readonly #plan: TablePlan<Row>;
  readonly #layout: Layout;
  readonly #body = element('tbody', { role: 'rowgroup' });
  readonly #position = element('span', { class: 'muted', role: 'status' });
  readonly #previous: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  /** Lower-case text of every row, made when something is first looked for. */
  #texts: readonly string[] | null = null;
  #found: readonly Row[];

  constructor(plan: TablePlan<Row>, layout: Layout) {
    const { key, caption, noun, columns, rows } = plan;
    this.#plan = plan;
    this.#layout = layout;
    this.#found = rows;
    const turn = (by: number) => () => this.#turn(by);
    this.#previous = button({ class: 'secondary' }, turn(-1), 'Previous');
    this.#next = button({ class: 'secondary' }, turn(1), 'Next');
    setAttributes(this.#previous, { 'aria-label': `Previous ${noun}` });
    setAttributes(this.#next, { 'aria-label': `Next ${noun}` });
    const head = columns.map(({ title, kind }) =>
      element('th', { scope: 'col', role: 'columnheader', class: kind }, title),
    );
    this.element = element(
      'div',
      { class: 'paged', 'data-table': key },
      element(
        'div',
        { class: 'finder' },
        ...(rows.length > 1 ? [this.#filter()] : []),
        this.#position,
        ...(rows.length > pageSize ? [this.#previous, this.#next] : []),
      ),
      element(
        'table',
        { role: 'table' },
        element('caption', { class: 'unseen' }, caption),
        element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...head)),
        this.#body,
      ),
    );
    this.#find();
  }

  #filter(): HTMLElement {
    const { key, noun } = this.#plan;
    const input = element('input', {
      type: 'search',
      placeholder: `Filter ${noun}`,
      'aria-label': `Filter ${noun}`,
      spellcheck: 'false',
    });
    input.value = this.#layout.filters.get(key) ?? '';
    const paced = new Paced(filterInterval, () => {
      if (input.value === '') this.#layout.filters.delete(key);
      else this.#layout.filters.set(key, input.value);
      this.#layout.pages.delete(key);
      this.#layout.save();
      this.#find();
    });
    input.addEventListener('input', () => paced.request());
    return input;
  }

  /** Rows that hold every word of the filter. */
  #find(): void {
    const { key, rows, textOf } = this.#plan;
    const words = (this.#layout.filters.get(key) ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) this.#found = rows;
    else {
      this.#texts ??= rows.map((row) => textOf(row).toLowerCase());
      const texts = this.#texts;
      this.#found = rows.filter((_, at) => words.every((word) => texts[at].includes(word)));
    }
    this.#show();
  }

  #turn(by: number): void {
    const { pages } = this.#layout;
    pages.set(this.#plan.key, this.#page() + by);
    this.#layout.save();
    this.#show();
  }

  /** The page to show, within those that there are. */
  #page(): number {
    const last = Math.max(0, Math.ceil(this.#found.length / pageSize) - 1);
    return Math.min(last, Math.max(0, this.#layout.pages.get(this.#plan.key) ?? 0));
  }

  #show(): void {
    const from = this.#page() * pageSize;
    const shown = this.#found.slice(from, from + pageSize);
    this.#body.replaceChildren(...shown.map((row) => this.#row(row)));
    setText(this.#position, this.#extent(from, shown.length));
    setEnabled(this.#previous, from > 0);
    setEnabled(this.#next, from + shown.length < this.#found.length);
  }

  #extent(from: number, length: number): string {
    const { noun, rows } = this.#plan;
    const found = this.#found.length;
    const all = found === rows.length ? count(found) : `${count(found)} of ${count(rows.length)}`;
    if (found === 0) return `none of ${count(rows.length)} ${noun}`;
    return length === found
      ? `${all} ${noun}`
      : `${count(from + 1)} to ${count(from + length)} of ${all} ${noun}`;
  }

  #row(row: Row): HTMLElement {
    const cells = this.#plan.columns.map(({ title, kind, cell }, at) =>
      at === 0
        ? element('th', { scope: 'row', role: 'rowheader', class: kind }, cell(row))
        : element('td', { role: 'cell', class: kind, 'data-title': title }, cell(row)),
    );
    return element('tr', { role: 'row' }, ...cells);
  }
}
