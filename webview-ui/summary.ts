/** The run at a glance: one line a variant with its latest figures. */
import { element, setText } from './dom.ts';
import { absent, figure, percent } from './format.ts';
import { swatch } from './series.ts';
import type { VariantData } from './store.ts';

const columns = ['loss', 'test accuracy'] as const;

export class Summary {
  readonly element: HTMLElement;
  readonly #rows: readonly { row: HTMLElement; cells: readonly HTMLElement[] }[];

  constructor(variants: readonly VariantData[]) {
    this.#rows = variants.map(({ name, index }) => {
      const cells = columns.map(() => element('td', { class: 'number' }));
      const heading = element(
        'th',
        { scope: 'row', title: name },
        swatch(index),
        element('span', {}, name),
      );
      return { row: element('tr', {}, heading, ...cells), cells };
    });
    this.element = element(
      'table',
      { class: 'figures summary' },
      element('caption', { class: 'unseen' }, 'Latest figures of every variant'),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          element('th', { scope: 'col' }, element('span', { class: 'unseen' }, 'Variant')),
          ...columns.map((title) => element('th', { scope: 'col' }, title)),
        ),
      ),
      element('tbody', {}, ...this.#rows.map(({ row }) => row)),
    );
  }

  update(variants: readonly VariantData[], hidden: ReadonlySet<string>): void {
    variants.forEach(({ name, summary }, index) => {
      const { row, cells } = this.#rows[index];
      const { loss, testAccuracy } = summary;
      row.classList.toggle('off', hidden.has(name));
      const texts = [
        loss === null ? absent : figure(loss),
        testAccuracy === null ? absent : percent(testAccuracy),
      ];
      cells.forEach((cell, place) => {
        setText(cell, texts[place]);
      });
    });
  }
}
