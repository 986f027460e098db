/**
 * What a person has changed, over a plot: a thin line at the step with a letter that says what on hover. Changes too near
 * to each other for their letters are one mark with their number.
 */
import type { Range } from './axes.ts';
import type { EventMark } from './control-text.ts';
import { element } from './dom.ts';

/** CSS pixels that a letter takes. */
const letterWidth = 16;

export class MarkLayer {
  readonly element = element('div', { class: 'events' });
  #shownAs = '';

  /** `width` of the plot in CSS pixels. */
  show(marks: readonly EventMark[], [from, to]: Range, width: number): void {
    const inside = marks.filter(({ step }) => step >= from && step <= to);
    const as = JSON.stringify([from, to, width, inside]);
    if (as === this.#shownAs) return;
    this.#shownAs = as;
    const apart = (letterWidth / Math.max(1, width)) * (to - from);
    this.element.replaceChildren(
      ...nearGroups(inside, apart).map((group) => {
        const made = element('span', { class: 'event' }, letterOf(group));
        made.style.left = `${((group[0].step - from) / (to - from)) * 100}%`;
        return made;
      }),
    );
  }
}

/** Marks in the order of their steps, together where they are less than `apart` steps behind the first of their group. */
export function nearGroups<T extends { readonly step: number }>(
  marks: readonly T[],
  apart: number,
): [T, ...T[]][] {
  const groups: [T, ...T[]][] = [];
  for (const mark of marks) {
    const last = groups.at(-1);
    if (last !== undefined && mark.step - last[0].step < apart) last.push(mark);
    else groups.push([mark]);
  }
  return groups;
}

/** The letter that all of a group have, or how many they are. */
export function groupLetter(group: readonly EventMark[]): string {
  const letters = new Set(group.map(({ letter }) => letter));
  return letters.size === 1 ? group[0].letter : String(group.length);
}

function letterOf(group: readonly EventMark[]): HTMLElement {
  const title = group.map(({ text }) => text).join('\n');
  return element('span', { class: 'letter', title }, groupLetter(group));
}
