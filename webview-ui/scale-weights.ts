/** Section 3.3 of the paper tried out: a layer's weights times a factor while training is paused, and what came of it. */
import { button, element, setAttributes, setText } from './dom.ts';
import { typedNumber } from './typed-number.ts';

export class ScaleWeights {
  /** Hidden while there is nothing to scale and nothing has been. */
  readonly element: HTMLElement;
  readonly #form: HTMLElement;
  readonly #factor: HTMLInputElement;
  readonly #effect = element('p', { class: 'muted', role: 'status' });

  constructor(layer: string, scale: (factor: number) => void) {
    this.#factor = element('input', {
      type: 'text',
      inputmode: 'decimal',
      size: 3,
      value: '10',
      'aria-label': `Factor for the weights of ${layer}`,
    });
    const apply = () => {
      const factor = typedNumber(this.#factor.value);
      setAttributes(this.#factor, { 'aria-invalid': factor === null && 'true' });
      if (factor !== null) scale(factor);
    };
    this.#factor.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') apply();
    });
    const title = `Multiply the weights of ${layer} of every paused variant. Where a batchnorm follows, the outputs stay, and the gradient is divided by the factor.`;
    this.#form = element(
      'div',
      { class: 'scale' },
      button(
        { class: 'secondary', title, 'aria-label': `Scale the weights of ${layer}` },
        apply,
        'Scale weights',
      ),
      element('span', {}, 'by ', this.#factor),
    );
    this.element = element('div', { hidden: true }, this.#form, this.#effect);
  }

  /** `effects`: what the last scaling did, a sentence a variant. */
  update(isPossible: boolean, effects: readonly string[]): void {
    this.element.hidden = !isPossible && effects.length === 0;
    this.#form.hidden = !isPossible;
    setText(this.#effect, effects.join(' '));
  }
}
