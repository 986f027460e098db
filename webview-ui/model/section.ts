/** A part of the page under a heading that opens and closes it; what it holds is made when it is first open. */
import { button, element, setAttributes } from '../dom.ts';
import type { Layout } from './layout.ts';

export interface SectionPlan {
  /** Names the section in the saved layout and in the page. */
  readonly key: string;
  readonly title: string;
  /** How much there is, beside the title. */
  readonly extent: string;
  make(): HTMLElement;
}

export class PageSection {
  readonly element: HTMLElement;
  readonly plan: SectionPlan;
  readonly #layout: Layout;
  readonly #opener: HTMLButtonElement;
  readonly #body: HTMLElement;
  #isMade = false;

  constructor(plan: SectionPlan, layout: Layout) {
    const { key, title, extent } = plan;
    this.plan = plan;
    this.#layout = layout;
    const id = `section-${key}`;
    this.#opener = button(
      { class: 'opener', 'aria-controls': id },
      () => {
        this.#layout.toggle('closed', key);
        this.#update();
      },
      title,
    );
    this.#body = element('div', { class: 'body', id });
    this.element = element(
      'section',
      { class: 'part', 'data-part': key, 'aria-label': title },
      element(
        'header',
        {},
        element('h2', {}, this.#opener),
        element('span', { class: 'muted' }, extent),
      ),
      this.#body,
    );
    this.#update();
  }

  /** Opens the section and brings it into sight. */
  reveal(): void {
    if (this.#layout.closed.has(this.plan.key)) this.#layout.toggle('closed', this.plan.key);
    this.#update();
    this.element.scrollIntoView({ block: 'start' });
    this.#opener.focus({ preventScroll: true });
  }

  #update(): void {
    const isOpen = !this.#layout.closed.has(this.plan.key);
    if (isOpen && !this.#isMade) {
      this.#isMade = true;
      this.#body.append(this.plan.make());
    }
    this.#body.hidden = !isOpen;
    setAttributes(this.#opener, { 'aria-expanded': String(isOpen) });
  }
}
