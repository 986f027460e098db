/** The page: puts its parts together and passes on what arrives. */
import type { VariantControls } from '../sidecar/protocol/control.ts';
import type { FromDashboard, ToDashboard } from '../sidecar/protocol/dashboard.ts';
import type { RunFrame, RunSnapshot } from '../sidecar/protocol/statistics.ts';
import { Announcer } from './announcer.ts';
import { type Range, stepEnd } from './axes.ts';
import { Badges } from './badges.ts';
import { Changes } from './changes.ts';
import { Chart } from './chart.ts';
import { Chooser } from './chooser.ts';
import { type EventMark, eventMarks, lastScaling } from './control-text.ts';
import { Cursor } from './cursor.ts';
import { button, element } from './dom.ts';
import { depthRow } from './explain/depth.ts';
import { Findings, findingsOf } from './findings.ts';
import { type Drawable, Frames } from './frames.ts';
import { guide } from './guide.ts';
import { Header } from './header.ts';
import { layerFilter } from './layer-filter.ts';
import { Notices } from './notices.ts';
import { Paced } from './paced.ts';
import { planLayers, planOverview } from './plan.ts';
import { isUnfinished } from './progress.ts';
import { recentSteps } from './recent.ts';
import { ReportPage } from './report-page.ts';
import { layerRow, type Row } from './rows.ts';
import type { Stage } from './stage.ts';
import { type Choice, Store, type VariantData } from './store.ts';
import { Summary } from './summary.ts';
import { onThemeChange, readTheme } from './theme.ts';
import { Tooltip } from './tooltip.ts';
import { type Recent, ViewState } from './view-state.ts';

/** What the page needs of its host. */
export interface Host {
  post(message: FromDashboard): void;
  load(): unknown;
  save(state: unknown): void;
}

/** Milliseconds between two messages that say what to remember. */
const rememberInterval = 1000;

export class Dashboard {
  readonly #store = new Store();
  readonly #view: ViewState;
  readonly #host: Host;
  readonly #frames = new Frames();
  readonly #cursor = new Cursor();
  readonly #tooltip = new Tooltip();
  readonly #announcer = new Announcer();
  readonly #chooser: Chooser;
  readonly #findings: Findings;
  readonly #badges = new Badges((layer) => this.#findings.show(layer));
  readonly #changes: Changes;
  readonly #header: Header;
  readonly #heading: Drawable;
  readonly #main = element('main');
  readonly #report: ReportPage;
  readonly #stage: Stage;
  readonly #notices = new Notices();
  #summary: Summary | null = null;
  #rows: Row[] = [];
  #theme = readTheme();
  #marks: readonly EventMark[] = [];
  #emphasized: string | null = null;
  #controls: readonly VariantControls[] = [];
  #isWaiting = true;

  constructor(root: HTMLElement, host: Host) {
    this.#host = host;
    let layout: unknown;
    const remember = new Paced(rememberInterval, () => host.post({ type: 'remember', layout }));
    this.#view = new ViewState(host.load(), (state) => {
      host.save(state);
      layout = state;
      remember.request();
    });
    const post = (message: FromDashboard) => host.post(message);
    this.#chooser = new Chooser(this.#store, this.#view, {
      list: () => post({ type: 'list' }),
      choose: (choice) => this.#choose(choice),
    });
    this.#findings = new Findings(this.#view, {
      post,
      goTo: (layer) => this.#goTo(layer),
      canControl: ({ runId, summary }) => runId === this.#store.run?.runId && isUnfinished(summary),
    });
    this.#changes = new Changes(this.#view);
    this.#report = new ReportPage(post);
    const panels = {
      chooser: this.#chooser.panel,
      findings: this.#findings.panel,
      changes: this.#changes.panel,
      guide: guide(this.#view),
    };
    this.#header = new Header(this.#store, this.#view, post, panels, {
      toggled: () => this.#invalidate(),
      emphasize: (variant) => this.#emphasize(variant),
      showAllSteps: () => this.#selectSteps(null),
      chooseRecent: (recent) => this.#chooseRecent(recent),
      chooseView: (view) => this.#chooseView(view),
    });
    this.#stage = {
      frames: this.#frames,
      cursor: this.#cursor,
      view: this.#view,
      tooltip: this.#tooltip,
      theme: () => this.#theme,
      steps: () => this.#steps(),
      allSteps: () => this.#allSteps(),
      selectSteps: (window) => this.#selectSteps(window),
      emphasized: () => this.#emphasized,
      marks: () => this.#marks,
      save: (file) => {
        const name = `${this.#store.run?.name ?? 'chart'} ${file.name}`;
        post({ type: 'save', ...file, name });
      },
    };
    this.#heading = { element: this.#header.element, commit: () => this.#updateHeading() };
    this.#main.append(element('p', { class: 'empty muted' }, 'Loading…'));
    this.#header.element.hidden = true;
    root.append(
      this.#header.element,
      this.#main,
      this.#report.element,
      this.#tooltip.element,
      this.#announcer.element,
    );
    onThemeChange(() => this.#applyTheme());
    this.#rememberScroll();
    // Rows that are scrolled to come to stand below the heading, which wraps to several lines where it is narrow.
    new ResizeObserver(([{ target }]) => {
      this.#main.style.setProperty('--heading', `${target.clientHeight}px`);
    }).observe(this.#header.element);
  }

  /** Takes what the extension says. */
  take(message: ToDashboard): void {
    switch (message.type) {
      case 'snapshot':
        this.#view.restore(message.layout);
        this.#showSnapshot(message.snapshot);
        if (message.view !== undefined) this.#chooseView(message.view);
        break;
      case 'series':
        this.#store.add(message.snapshot, message.label);
        this.#rebuild();
        break;
      case 'frame':
        this.#addFrame(message.frame);
        break;
      case 'controls':
        this.#controls = message.controls;
        this.#header.takeControls(message.controls);
        this.#updateScaling();
        break;
      case 'runs':
        this.#chooser.takeRuns(message.runs);
        break;
      case 'report':
        this.#report.take(message.report);
        break;
      case 'refused':
        if (message.what === 'report') this.#report.say(message.reason);
        else this.#header.refuse(message.reason);
        break;
      case 'highlight':
        this.#highlight(message.layer);
        break;
      default:
        message satisfies never;
    }
  }

  /** Draws a run from nothing; null when there is none yet. */
  #showSnapshot(snapshot: RunSnapshot | null): void {
    this.#isWaiting = false;
    if (snapshot) {
      const { runId, uri, variants } = snapshot.run;
      this.#view.openRun(runId, uri, Math.max(...variants.map(({ steps }) => steps)));
      this.#store.choose(this.#view.choice);
    }
    this.#store.replace(snapshot);
    this.#rebuild();
    this.#askForShown();
  }

  /** Draws what has come since. A frame that does not fit makes the page ask for everything again. */
  #addFrame(frame: RunFrame): void {
    if (this.#isWaiting) return;
    if (this.#store.append(frame)) this.#invalidate();
    else {
      this.#isWaiting = true;
      this.#host.post({ type: 'ready' });
    }
  }

  /** Shows other variants or runs. */
  #choose(choice: Choice): void {
    this.#view.choice = choice;
    this.#view.save();
    this.#store.choose(choice);
    this.#host.post({ type: 'show', shown: this.#store.shown });
    this.#rebuild();
  }

  /** What was chosen may be more than comes with the run that is followed, after which no other run is followed. */
  #askForShown(): void {
    const { shown, isComplete } = this.#store;
    if (shown.length > 1 || !isComplete) this.#host.post({ type: 'show', shown });
  }

  /** Lights a layer's row and brings it into view, unless it was lit before: then the place scrolled to stays. */
  #highlight(layer: string | null): void {
    const isNew = layer !== this.#view.highlighted;
    if (isNew) {
      this.#view.highlighted = layer;
      this.#view.save();
    }
    this.#light(isNew);
  }

  #light(isScrolling: boolean): void {
    const layer = this.#view.highlighted;
    for (const { element: row } of this.#rows) {
      const isLit = layer !== null && row.dataset.layer === layer;
      row.classList.toggle('lit', isLit);
      row.hidden = !isLit && !this.#isOfKindShown(row.dataset.kind);
      if (isLit && isScrolling) {
        row.scrollIntoView({ block: 'nearest', behavior: this.#scrollBehavior() });
      }
    }
  }

  #isOfKindShown(kind: string | undefined): boolean {
    const { kind: chosen } = this.#view;
    if (chosen === null || kind === undefined || kind === chosen) return true;
    // The choice was made for a network that has such layers.
    return this.#rows.every(({ element: row }) => row.dataset.kind !== chosen);
  }

  #chooseKind(kind: string | null): void {
    this.#view.kind = kind;
    this.#view.save();
    this.#light(false);
  }

  /** Brings a layer's row into view, and its line in the file. */
  #goTo(layer: string): void {
    this.#chooseView('live');
    const row = this.#rows.find(({ element: each }) => each.dataset.layer === layer)?.element;
    if (row) row.hidden = false;
    row?.scrollIntoView({ block: 'start', behavior: this.#scrollBehavior() });
    this.#host.post({ type: 'reveal', layer });
  }

  #chooseView(view: 'live' | 'report'): void {
    if (view === this.#view.view) return;
    this.#view.view = view;
    this.#view.save();
    this.#header.updateLayout();
    this.#updateHeading();
    this.#restoreScroll();
  }

  #chooseRecent(recent: Recent | null): void {
    this.#view.recent = recent;
    this.#view.save();
    this.#invalidate();
  }

  #rebuild(): void {
    for (const { charts, figures } of this.#rows) {
      for (const chart of charts) chart.destroy();
      figures?.destroy();
    }
    this.#cursor.clear();
    this.#rows = [];
    this.#summary = null;
    if (this.#store.run) this.#buildRun();
    else this.#main.replaceChildren(this.#emptyState());
    this.#cursor.onMove(() => this.#requestAtCursor());
    this.#header.updateLayout();
    this.#chooser.update();
    this.#invalidate();
    this.#updateHeading();
    this.#light(false);
    this.#restoreScroll();
  }

  /** The place is one of the live charts; a report begins at its top. */
  #restoreScroll(): void {
    const top = this.#main.hidden ? 0 : this.#view.scroll;
    scrollTo({ top, behavior: 'instant' });
  }

  #buildRun(): void {
    const { variants } = this.#store;
    this.#summary = new Summary(variants);
    const charts = planOverview(variants).map(
      (plan, index) => new Chart(plan, this.#stage, `o-${index}`),
    );
    const overview = element(
      'section',
      { class: 'row overview', 'aria-label': 'Whole network' },
      element('div', { class: 'label' }, this.#summary.element),
      element('div', { class: 'charts' }, ...charts.map((chart) => chart.element)),
    );
    const plans = planLayers(variants);
    const layers = plans.map((plan, place) =>
      layerRow(plan, variants, place, this.#stage, {
        reveal: (layer) => this.#host.post({ type: 'reveal', layer }),
        scale: (layer, factor) => this.#scale(layer, factor),
      }),
    );
    const depth = depthRow(variants, this.#stage);
    const whole = [{ element: overview, charts }, ...(depth ? [depth] : [])];
    this.#rows = [
      ...whole.map((row) => ({ ...row, figures: null, scaling: null, notes: [] })),
      ...layers,
    ];
    this.#main.replaceChildren(
      this.#notices.element,
      ...whole.map((row) => row.element),
      element(
        'div',
        { class: 'key' },
        element(
          'p',
          { class: 'muted' },
          'Each line is the median over a layer’s units, its band the 15th to 85th percentile, against training steps. Drag across a chart to look closer.',
        ),
        layerFilter(
          plans.map(({ kind }) => kind),
          this.#view.kind,
          (kind) => this.#chooseKind(kind),
        ),
      ),
      element('ol', { class: 'layers' }, ...layers.map((row) => row.element)),
    );
  }

  #emptyState(): HTMLElement {
    return element(
      'div',
      { class: 'empty' },
      element(
        'p',
        {},
        'No run yet: train the network to see the mean and variance of every layer move.',
      ),
      button({ class: 'primary' }, () => this.#host.post({ type: 'train' }), 'Train'),
    );
  }

  #invalidate(): void {
    this.#frames.request(this.#heading);
    const { hiddenVariants } = this.#view;
    this.#marks = eventMarks(this.#visible());
    for (const { charts, figures, notes } of this.#rows) {
      for (const chart of charts) chart.invalidate();
      if (figures) this.#frames.request(figures);
      for (const note of notes) note.element.hidden = hiddenVariants.has(note.variant);
    }
  }

  #requestAtCursor(): void {
    for (const { charts, figures } of this.#rows) {
      for (const chart of charts) chart.request();
      if (figures) this.#frames.request(figures);
    }
  }

  #updateHeading(): void {
    const { run, variants } = this.#store;
    this.#header.update();
    if (run) this.#notices.update(run, variants);
    this.#summary?.update(variants, this.#view.hiddenVariants);
    this.#changes.update(this.#marks);
    const found = findingsOf(this.#visible());
    this.#findings.update(found);
    this.#badges.update(
      this.#rows.map((row) => row.element),
      found,
    );
    const isReport = run !== null && this.#view.view === 'report';
    this.#main.hidden = isReport;
    this.#report.update(isReport, run);
    this.#announcer.tell(run, performance.now());
    this.#updateScaling();
  }

  /** Weights are scaled while their variant is paused; what came of it stays. */
  #updateScaling(): void {
    for (const { element: row, scaling } of this.#rows) {
      const layer = row.dataset.layer!;
      scaling?.update(this.#scalable(layer).length > 0, lastScaling(this.#visible(), layer));
    }
  }

  #scale(layer: string, factor: number): void {
    this.#header.refuse('');
    const action = { kind: 'scale-weights', layer, factor } as const;
    for (const variant of this.#scalable(layer))
      this.#host.post({ type: 'control', variant, action });
  }

  /** Paused variants of the run that is followed, with weights in this layer. */
  #scalable(layer: string): string[] {
    const paused = this.#store.run?.variants.filter(({ state }) => state === 'paused') ?? [];
    const names = new Set(paused.map(({ variant }) => variant));
    return this.#controls
      .filter(({ variant, scalableLayers }) => names.has(variant) && scalableLayers.includes(layer))
      .map(({ variant }) => variant);
  }

  #visible(): VariantData[] {
    const { hiddenVariants } = this.#view;
    return this.#store.variants.filter(({ name }) => !hiddenVariants.has(name));
  }

  #steps(): Range {
    const { window, recent } = this.#view;
    if (window !== null) return window;
    return recent === null ? this.#allSteps() : recentSteps(recent, this.#store.extent().last);
  }

  #allSteps(): Range {
    const { last, total } = this.#store.extent();
    return [0, stepEnd(last, total)];
  }

  #selectSteps(window: Range | null): void {
    this.#view.window = window;
    this.#view.save();
    this.#header.updateWindow();
    this.#invalidate();
  }

  #emphasize(variant: string | null): void {
    if (variant === this.#emphasized) return;
    this.#emphasized = variant;
    this.#invalidate();
  }

  #applyTheme(): void {
    const theme = readTheme();
    if (JSON.stringify(theme) === JSON.stringify(this.#theme)) return;
    this.#theme = theme;
    for (const { charts } of this.#rows) for (const chart of charts) chart.applyTheme();
    this.#invalidate();
  }

  #rememberScroll(): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    addEventListener(
      'scroll',
      () => {
        // Before the first snapshot the page is short, and its scrolling says nothing.
        if (this.#rows.length === 0 || this.#main.hidden) return;
        this.#view.scroll = scrollY;
        clearTimeout(timer);
        timer = setTimeout(() => this.#view.save(), 200);
      },
      { passive: true },
    );
  }

  #scrollBehavior(): ScrollBehavior {
    const isReduced =
      matchMedia('(prefers-reduced-motion: reduce)').matches ||
      document.body.classList.contains('vscode-reduce-motion');
    return isReduced ? 'instant' : 'smooth';
  }
}
