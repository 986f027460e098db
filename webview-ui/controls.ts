/** What a person may change about a run while it is on: pausing, single steps, the learning rate, how it is evaluated. */
import type {
  ControlAction,
  EvaluationStatistics,
  VariantControls,
} from '../sidecar/protocol/control.ts';
import { button, element, setAttributes, setEnabled, setText } from './dom.ts';
import { figure } from './format.ts';
import { isUnfinished } from './progress.ts';
import type { VariantData } from './store.ts';
import { typedNumber } from './typed-number.ts';

export interface ControlEvents {
  control(variant: string | null, action: ControlAction): void;
  /** What was typed cannot be meant, as a sentence. */
  refuse(reason: string): void;
}

export class Controls {
  /** Hidden when nothing is on that could be changed. */
  readonly element: HTMLElement;
  readonly #events: ControlEvents;
  readonly #pause: HTMLButtonElement;
  readonly #step: HTMLButtonElement;
  readonly #rate = element('input', {
    type: 'text',
    inputmode: 'decimal',
    size: 6,
    'aria-label': 'Base learning rate, applied on Enter',
    title:
      'Base learning rate from the next step on, applied on Enter; a schedule goes on to apply to it',
  });
  readonly #statistics = element(
    'select',
    { title: 'What the test set is normalized with; evaluates at once' },
    element('option', { value: 'running' }, 'running'),
    element('option', { value: 'batch' }, 'batch'),
  );
  readonly #target = element('select', { 'aria-label': 'Variant to change' });
  readonly #scheduled = element('span', { class: 'muted' });
  #isPaused = false;
  #shownRate = '';
  #known: readonly VariantControls[] = [];
  #largestRate = Number.POSITIVE_INFINITY;

  constructor(events: ControlEvents) {
    this.#events = events;
    this.#pause = button({ class: 'secondary' }, () =>
      this.#send({ kind: this.#isPaused ? 'continue' : 'pause' }),
    );
    this.#step = button(
      { class: 'secondary', title: 'Make one training step, while paused' },
      () => this.#send({ kind: 'step' }),
      'Step',
    );
    this.#rate.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') this.#applyRate();
      if (key === 'Escape') this.#showRate(this.#shownRate);
    });
    this.#rate.addEventListener('blur', () => this.#showRate(this.#shownRate));
    this.#statistics.addEventListener('change', () => {
      const use = this.#statistics.value as EvaluationStatistics;
      this.#send({ kind: 'evaluation-statistics', use });
    });
    this.element = element(
      'div',
      { class: 'controls', role: 'group', 'aria-label': 'Change the run' },
      this.#target,
      this.#pause,
      this.#step,
      element('label', {}, 'learning rate ', this.#rate, ' ', this.#scheduled),
      element('label', {}, 'evaluate with ', this.#statistics, ' statistics'),
    );
  }

  /** Takes what the variants that have not ended are set to. */
  take(known: readonly VariantControls[]): void {
    this.#known = known;
  }

  /** Follows the variants of the run that is followed. */
  update(variants: readonly VariantData[]): void {
    const active = variants.filter(({ summary }) => isUnfinished(summary));
    this.element.hidden = active.length === 0;
    if (active.length === 0) return;
    this.#listTargets(active.map(({ summary }) => summary.variant));
    const { value } = this.#target;
    const chosen = active.filter(({ summary }) => value === '' || summary.variant === value);
    this.#isPaused =
      chosen.every(({ summary }) => summary.state !== 'training') &&
      chosen.some(({ summary }) => summary.state === 'paused');
    setText(this.#pause, this.#isPaused ? 'Continue' : 'Pause');
    setEnabled(this.#step, this.#isPaused);
    const names = new Set(chosen.map(({ summary }) => summary.variant));
    this.#showRates(chosen);
    this.#showSettings(this.#known.filter(({ variant }) => names.has(variant)));
  }

  /** Where the chosen variants differ, nothing is shown as theirs. */
  #showRates(variants: readonly VariantData[]): void {
    const rates = new Set(variants.map(({ summary }) => summary.learningRate));
    this.#shownRate = rates.size === 1 ? String([...rates][0]) : '';
    setAttributes(this.#rate, { placeholder: rates.size > 1 ? 'several' : undefined });
    if (document.activeElement !== this.#rate) this.#showRate(this.#shownRate);
    this.#showScheduled(variants);
  }

  #showSettings(known: readonly VariantControls[]): void {
    this.#largestRate = Math.min(...known.map(({ largestLearningRate }) => largestLearningRate));
    if (document.activeElement === this.#statistics) return;
    const uses = new Set(known.map(({ evaluationStatistics }) => evaluationStatistics));
    this.#statistics.value = uses.size === 1 ? [...uses][0] : '';
  }

  /** What a schedule makes of the base rate, where that is another. */
  #showScheduled(variants: readonly VariantData[]): void {
    const rates = new Set(variants.flatMap((variant) => presentRate(variant) ?? []));
    const [rate] = rates;
    const isOther = rates.size === 1 && figure(rate) !== figure(Number(this.#shownRate));
    setText(this.#scheduled, isOther && this.#shownRate !== '' ? `now ${figure(rate)}` : '');
  }

  #listTargets(names: readonly string[]): void {
    const listed = [...this.#target.options].slice(1).map(({ value }) => value);
    this.#target.hidden = names.length < 2;
    if (listed.join('\0') === names.join('\0')) return;
    const { value } = this.#target;
    this.#target.replaceChildren(
      element('option', { value: '' }, 'all variants'),
      ...names.map((name) => element('option', { value: name }, name)),
    );
    this.#target.value = names.includes(value) ? value : '';
  }

  #applyRate(): void {
    const value = typedNumber(this.#rate.value);
    const isValid = value !== null && value <= this.#largestRate;
    setAttributes(this.#rate, { 'aria-invalid': !isValid && 'true' });
    if (isValid) this.#send({ kind: 'learning-rate', value });
    else {
      const limit = Number.isFinite(this.#largestRate) ? ` and at most ${this.#largestRate}` : '';
      this.#events.refuse(
        `Learning rate: expected a number above 0${limit}, such as 0.05, found “${this.#rate.value}”.`,
      );
    }
  }

  #showRate(text: string): void {
    if (this.#rate.value !== text) this.#rate.value = text;
    setAttributes(this.#rate, { 'aria-invalid': false });
  }

  #send(action: ControlAction): void {
    this.#events.control(this.#target.value || null, action);
  }
}

/** The rate of the last recorded step; null before the first. */
function presentRate({ history }: VariantData): number | null {
  const column = history.indexOf(null, 'learningRate', 'value');
  return column < 0 || history.count === 0 ? null : history.values(column)[history.count - 1];
}
