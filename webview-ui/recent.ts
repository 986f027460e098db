/** Step axes that follow the run with the latest steps, in place of all. */
import type { Range } from './axes.ts';
import { element } from './dom.ts';
import type { Recent } from './view-state.ts';

const choices: readonly { readonly name: string; readonly recent: Recent | null }[] = [
  { name: 'all steps', recent: null },
  { name: 'last 10 %', recent: { share: 0.1 } },
  { name: 'last 10,000 steps', recent: { steps: 10_000 } },
  { name: 'last 1,000 steps', recent: { steps: 1000 } },
  { name: 'last 100 steps', recent: { steps: 100 } },
];

/** The axis goes on by such parts of its width, so that it stands still in between. */
const partsOfWidth = 8;

/** The window of the latest steps; it ends at most an eighth of its width beyond the last one. */
export function recentSteps(recent: Recent, last: number): Range {
  const width = Math.max(8, 'share' in recent ? roundUp(last * recent.share) : recent.steps);
  const part = width / partsOfWidth;
  const end = Math.max(width, Math.ceil(last / part) * part);
  return [end - width, end];
}

export class RecentChoice {
  readonly element: HTMLElement;
  readonly #select = element('select', { 'aria-label': 'Steps shown' });

  constructor(choose: (recent: Recent | null) => void) {
    this.#select.append(
      ...choices.map(({ name }, place) => element('option', { value: place }, name)),
    );
    this.#select.addEventListener('change', () =>
      choose(choices[Number(this.#select.value)].recent),
    );
    this.element = element('label', { class: 'filter' }, 'Show ', this.#select);
  }

  update(recent: Recent | null): void {
    const place = choices.findIndex(
      (choice) => JSON.stringify(choice.recent) === JSON.stringify(recent),
    );
    this.#select.value = String(Math.max(0, place));
  }
}

/** To two digits whose last is even, so that a share of a growing number does not move at every step. */
function roundUp(value: number): number {
  const unit = 2 * 10 ** (Math.floor(Math.log10(Math.max(1, value))) - 1);
  return Math.ceil(value / unit) * unit;
}
