/** What unfolds below the heading: one button a panel, which stays as it was left. */
import { button, element, setAttributes, setText } from './dom.ts';
import type { ViewState } from './view-state.ts';

export class Panel {
  readonly button: HTMLButtonElement;
  readonly element: HTMLElement;
  /** Called when a person has opened or closed it. */
  onToggle: () => void = () => undefined;
  readonly #name: string;
  readonly #view: ViewState;
  #hasContent = true;

  /** `name` is unique in the page; `label` says what the panel has, for those who listen. */
  constructor(
    view: ViewState,
    name: string,
    label: string,
    text: string,
    ...content: readonly Node[]
  ) {
    this.#view = view;
    this.#name = name;
    const id = `sheet-${name}`;
    this.element = element(
      'section',
      { class: `sheet ${name}`, id, 'aria-label': label },
      ...content,
    );
    this.button = button(
      { class: 'quiet wide', 'aria-controls': id, title: label },
      () => {
        this.#toggle();
        if (this.isOpen) this.element.querySelector<HTMLElement>('input, button')?.focus();
      },
      text,
    );
    this.element.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape' || !this.isOpen) return;
      this.#toggle();
      this.button.focus();
    });
    this.update();
  }

  get isOpen(): boolean {
    return this.#view.openPanels.has(this.#name);
  }

  open(): void {
    if (!this.isOpen) this.#toggle();
  }

  /** Follows the layout, which another file brings along. */
  update(): void {
    this.button.hidden = !this.#hasContent;
    this.element.hidden = !this.#hasContent || !this.isOpen;
    setAttributes(this.button, { 'aria-expanded': String(this.isOpen) });
  }

  /** What the button says; nothing hides the panel and its button. */
  say(text: string): void {
    setText(this.button, text);
    this.#hasContent = text !== '';
    this.update();
  }

  #toggle(): void {
    this.#view.toggle(this.#name);
    this.update();
    this.onToggle();
  }
}
