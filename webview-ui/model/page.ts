/** The page that shows an ONNX file: puts its parts together and passes on what arrives. */
import type { Inspection } from '../../sidecar/protocol/inspect.ts';
import type { FromModelEditor, ToModelEditor } from '../../sidecar/protocol/model-editor.ts';
import { Cursor } from '../cursor.ts';
import { button, element, setText } from '../dom.ts';
import type { PictureChart } from '../explain/picture-chart.ts';
import { Frames } from '../frames.ts';
import { onThemeChange, readTheme } from '../theme.ts';
import { Tooltip } from '../tooltip.ts';
import { batchNormSection, type ModelStage } from './batch-norms.ts';
import { certificateSection } from './certificate.ts';
import { graphSection } from './graph.ts';
import { Heading } from './heading.ts';
import { Layout } from './layout.ts';
import { metadataSection } from './metadata.ts';
import { PageSection } from './section.ts';
import { type TensorAnswer, type TensorQuestions, tensorSection } from './tensors.ts';
import { nameOf, sentence } from './words.ts';

/** What the page needs of its host. */
export interface ModelHost {
  post(message: FromModelEditor): void;
  load(): unknown;
  save(state: unknown): void;
}

/** Notes that are listed. */
const mostNotes = 20;

export class ModelPage {
  readonly #host: ModelHost;
  readonly #layout: Layout;
  readonly #stage: ModelStage;
  readonly #content = element('div');
  readonly #said = element('p', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  /** Parts that are turned to come to stand below the heading, which wraps to several lines where it is narrow. */
  readonly #resized = new ResizeObserver(([{ target }]) => {
    this.#content.style.setProperty('--heading', `${target.clientHeight}px`);
  });
  #theme = readTheme();
  #name = '';
  #heading: Heading | null = null;
  #sections: readonly PageSection[] = [];
  /** Those of opened batch normalizations. */
  #charts: PictureChart<number>[] = [];
  #questions = new Map<string, { answer?: TensorAnswer; show?: (answer: TensorAnswer) => void }>();

  constructor(root: HTMLElement, host: ModelHost) {
    this.#host = host;
    this.#layout = new Layout(host.load(), (state) => host.save(state));
    const tooltip = new Tooltip();
    const whole = [0, 0] as const;
    this.#stage = {
      frames: new Frames(),
      cursor: new Cursor(),
      view: this.#layout,
      layout: this.#layout,
      tooltip,
      theme: () => this.#theme,
      // Charts of a file run over channels, not over steps.
      steps: () => whole,
      allSteps: () => whole,
      selectSteps: () => {},
      emphasized: () => null,
      save: (file) => host.post({ type: 'save', ...file }),
    };
    this.#content.append(element('p', { class: 'empty muted' }, 'Reading the model…'));
    root.append(this.#content, tooltip.element, this.#said);
    onThemeChange(() => this.#applyTheme());
    this.#rememberScroll();
  }

  /** Takes what the extension says. */
  take(message: ToModelEditor): void {
    switch (message.type) {
      case 'reading':
        if (this.#heading === null) this.#show(this.#reading(message.name));
        setText(this.#said, `Reading ${message.name}`);
        break;
      case 'model':
        this.#showModel(message.name, message.inspection, message.isTrusted);
        if (message.part !== undefined) this.#reveal(message.part);
        break;
      case 'broken':
        this.#showBroken(message.name, message.reason);
        break;
      case 'trusted':
        this.#heading?.setTrusted(true);
        break;
      case 'show':
        this.#reveal(message.part);
        break;
      case 'tensor':
        this.#takeAnswer(message.tensor, message);
        break;
      default:
        message satisfies never;
    }
  }

  #showModel(name: string, inspection: Inspection, isTrusted: boolean): void {
    const layout = this.#layout;
    this.#clear();
    this.#name = name;
    const plans = [
      ...(inspection.certificate === null ? [] : [certificateSection(inspection.certificate)]),
      batchNormSection(inspection, this.#stage, this.#charts),
      graphSection(inspection, layout),
      tensorSection(inspection, layout, this.#tensorQuestions()),
      metadataSection(inspection, layout),
    ];
    this.#sections = plans.map((plan) => new PageSection(plan, layout));
    this.#heading = new Heading(name, inspection, this.#sections, (each) => this.#host.post(each));
    this.#heading.setTrusted(isTrusted);
    const main = element(
      'main',
      {},
      ...notes(inspection),
      ...this.#sections.map((section) => section.element),
    );
    this.#show(this.#heading.element, main);
    scrollTo({ top: layout.scroll });
    setText(this.#said, `${name} is shown`);
  }

  #showBroken(name: string, reason: string): void {
    this.#clear();
    const again = button(
      { class: 'primary' },
      () => this.#host.post({ type: 'reload' }),
      'Try Again',
    );
    const openWith = button(
      { class: 'secondary' },
      () => this.#host.post({ type: 'open-with' }),
      'Open With…',
    );
    this.#show(
      element(
        'main',
        { class: 'empty broken', role: 'alert' },
        element('h1', {}, nameOf(name, 120)),
        element('p', {}, 'This file cannot be shown as a model.'),
        element('p', {}, sentence(reason)),
        element('div', { class: 'buttons' }, again, openWith),
      ),
    );
  }

  #reading(name: string): HTMLElement {
    return element(
      'p',
      { class: 'empty muted' },
      element('span', {}, 'Reading ', nameOf(name), '…'),
    );
  }

  #show(...parts: HTMLElement[]): void {
    this.#content.replaceChildren(...parts);
    this.#resized.disconnect();
    if (this.#heading !== null) this.#resized.observe(this.#heading.element);
  }

  /** What was made for the model before. */
  #clear(): void {
    for (const chart of this.#charts) chart.destroy();
    this.#charts = [];
    this.#questions = new Map();
    this.#heading = null;
    this.#sections = [];
  }

  #reveal(part: 'certificate'): void {
    const section = this.#sections.find(({ plan }) => plan.key === part);
    if (section !== undefined) section.reveal();
    else setText(this.#said, `${this.#name} has no certificate`);
  }

  #tensorQuestions(): TensorQuestions {
    const asked = this.#questions;
    return {
      answer: (tensor) => asked.get(tensor)?.answer,
      ask: (tensor, show) => {
        const isAsked = asked.has(tensor);
        asked.set(tensor, { show });
        if (!isAsked) this.#host.post({ type: 'summarize', tensor });
      },
    };
  }

  #takeAnswer(
    tensor: string,
    { summary, reason }: Pick<Extract<ToModelEditor, { type: 'tensor' }>, 'summary' | 'reason'>,
  ): void {
    const answer: TensorAnswer =
      summary === null
        ? { summary, reason: reason ?? 'Its values cannot be had.' }
        : { summary, reason: null };
    const question = this.#questions.get(tensor);
    this.#questions.set(tensor, { answer });
    question?.show?.(answer);
  }

  #applyTheme(): void {
    this.#theme = readTheme();
    for (const chart of this.#charts) chart.applyTheme();
  }

  #rememberScroll(): void {
    addEventListener('scrollend', () => {
      if (this.#heading === null) return;
      this.#layout.scroll = scrollY;
      this.#layout.save();
    });
  }
}

/** What is odd about the file. */
function notes({ notes: all }: Inspection): HTMLElement[] {
  if (all.length === 0) return [];
  const more = all.length - mostNotes;
  return [
    element(
      'ul',
      { class: 'notices', 'aria-label': 'Notes' },
      ...all
        .slice(0, mostNotes)
        .map((text) => element('li', {}, element('p', { class: 'warns' }, sentence(text)))),
      ...(more > 0 ? [element('li', { class: 'muted' }, `and ${more} more`)] : []),
    ),
  ];
}
