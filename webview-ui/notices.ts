/** In full what a word in the heading cannot say: what failed, what is not saved, why a variant ended early. */
import type { RunSummary } from '../sidecar/protocol/runs.ts';
import { element } from './dom.ts';
import { swatch } from './series.ts';
import type { VariantData } from './store.ts';

export class Notices {
  /** Empty as long as there is nothing to say. */
  readonly element = element('div', { class: 'notices' });
  #said = '';

  update(run: RunSummary, variants: readonly VariantData[]): void {
    const { saveError } = run;
    const told = variants.map(({ summary }) => [summary.state, summary.error, summary.note]);
    const said = JSON.stringify([saveError, told]);
    // What is made anew would be read out anew.
    if (said === this.#said) return;
    this.#said = said;
    const lines = variants.flatMap(linesOf);
    if (saveError !== undefined) {
      const unsaved = element('strong', {}, 'The results are not saved: ');
      lines.unshift(element('p', { class: 'warns', role: 'alert' }, unsaved, saveError));
    }
    this.element.replaceChildren(...lines);
  }
}

function linesOf({ name, index, summary }: VariantData): HTMLElement[] {
  const { state, error, note } = summary;
  const lines: HTMLElement[] = [];
  if (state === 'failed') {
    const failed = element('strong', {}, `${name} failed: `);
    const reason = error ?? 'no reason was given.';
    lines.push(element('p', { class: 'fails', role: 'alert' }, swatch(index), failed, reason));
  }
  if (note !== undefined) {
    lines.push(
      element('p', { role: 'status' }, swatch(index), element('b', {}, `${name}: `), note),
    );
  }
  return lines;
}
