/** What a person has changed, over a plot: a thin line at the step with a letter that says what on hover. */
import type { Range } from './axes.ts';
import type { EventMark } from './control-text.ts';
import { element } from './dom.ts';

export class MarkLayer {
  readonly element = element('div', { class: 'events' });
  #shownAs = '';

  show(marks: readonly EventMark[], [from, to]: Range): void {
    const inside = marks.filter(({ step }) => step >= from && step <= to);
    const as = JSON.stringify([from, to, inside]);
    if (as === this.#shownAs) return;
    this.#shownAs = as;
    this.element.replaceChildren(
      ...inside.map(({ step, letter, text }) => {
        const made = element(
          'span',
          { class: 'event' },
          element('span', { class: 'letter', title: text }, letter),
        );
        made.style.left = `${((step - from) / (to - from)) * 100}%`;
        return made;
      }),
    );
  }
}
