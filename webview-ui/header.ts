/** The heading: network, where the run stands and what can be done; below, what is shown, and what unfolds. */
import type { VariantControls } from '../sidecar/protocol/control.ts';
import type { FromDashboard } from '../sidecar/protocol/dashboard.ts';
import type { RunSummary } from '../sidecar/protocol/runs.ts';
import { type ChipEvents, Chips } from './chips.ts';
import { Controls } from './controls.ts';
import { button, element, setAttributes, setEnabled, setText } from './dom.ts';
import { count } from './format.ts';
import type { Panel } from './panels.ts';
import { isActive, progressOf } from './progress.ts';
import { RecentChoice } from './recent.ts';
import type { Store } from './store.ts';
import type { Recent, ViewState } from './view-state.ts';

export interface HeaderEvents extends ChipEvents {
  showAllSteps(): void;
  chooseRecent(recent: Recent | null): void;
  chooseView(view: 'live' | 'report'): void;
}

export interface HeaderPanels {
  readonly chooser: Panel;
  readonly findings: Panel;
  readonly changes: Panel;
  readonly guide: Panel;
}

const views = [
  { view: 'live', text: 'Live' },
  { view: 'report', text: 'Report' },
] as const;

export class Header {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #view: ViewState;
  readonly #panels: HeaderPanels;
  readonly #controls: Controls;
  readonly #title = element('h1');
  readonly #chips: Chips;
  readonly #status = element('p', { class: 'status' });
  readonly #refusal = element('p', { class: 'refusal', role: 'alert', hidden: true });
  readonly #views: readonly HTMLButtonElement[];
  readonly #recent: RecentChoice;
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
    panels: HeaderPanels,
    events: HeaderEvents,
  ) {
    this.#store = store;
    this.#view = view;
    this.#panels = panels;
    this.#chips = new Chips(view, events);
    this.#controls = new Controls({
      control: (variant, action) => {
        this.refuse('');
        post({ type: 'control', variant, action });
      },
      refuse: (reason) => this.refuse(reason),
    });
    this.#recent = new RecentChoice((recent) => events.chooseRecent(recent));
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
    this.#views = views.map(({ view: each, text }) =>
      button({ class: 'segment', 'data-view': each }, () => events.chooseView(each), text),
    );
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
    this.element = element(
      'header',
      { class: 'heading' },
      this.#line(),
      this.#refusal,
      element(
        'div',
        { class: 'sheets' },
        ...Object.values(panels).map((panel: Panel) => panel.element),
      ),
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
    this.#controls.update(this.#store.variants.filter(({ runId }) => runId === run.runId));
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

  /** Takes what can be changed of the run. */
  takeControls(controls: readonly VariantControls[]): void {
    this.#controls.take(controls);
    this.update();
  }

  /** Follows the layout: the view, the panels, the steps shown. */
  updateLayout(): void {
    const { view, recent } = this.#view;
    for (const each of this.#views)
      setAttributes(each, { 'aria-pressed': String(each.dataset.view === view) });
    this.#recent.update(recent);
    this.#panels.guide.update();
    this.updateWindow();
  }

  /** Names the window of steps while not all are shown; pressing it shows them all. */
  updateWindow(): void {
    const { window } = this.#view;
    this.#showAll.hidden = window === null;
    this.#recent.element.hidden = window !== null;
    if (window) setText(this.#showAll, `Steps ${count(window[0])} to ${count(window[1])} ✕`);
  }

  /** Says what could not be done, until something else is tried. */
  refuse(reason: string): void {
    setText(this.#refusal, reason);
    this.#refusal.hidden = reason === '';
  }

  /** One line where it fits; the style sheet orders what wraps. */
  #line(): HTMLElement {
    const { chooser, findings, changes, guide } = this.#panels;
    return element(
      'div',
      { class: 'line' },
      this.#title,
      this.#status,
      element(
        'div',
        { class: 'actions' },
        this.#train,
        this.#stop,
        element('div', { class: 'export' }, this.#exportVariant, this.#export),
        element('div', { class: 'segments', role: 'group', 'aria-label': 'View' }, ...this.#views),
      ),
      this.#controls.element,
      element('div', { class: 'shown' }, this.#chips.element, chooser.button),
      element(
        'div',
        { class: 'aside' },
        findings.button,
        changes.button,
        this.#recent.element,
        this.#showAll,
        guide.button,
      ),
    );
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
