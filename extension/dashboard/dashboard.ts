/**
 * The dashboard's panel beside the editor. The page keeps nothing while it is hidden: whenever it is shown it says
 * `ready`, gets its run whole and then frames. The sidecar sends frames only while the page is seen.
 */
import { randomBytes } from 'node:crypto';
import {
  commands,
  type Disposable,
  type LogOutputChannel,
  type TextEditor,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
} from 'vscode';
import type { FromDashboard, ToDashboard } from '../../sidecar/protocol/dashboard.ts';
import type { RunSummary } from '../../sidecar/protocol/runs.ts';
import {
  frame,
  type RunSnapshot,
  subscribe,
  unsubscribe,
} from '../../sidecar/protocol/statistics.ts';
import { ids } from '../commands/ids.ts';
import type { Runs } from '../runs.ts';
import type { Sidecar } from '../sidecar.ts';
import { dashboardPage } from './html.ts';
import { layerAt } from './layers.ts';
import type { SavedSnapshots } from './saved-snapshots.ts';
import { ShownRun } from './shown-run.ts';

const viewType = 'batchnorm.dashboard';

export class Dashboard implements Disposable {
  readonly #extension: Uri;
  readonly #saved: SavedSnapshots;
  readonly #sidecar: Sidecar;
  readonly #runs: Runs;
  readonly #log: LogOutputChannel;
  readonly #disposables: Disposable[];
  #panel: WebviewPanel | undefined;
  /** The run on show. */
  #run: RunSummary | undefined;
  #shown: ShownRun | null = null;
  /** The run whose frames the sidecar sends. */
  #subscribed: string | undefined;

  constructor(
    extension: Uri,
    saved: SavedSnapshots,
    sidecar: Sidecar,
    runs: Runs,
    log: LogOutputChannel,
  ) {
    this.#extension = extension;
    this.#saved = saved;
    this.#sidecar = sidecar;
    this.#runs = runs;
    this.#log = log;
    sidecar.on(frame, (next) => {
      this.#shown?.add(next);
      if (next.run.runId === this.#subscribed) this.#post({ type: 'frame', frame: next });
    });
    this.#disposables = [
      // What no frame says: a run that ended with its sidecar.
      runs.onDidChange((run) => this.#update(run)),
      window.onDidChangeTextEditorSelection(({ textEditor }) => this.#highlight(textEditor)),
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: (panel) => this.#restore(panel),
      }),
    ];
  }

  /** Opens the panel, or brings it to the front, without taking the focus; on the file's newest run if it has one. */
  show(uri?: string): void {
    const run = uri === undefined ? undefined : this.#runs.newest(uri);
    if (run !== undefined && run.runId !== this.#run?.runId) {
      this.#run = run;
      if (this.#panel?.visible) this.#settle(this.#sendSnapshot());
    }
    if (this.#panel !== undefined) {
      this.#panel.reveal(undefined, true);
      return;
    }
    const place = { viewColumn: ViewColumn.Beside, preserveFocus: true };
    this.#adopt(window.createWebviewPanel(viewType, 'BatchNorm', place));
  }

  /** Shows this run from now on, in the open panel or, when asked, in a new one. */
  async follow(run: RunSummary, { open }: { open: boolean }): Promise<void> {
    this.#run = run;
    if (open) this.show();
    if (this.#panel?.visible) await this.#sendSnapshot();
  }

  /** Saves a run that has ended, so that a reload of the window loses nothing of it. */
  async save({ runId }: Pick<RunSummary, 'runId'>): Promise<void> {
    const snapshot = await this.#sidecar.request(subscribe, { runId });
    if (snapshot === null) return;
    if (this.#subscribed === runId) this.#draw(snapshot);
    else await this.#sidecar.request(unsubscribe, { runId });
    await this.#saved.save(snapshot);
  }

  /** Saves as much as was shown of a run whose sidecar has died. */
  async saveShown(run: RunSummary): Promise<void> {
    if (this.#shown?.runId === run.runId) await this.#saved.save(this.#shown.whole(run));
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

  /** Takes over a panel: one just made, or one that a reload of the window has brought back. */
  #adopt(panel: WebviewPanel): void {
    this.#panel = panel;
    panel.iconPath = {
      light: Uri.joinPath(this.#extension, 'extension', 'media', 'network-light.svg'),
      dark: Uri.joinPath(this.#extension, 'extension', 'media', 'network-dark.svg'),
    };
    panel.onDidDispose(() => {
      this.#panel = undefined;
      this.#settle(this.#unsubscribe());
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.#settle(this.#unsubscribe());
    });
    panel.webview.onDidReceiveMessage((message: FromDashboard) =>
      this.#settle(this.#receive(message)),
    );
    const built = Uri.joinPath(this.#extension, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, localResourceRoots: [built] };
    const resource = (name: string) =>
      panel.webview.asWebviewUri(Uri.joinPath(built, name)).toString();
    panel.webview.html = dashboardPage({
      cspSource: panel.webview.cspSource,
      script: resource('dashboard.js'),
      style: resource('dashboard.css'),
      nonce: randomBytes(16).toString('base64'),
    });
  }

  async #receive(message: FromDashboard): Promise<void> {
    const uri = this.#run?.uri;
    switch (message.type) {
      case 'ready':
        await this.#sendSnapshot();
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

  /** Subscribes to the run on show and sends it whole; frames that come later fit on to it. */
  async #sendSnapshot(): Promise<void> {
    const run = this.#run ?? this.#runs.newest();
    if (this.#subscribed !== run?.runId) await this.#unsubscribe();
    this.#run = run;
    this.#subscribed = run?.runId;
    const snapshot = await this.#snapshotOf(run);
    if (this.#run?.runId !== run?.runId) return;
    if (this.#panel !== undefined) this.#panel.title = run?.name ?? 'BatchNorm';
    this.#draw(snapshot);
    if (window.activeTextEditor !== undefined) this.#highlight(window.activeTextEditor);
  }

  /** A run that ended with an earlier sidecar is known here alone, as it was last shown or saved. */
  async #snapshotOf(run: RunSummary | undefined): Promise<RunSnapshot | null> {
    if (run === undefined) return null;
    const { runId, uri } = run;
    if (this.#runs.get(runId) !== undefined) {
      const current = await this.#sidecar.request(subscribe, { runId });
      if (current !== null) return current;
    }
    if (this.#shown?.runId === runId) return this.#shown.whole(run);
    const saved = await this.#saved.of(uri);
    return { run, variants: saved?.run.runId === runId ? saved.variants : [] };
  }

  #draw(snapshot: RunSnapshot | null): void {
    this.#shown = snapshot && new ShownRun(snapshot);
    this.#post({ type: 'snapshot', snapshot });
  }

  async #unsubscribe(): Promise<void> {
    const runId = this.#subscribed;
    this.#subscribed = undefined;
    if (runId !== undefined && this.#sidecar.connection === 'ready')
      await this.#sidecar.request(unsubscribe, { runId });
  }

  #update(run: RunSummary): void {
    if (run.runId !== this.#run?.runId) return;
    this.#run = run;
    if (this.#subscribed === run.runId) this.#post({ type: 'frame', frame: { run, variants: [] } });
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
    return this.#shown?.layers ?? [];
  }

  #post(message: ToDashboard): void {
    if (this.#panel?.visible) void this.#panel.webview.postMessage(message);
  }
}
