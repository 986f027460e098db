/** Says what happens to those who listen: changes of state at once, progress at a low rate. */
import type { RunSummary } from '../sidecar/protocol/runs.ts';
import { element } from './dom.ts';
import { sayVariant } from './progress.ts';

/** Milliseconds between two announcements of mere progress. */
const interval = 15_000;

export class Announcer {
  readonly element = element('p', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  #states = '';
  #saidAt = Number.NEGATIVE_INFINITY;

  tell(run: RunSummary | null, now: number): void {
    const states = (run?.variants ?? []).map(({ state }) => state).join();
    if (states === this.#states && now - this.#saidAt < interval) return;
    const text = run ? run.variants.map(sayVariant).join('. ') : 'No run yet.';
    if (text !== this.element.textContent) this.element.textContent = text;
    this.#states = states;
    this.#saidAt = now;
  }
}
