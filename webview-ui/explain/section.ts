/** Sections that open within a row: what they hold is made when they are opened, and nothing of it is drawn before. */
import { button, element, setAttributes } from '../dom.ts';
import type { Stage } from '../stage.ts';
import type { Part } from './part.ts';

/** What an open section shows: words, and parts that are drawn. */
export interface SectionContent {
  readonly element: HTMLElement;
  readonly parts: readonly Part[];
}

export interface Section {
  /** Names the section in the saved state. */
  readonly key: string;
  readonly title: string;
  /** The section's name where its row is not seen, for screen readers. */
  readonly fullTitle: string;
  /** Whether there is anything to show yet; once there is, it stays. */
  isAvailable(): boolean;
  /** `id` is unique in the page. */
  open(id: string): SectionContent;
}

interface Shown {
  readonly section: Section;
  readonly id: string;
  readonly button: HTMLButtonElement;
  readonly panel: HTMLElement;
  isAvailable: boolean;
  content: SectionContent | null;
}

/** The buttons of a row's sections in one line, and what they have opened below. */
export class Sections implements Part {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #all: readonly Shown[];

  constructor(sections: readonly Section[], stage: Stage, id: string) {
    this.#stage = stage;
    this.#all = sections.map((section, index) => this.#make(section, `${id}-${index}`));
    this.element = element(
      'div',
      { class: 'more', hidden: true },
      element('div', { class: 'openers' }, ...this.#all.map((shown) => shown.button)),
      ...this.#all.map(({ panel }) => panel),
    );
  }

  invalidate(): void {
    for (const shown of this.#all) {
      if (!shown.isAvailable && shown.section.isAvailable()) {
        shown.isAvailable = true;
        shown.button.hidden = false;
        this.element.hidden = false;
        if (this.#stage.view.openPanels.has(shown.section.key)) this.#open(shown);
      }
    }
    this.#tell((part) => part.invalidate());
  }

  request(): void {
    this.#tell((part) => part.request());
  }

  applyTheme(): void {
    this.#tell((part) => part.applyTheme());
  }

  destroy(): void {
    this.#tell((part) => part.destroy());
  }

  #tell(say: (part: Part) => void): void {
    for (const { content } of this.#all) for (const part of content?.parts ?? []) say(part);
  }

  #make(section: Section, id: string): Shown {
    const { title, fullTitle } = section;
    const panel = element('section', { class: 'panel', id, 'aria-label': fullTitle, hidden: true });
    const opener = button(
      {
        class: 'opener',
        'aria-label': fullTitle,
        'aria-expanded': 'false',
        'aria-controls': id,
      },
      () => this.#toggle(shown),
      title,
    );
    opener.hidden = true;
    const shown: Shown = { section, id, button: opener, panel, isAvailable: false, content: null };
    return shown;
  }

  #toggle(shown: Shown): void {
    const { view } = this.#stage;
    const { key } = shown.section;
    const isOpening = !view.openPanels.delete(key);
    if (isOpening) view.openPanels.add(key);
    view.save();
    if (isOpening) this.#open(shown);
    else this.#close(shown);
  }

  #open(shown: Shown): void {
    const content = shown.section.open(shown.id);
    shown.content = content;
    shown.panel.replaceChildren(element('h3', {}, shown.section.title), content.element);
    shown.panel.hidden = false;
    setAttributes(shown.button, { 'aria-expanded': 'true' });
    for (const part of content.parts) part.invalidate();
  }

  #close(shown: Shown): void {
    for (const part of shown.content?.parts ?? []) part.destroy();
    shown.content = null;
    shown.panel.hidden = true;
    shown.panel.replaceChildren();
    setAttributes(shown.button, { 'aria-expanded': 'false' });
  }
}
