/** The heading in one line: network, variants, where the run stands, and what can be done. */
import type { FromDashboard } from '../sidecar/protocol/dashboard.ts';
import type { RunSummary } from '../sidecar/protocol/runs.ts';
import { type ChipEvents, Chips } from './chips.ts';
import { button, element, setAttributes, setEnabled, setText } from './dom.ts';
import { count } from './format.ts';
import { isActive, progressOf } from './progress.ts';
import type { Store } from './store.ts';
import type { ViewState } from './view-state.ts';

export class Header {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #view: ViewState;
  readonly #title = element('h1');
  readonly #chips: Chips;
  readonly #status = element('p', { class: 'status' });
  readonly #showAll: HTMLButtonElement;
  readonly #train: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #export: HTMLButtonElement;
  readonly #exportVariant = element('select', { 'aria-label': 'Variant to export' });
  readonly #bar = element('div', { class: 'bar' });
  readonly #progress: HTMLElement;

  constructor(
    store: Store,
    view: ViewState,
    post: (message: FromDashboard) => void,
    events: ChipEvents & { showAllSteps(): void },
  ) {
    this.#store = store;
    this.#view = view;
    this.#chips = new Chips(view, events);
    this.#showAll = button(
      { class: 'secondary', title: 'Show all steps (0)' },
      events.showAllSteps,
    );
    this.#train = button({ class: 'primary' }, () => post({ type: 'train' }), 'Train');
    this.#stop = button({ class: 'secondary' }, () => post({ type: 'stop' }), 'Stop');
    this.#export = button(
      { class: 'secondary', title: 'Export as ONNX' },
      () => post({ type: 'export', variant: this.#exportVariant.value }),
      'Export',
    );
    this.#exportVariant.addEventListener('change', () => {
      view.exportVariant = this.#exportVariant.value;
      view.save();
    });
    this.#progress = element(
      'div',
      {
        class: 'progress',
        role: 'progressbar',
        'aria-label': 'Steps made',
        'aria-valuemin': 0,
        'aria-valuemax': 100,
      },
      this.#bar,
    );
    const actions = element(
      'div',
      { class: 'actions' },
      this.#showAll,
      this.#train,
      this.#stop,
      element('div', { class: 'export' }, this.#exportVariant, this.#export),
    );
    this.element = element(
      'header',
      { class: 'heading' },
      element('div', { class: 'line' }, this.#title, this.#chips.element, this.#status, actions),
      this.#progress,
    );
  }

  update(): void {
    const { run } = this.#store;
    this.element.hidden = run === null;
    if (!run) return;
    const { state, parts, share } = progressOf(run);
    setText(this.#title, run.name);
    // A figure and its unit stay on one line.
    setText(this.#status, parts.map((part) => part.replaceAll(' ', '\u00a0')).join(' · '));
    setAttributes(this.#status, { 'data-state': state });
    this.#chips.update(this.#store.variants);
    const active = isActive(run);
    setEnabled(this.#train, !active);
    setEnabled(this.#stop, active);
    setAttributes(this.#progress, {
      'aria-valuenow': Math.floor(share * 100),
      'data-state': state,
    });
    this.#bar.style.transform = `scaleX(${share.toFixed(4)})`;
    this.#updateExport(run);
    this.updateWindow();
  }

  /** Names the window of steps while not all are shown; pressing it shows them all. */
  updateWindow(): void {
    const { window } = this.#view;
    this.#showAll.hidden = window === null;
    if (window) setText(this.#showAll, `Steps ${count(window[0])} to ${count(window[1])} ✕`);
  }

  /** A variant that has made a step can be exported. */
  #updateExport({ variants }: RunSummary): void {
    const able = variants.filter(({ step }) => step > 0).map(({ variant }) => variant);
    const listed = [...this.#exportVariant.options].map(({ value }) => value);
    if (able.join('\0') !== listed.join('\0')) {
      this.#exportVariant.replaceChildren(
        ...able.map((name) => element('option', { value: name }, name)),
      );
      const chosen = able.find((name) => name === this.#view.exportVariant) ?? able[0];
      if (chosen !== undefined) this.#exportVariant.value = chosen;
    }
    this.#exportVariant.hidden = able.length < 2;
    setEnabled(this.#export, able.length > 0);
  }
}
