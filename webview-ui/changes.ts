/** The list of what a person has changed about what is shown, the latest first. */
import type { EventMark } from './control-text.ts';
import { element } from './dom.ts';
import { count } from './format.ts';
import { Panel } from './panels.ts';
import type { ViewState } from './view-state.ts';

export class Changes {
  readonly panel: Panel;
  readonly #list = element('ol', { reversed: true });
  #shown: readonly EventMark[] = [];

  constructor(view: ViewState) {
    this.panel = new Panel(view, 'changes', 'What was changed during the run', '', this.#list);
    this.panel.say('');
  }

  update(marks: readonly EventMark[]): void {
    const { length } = marks;
    this.panel.say(length === 0 ? '' : length === 1 ? '1 change' : `${count(length)} changes`);
    if (JSON.stringify(marks) === JSON.stringify(this.#shown)) return;
    this.#shown = marks;
    this.#list.replaceChildren(
      ...marks
        .toReversed()
        .map(({ letter, text }) =>
          element('li', {}, element('span', { class: 'letter' }, letter), text),
        ),
    );
  }
}
