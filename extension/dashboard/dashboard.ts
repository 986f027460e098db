/**
 * The dashboard's panel beside the editor. The page keeps nothing while it is hidden: whenever it is shown it says
 * `ready`, gets its run whole and then frames. The sidecar sends frames only while the page is seen.
 */
import {
  commands,
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  type Memento,
  type TextEditor,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
} from 'vscode';
import { type ControlAction, control, controls } from '../../sidecar/protocol/control.ts';
import type {
  FromDashboard,
  KnownRun,
  ShownVariants,
  ToDashboard,
} from '../../sidecar/protocol/dashboard.ts';
import { type ReportView, report } from '../../sidecar/protocol/report.ts';
import type { RunSummary } from '../../sidecar/protocol/runs.ts';
import {
  frame,
  type RunFrame,
  type RunSnapshot,
  wholeRun,
} from '../../sidecar/protocol/statistics.ts';
import { ids } from '../commands/ids.ts';
import { isActive, type Runs } from '../runs.ts';
import type { Sidecar } from '../sidecar.ts';
import { fillWebview } from '../webview.ts';
import { knownRuns } from './known-runs.ts';
import { layerAt } from './layers.ts';
import { openLink, openReport, saveChart } from './outside.ts';
import type { SavedSnapshots } from './saved-snapshots.ts';
import { ShownRuns } from './shown-runs.ts';

const viewType = 'batchnorm.dashboard';
/** Where the page's layout is kept beyond the life of its panel. */
const layoutKey = 'dashboard.layout';

export class Dashboard implements Disposable {
  readonly #extension: Uri;
  readonly #saved: SavedSnapshots;
  readonly #sidecar: Sidecar;
  readonly #runs: Runs;
  readonly #log: LogOutputChannel;
  readonly #memory: Memento;
  readonly #shown: ShownRuns;
  readonly #disposables: Disposable[];
  #panel: WebviewPanel | undefined;
  /** The run that is followed. */
  #run: RunSummary | undefined;
  /** Whether the page wants to hear of every run that can be shown. */
  #isListing = false;
  #report: ReportView | null = null;
  /** Whether the page is to turn to the report when it next draws its run. */
  #isReportWanted = false;

  constructor(
    { extensionUri, workspaceState }: Pick<ExtensionContext, 'extensionUri' | 'workspaceState'>,
    saved: SavedSnapshots,
    sidecar: Sidecar,
    runs: Runs,
    log: LogOutputChannel,
  ) {
    this.#extension = extensionUri;
    this.#memory = workspaceState;
    this.#saved = saved;
    this.#sidecar = sidecar;
    this.#runs = runs;
    this.#log = log;
    this.#shown = new ShownRuns(sidecar, runs, saved);
    sidecar.on(frame, (next) => this.#addFrame(next));
    this.#disposables = [
      // What no frame says: a run that ended with its sidecar.
      runs.onDidChange((run, before) => this.#update(run, before)),
      window.onDidChangeTextEditorSelection(({ textEditor }) => this.#highlight(textEditor)),
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: (panel) => this.#restore(panel),
      }),
    ];
  }

  /** Opens the panel, or brings it to the front, without taking the focus; on the file's newest run if it has one. */
  show(uri?: string): void {
    const run = uri === undefined ? undefined : this.#runs.newest(uri);
    const isOther = run !== undefined && run.runId !== this.#run?.runId;
    if (isOther) this.#run = run;
    this.#reveal({ isChanged: isOther, preserveFocus: true });
  }

  /** Opens the panel, or brings it to the front, with a run's report, and takes the focus there. */
  showReport(run: RunSummary): void {
    this.#run = run;
    this.#isReportWanted = true;
    this.#reveal({ isChanged: true, preserveFocus: false });
  }

  /** Shows this run from now on, in the open panel or, when asked, in a new one. */
  async follow(run: RunSummary, { open }: { open: boolean }): Promise<void> {
    this.#run = run;
    if (open) this.show();
    if (this.#panel?.visible) await this.#sendSnapshot();
  }

  /** Saves a run that has ended, so that a reload of the window loses nothing of it. */
  async save({ runId }: Pick<RunSummary, 'runId'>): Promise<void> {
    const snapshot = await this.#sidecar.request(wholeRun, { runId });
    if (snapshot !== null) await this.#saved.save(snapshot);
  }

  /** Saves as much as was shown of a run whose sidecar has died. */
  async saveShown(run: RunSummary): Promise<void> {
    const shown = this.#shown.get(run.runId);
    if (shown !== undefined) await this.#saved.save(shown.whole(run));
  }

  dispose(): void {
    this.#panel?.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Shows the run that was on before the window was reloaded. */
  async #restore(panel: WebviewPanel): Promise<void> {
    this.#adopt(panel);
    const show = async () => {
      // A run that was started meanwhile is more to the point.
      if (this.#runs.newest() !== undefined) return;
      const snapshot = await this.#saved.newest();
      this.#run = snapshot?.run;
      if (this.#panel?.visible) await this.#sendSnapshot();
    };
    // The extension host of the window before the reload may still be saving it.
    this.#disposables.push(this.#saved.onDidSave(() => this.#settle(show())));
    await show();
  }

  /** A page that is seen is told what has changed; one that comes to be seen asks. */
  #reveal({ isChanged, preserveFocus }: { isChanged: boolean; preserveFocus: boolean }): void {
    if (this.#panel === undefined) {
      const place = { viewColumn: ViewColumn.Beside, preserveFocus };
      this.#adopt(window.createWebviewPanel(viewType, 'BatchNorm', place));
      return;
    }
    if (isChanged && this.#panel.visible) this.#settle(this.#sendSnapshot());
    this.#panel.reveal(undefined, preserveFocus);
  }

  /** Takes over a panel: one just made, or one that a reload of the window has brought back. */
  #adopt(panel: WebviewPanel): void {
    this.#panel = panel;
    panel.iconPath = {
      light: Uri.joinPath(this.#extension, 'extension', 'media', 'network-light.svg'),
      dark: Uri.joinPath(this.#extension, 'extension', 'media', 'network-dark.svg'),
    };
    panel.onDidDispose(() => {
      this.#panel = undefined;
      this.#isListing = false;
      this.#settle(this.#shown.unsubscribe());
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.#settle(this.#shown.unsubscribe());
    });
    panel.webview.onDidReceiveMessage((message: FromDashboard) =>
      this.#settle(this.#receive(message)),
    );
    fillWebview(panel.webview, this.#extension, 'dashboard', 'BatchNorm');
  }

  async #receive(message: FromDashboard): Promise<void> {
    const uri = this.#run?.uri;
    switch (message.type) {
      case 'ready':
        await this.#sendSnapshot();
        return;
      case 'list':
        this.#isListing = true;
        await this.#sendRuns();
        return;
      case 'show':
        await this.#show(message.shown);
        return;
      case 'control':
        await this.#orRefuse('control', () => this.#control(message.variant, message.action));
        return;
      case 'report':
        await this.#orRefuse('report', () => this.#sendReport());
        return;
      case 'open-report':
        await this.#orRefuse('report', () => openReport(this.#report?.files ?? null, message.file));
        return;
      case 'save':
        await this.#orRefuse('save', () => saveChart(message, uri));
        return;
      case 'open-link':
        await openLink(message.url);
        return;
      case 'remember':
        await this.#memory.update(layoutKey, message.layout);
        return;
      case 'stop':
        await commands.executeCommand(ids.stop, { uri });
        return;
      case 'train': {
        const variants = this.#run?.variants.map(({ variant }) => variant);
        await commands.executeCommand(ids.train, { uri, variants });
        return;
      }
      case 'export':
        await commands.executeCommand(ids.exportOnnx, { uri, variant: message.variant });
        return;
      case 'reveal': {
        const layer = this.#layers().find(({ name }) => name === message.layer);
        if (layer !== undefined)
          await commands.executeCommand(ids.reveal, { uri, line: layer.line });
        return;
      }
      default:
        message satisfies never;
    }
  }

  /** Subscribes to the run that is followed and sends it whole; frames that come later fit on to it. */
  async #sendSnapshot(): Promise<void> {
    const run = this.#run ?? this.#runs.newest();
    this.#run = run;
    const snapshot = await this.#shown.follow(run);
    if (this.#run?.runId !== run?.runId) return;
    if (this.#panel !== undefined) this.#panel.title = run?.name ?? 'BatchNorm';
    this.#draw(snapshot);
    if (window.activeTextEditor !== undefined) this.#highlight(window.activeTextEditor);
    await this.#sendControls();
  }

  #draw(snapshot: RunSnapshot | null): void {
    if (!this.#panel?.visible) return;
    const view = this.#isReportWanted ? 'report' : undefined;
    this.#isReportWanted = false;
    this.#post({ type: 'snapshot', snapshot, layout: this.#memory.get(layoutKey), view });
  }

  #addFrame(next: RunFrame): void {
    const shown = this.#shown.add(next);
    if (shown !== null) this.#post({ type: 'frame', frame: shown });
    const isChanged = next.variants.some(({ events = [] }) => events.length > 0);
    if (isChanged && next.run.runId === this.#run?.runId) this.#settle(this.#sendControls());
  }

  /** What can be changed of the run that is followed; nothing once it has ended. */
  async #sendControls(): Promise<void> {
    if (this.#run === undefined || !this.#panel?.visible) return;
    const { runId } = this.#run;
    const found = isActive(this.#run) ? await this.#sidecar.request(controls, { runId }) : [];
    if (this.#run.runId === runId) this.#post({ type: 'controls', controls: found });
  }

  async #show(shown: readonly ShownVariants[]): Promise<void> {
    // Asked for first: between a snapshot and its frames nothing may wait.
    const known = await this.#known();
    await this.#shown.show(shown, this.#run?.runId, (snapshot) =>
      this.#drawBeside(snapshot, known),
    );
  }

  #drawBeside(snapshot: RunSnapshot, known: readonly KnownRun[]): void {
    const { runId } = snapshot.run;
    const label = known.find(({ run }) => run.runId === runId)?.label ?? '';
    this.#post({ type: 'series', snapshot, label });
  }

  async #sendRuns(): Promise<void> {
    this.#post({ type: 'runs', runs: await this.#known() });
  }

  async #known(): Promise<KnownRun[]> {
    return knownRuns(this.#runs.all(), await this.#saved.summaries());
  }

  async #control(variant: string | null, action: ControlAction): Promise<void> {
    if (this.#run === undefined) return;
    await this.#sidecar.request(control, { runId: this.#run.runId, variant, action });
  }

  async #sendReport(): Promise<void> {
    if (this.#run === undefined) return;
    const { runId, folder } = this.#run;
    this.#report = await this.#sidecar.request(report, { runId });
    if (this.#report === null && folder !== null)
      throw new Error(`This run is not in memory any more; its report is in ${folder}.`);
    this.#post({ type: 'report', report: this.#report });
  }

  /** What goes wrong is said where it was asked for. */
  async #orRefuse(
    what: Extract<ToDashboard, { type: 'refused' }>['what'],
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#log.error('Dashboard', error as Error);
      this.#post({ type: 'refused', what, reason: (error as Error).message });
    }
  }

  #update(run: RunSummary, before: RunSummary | undefined): void {
    const isFollowed = run.runId === this.#run?.runId;
    if (isFollowed) this.#run = run;
    if (this.#shown.isSubscribed(run.runId))
      this.#post({ type: 'frame', frame: { run, variants: [] } });
    if (states(run) === states(before)) return;
    if (isFollowed) this.#settle(this.#sendControls());
    if (this.#isListing) this.#settle(this.#sendRuns());
  }

  #highlight({ document, selection }: TextEditor): void {
    if (document.uri.toString() !== this.#run?.uri) return;
    const lines = document.getText().split(/\r?\n/);
    this.#post({ type: 'highlight', layer: layerAt(this.#layers(), lines, selection.active.line) });
  }

  /** Nobody waits for what a message or a hidden panel sets off; a failure is in the log. */
  #settle(work: Promise<void>): void {
    work.catch((error: unknown) => this.#log.error('Dashboard', error));
  }

  #layers() {
    return (this.#run && this.#shown.get(this.#run.runId)?.layers) ?? [];
  }

  #post(message: ToDashboard): void {
    if (this.#panel?.visible) void this.#panel.webview.postMessage(message);
  }
}

function states(run: RunSummary | undefined): string {
  return run?.variants.map(({ state }) => state).join() ?? '';
}
