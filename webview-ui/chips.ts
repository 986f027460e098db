/** One chip a variant: its colour and marker, state and test accuracy; pressing it shows or hides the variant. */
import type { VariantSummary } from '../sidecar/protocol/runs.ts';
import { button, element, setAttributes, setText } from './dom.ts';
import { count, percent } from './format.ts';
import { swatch } from './series.ts';
import type { VariantData } from './store.ts';
import type { ViewState } from './view-state.ts';

interface Chip {
  readonly name: string;
  readonly index: number;
  readonly element: HTMLButtonElement;
  readonly state: HTMLElement;
  readonly accuracy: HTMLElement;
}

export interface ChipEvents {
  toggled(): void;
  /** A chip is pointed at, or none any more. */
  emphasize(variant: string | null): void;
}

export class Chips {
  readonly element = element('div', {
    class: 'chips',
    role: 'group',
    'aria-label': 'Variants shown',
  });
  readonly #view: ViewState;
  readonly #events: ChipEvents;
  #chips: Chip[] = [];

  constructor(view: ViewState, events: ChipEvents) {
    this.#view = view;
    this.#events = events;
  }

  update(variants: readonly VariantData[]): void {
    const isSame =
      variants.length === this.#chips.length &&
      variants.every(({ name, index }, place) => {
        const chip = this.#chips[place];
        return chip.name === name && chip.index === index;
      });
    if (!isSame) {
      this.#chips = variants.map((variant) => this.#make(variant));
      this.element.replaceChildren(...this.#chips.map((chip) => chip.element));
      this.element.classList.toggle('many', variants.length > 3);
    }
    variants.forEach(({ summary }, place) => {
      const chip = this.#chips[place];
      setAttributes(chip.element, {
        'aria-pressed': String(!this.#view.hiddenVariants.has(chip.name)),
        'data-state': summary.state,
      });
      setText(chip.state, sayState(summary));
      setText(chip.accuracy, summary.testAccuracy === null ? '' : percent(summary.testAccuracy));
    });
  }

  #make({ name, index }: VariantData): Chip {
    const state = element('span', { class: 'muted' });
    const accuracy = element('span', { class: 'number', title: 'Test accuracy' });
    const made = button(
      { class: 'chip', title: `Show or hide ${name}` },
      () => {
        const { hiddenVariants } = this.#view;
        if (!hiddenVariants.delete(name)) hiddenVariants.add(name);
        setAttributes(made, { 'aria-pressed': String(!hiddenVariants.has(name)) });
        this.#view.save();
        this.#events.toggled();
      },
      swatch(index),
      element('span', { class: 'name' }, name),
      accuracy,
      state,
    );
    for (const event of ['pointerenter', 'focus']) {
      made.addEventListener(event, () => this.#events.emphasize(name));
    }
    for (const event of ['pointerleave', 'blur']) {
      made.addEventListener(event, () => this.#events.emphasize(null));
    }
    return { name, index, element: made, state, accuracy };
  }
}

/**
 * A training variant's step tells how far it is; its state shows in that the step moves. One that early stopping ended
 * says where; the notices say why.
 */
function sayState({ state, step, steps }: VariantSummary): string {
  if (state === 'training') return `step ${count(step)}`;
  if (state === 'paused') return `paused at step ${count(step)}`;
  return state === 'finished' && step < steps ? `ended early at step ${count(step)}` : state;
}
