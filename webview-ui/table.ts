/** The table behind a chart, for exact figures and for screen readers. */
import { element } from './dom.ts';
import { count } from './format.ts';
import { swatch } from './series.ts';
import type { TableContent } from './table-content.ts';

/** Makes the table anew; it is small, and made at most once a second. */
export function renderTable({ groups, rows }: TableContent, caption: string): HTMLTableElement {
  const variants = element('tr', {}, element('th', { scope: 'col', rowspan: 2 }, 'Step'));
  const columns = element('tr');
  for (const { trace, columns: names } of groups) {
    const { variant, label } = trace;
    variants.append(
      element(
        'th',
        { scope: 'colgroup', colspan: names.length },
        swatch(variant.index),
        element('span', {}, variant.name),
        element('span', { class: 'muted' }, ` ${label}`),
      ),
    );
    columns.append(...names.map((name) => element('th', { scope: 'col' }, name)));
  }
  const body = rows
    .toReversed()
    .map(({ step, cells }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, count(step)),
        ...cells.map((cell) => element('td', {}, cell)),
      ),
    );
  return element(
    'table',
    {},
    element('caption', { class: 'unseen' }, caption),
    element('thead', {}, variants, columns),
    element('tbody', {}, ...body),
  );
}

export interface PlainTable {
  readonly columns: readonly string[];
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly string[])[];
}

/** A table of what is not measured at steps. */
export function renderPlainTable({ columns, rows }: PlainTable, caption: string): HTMLTableElement {
  const head = columns.map((name) => element('th', { scope: 'col' }, name));
  const body = rows.map(([name, ...cells]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      ...cells.map((cell) => element('td', {}, cell)),
    ),
  );
  return element(
    'table',
    {},
    element('caption', { class: 'unseen' }, caption),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body),
  );
}
