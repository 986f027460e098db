/** One page that shows an ONNX file: read when the page is made, and again whenever the file changes on disk. */
import {
  commands,
  type Disposable,
  env,
  type LogOutputChannel,
  RelativePattern,
  Uri,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode';
import { type Inspection, inspectOnnx, summarizeTensor } from '../../sidecar/protocol/inspect.ts';
import type { FromModelEditor, ToModelEditor } from '../../sidecar/protocol/model-editor.ts';
import { type SnippetLanguage, snippetOnnx } from '../../sidecar/protocol/onnx.ts';
import { ids } from '../commands/ids.ts';
import { offer } from '../commands/messages.ts';
import { saveChart } from '../dashboard/outside.ts';
import type { Sidecar } from '../sidecar.ts';
import { fillWebview } from '../webview.ts';

/** Milliseconds without a change after which a file counts as written. */
const writingPause = 250;

/** Milliseconds that the status bar says what was copied. */
const copiedShown = 5000;

const languageNames: Readonly<Record<SnippetLanguage, string>> = {
  javascript: 'JavaScript',
  python: 'Python',
  csharp: 'C#',
};

export interface PanelHost {
  readonly extension: Uri;
  readonly sidecar: Sidecar;
  readonly log: LogOutputChannel;
  /** What the page is to turn to at first. */
  readonly wanted: 'certificate' | undefined;
}

export class ModelPanel implements Disposable {
  readonly file: Uri;
  readonly #panel: WebviewPanel;
  readonly #host: PanelHost;
  readonly #disposables: Disposable[];
  /** What was read, for a page that is hidden and shown again; undefined until read, and after a change. */
  #inspection: Promise<Inspection> | undefined;
  #changed: NodeJS.Timeout | undefined;
  /** What the page is to turn to when it has the model. */
  #wanted: 'certificate' | undefined;
  /** Whether the page has it: one that is hidden is made anew. */
  #isSent = false;

  constructor(file: Uri, panel: WebviewPanel, host: PanelHost) {
    this.file = file;
    this.#panel = panel;
    this.#host = host;
    this.#wanted = host.wanted;
    // By its folder: a name may hold what has a meaning in patterns.
    const watcher = workspace.createFileSystemWatcher(
      new RelativePattern(Uri.joinPath(file, '..'), '*.onnx'),
    );
    const change = (changed: Uri) => {
      if (changed.toString() === file.toString()) this.#change();
    };
    this.#disposables = [
      watcher,
      watcher.onDidChange(change),
      watcher.onDidCreate(change),
      watcher.onDidDelete(change),
      workspace.onDidGrantWorkspaceTrust(() => this.#post({ type: 'trusted' })),
      panel.webview.onDidReceiveMessage((message: FromModelEditor) => this.#receive(message)),
    ];
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.#isSent = false;
    });
    fillWebview(panel.webview, host.extension, 'model', 'ONNX model');
  }

  /** Turns to a part of the page. */
  show(part: 'certificate'): void {
    if (this.#isSent) this.#post({ type: 'show', part });
    else this.#wanted = part;
  }

  dispose(): void {
    clearTimeout(this.#changed);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  get #name(): string {
    return this.file.path.slice(this.file.path.lastIndexOf('/') + 1);
  }

  /** A failure of what was asked for is told, and in the log. */
  async #receive(message: FromModelEditor): Promise<void> {
    try {
      await this.#answer(message);
    } catch (error) {
      this.#host.log.error('Model editor', error as Error);
      offer('error', (error as Error).message, { 'Show Log': ids.showLog });
    }
  }

  async #answer(message: FromModelEditor): Promise<void> {
    const target = { uri: this.file.toString() };
    switch (message.type) {
      case 'ready':
        await this.#send();
        return;
      case 'reload':
        this.#inspection = undefined;
        await this.#send();
        return;
      case 'summarize':
        await this.#summarize(message.tensor);
        return;
      case 'fold':
        await commands.executeCommand(ids.foldOnnx, target);
        return;
      case 'validate':
        await commands.executeCommand(ids.validateOnnx, target);
        return;
      case 'snippet':
        await this.#copySnippet(message.language);
        return;
      case 'open-with':
        await commands.executeCommand('workbench.action.reopenWithEditor');
        return;
      case 'save':
        await saveChart({ ...message, name: `${this.#name} ${message.name}` }, target.uri);
        return;
      default:
        message satisfies never;
    }
  }

  async #send(): Promise<void> {
    const name = this.#name;
    this.#post({ type: 'reading', name });
    this.#inspection ??= this.#inspect();
    const asked = this.#inspection;
    try {
      const inspection = await asked;
      // Changed meanwhile: what is read next is sent.
      if (this.#inspection !== asked) return;
      if (!this.#panel.visible) return;
      const part = this.#wanted;
      this.#wanted = undefined;
      this.#isSent = true;
      this.#post({ type: 'model', name, inspection, isTrusted: workspace.isTrusted, part });
    } catch (error) {
      if (this.#inspection !== asked) return;
      this.#inspection = undefined;
      this.#host.log.warn(`${this.file.fsPath}: ${(error as Error).message}`);
      this.#post({ type: 'broken', name, reason: (error as Error).message });
    }
  }

  async #inspect(): Promise<Inspection> {
    if (this.file.scheme !== 'file')
      throw new Error(
        `${this.#name}: expected a file on disk, which can be read in parts, found ${this.file.scheme}. Save a copy of it and open that.`,
      );
    return this.#host.sidecar.request(inspectOnnx, { path: this.file.fsPath });
  }

  async #summarize(tensor: string): Promise<void> {
    const path = this.file.fsPath;
    try {
      const summary = await this.#host.sidecar.request(summarizeTensor, { path, tensor });
      this.#post({ type: 'tensor', tensor, summary, reason: null });
    } catch (error) {
      this.#post({ type: 'tensor', tensor, summary: null, reason: (error as Error).message });
    }
  }

  async #copySnippet(language: SnippetLanguage): Promise<void> {
    const path = this.file.fsPath;
    const { text } = await this.#host.sidecar.request(snippetOnnx, { path, language });
    await env.clipboard.writeText(text);
    window.setStatusBarMessage(
      `Copied: a program in ${languageNames[language]} that runs ${this.#name}`,
      copiedShown,
    );
  }

  #change(): void {
    clearTimeout(this.#changed);
    this.#changed = setTimeout(() => {
      this.#inspection = undefined;
      // A page that is hidden asks when it is shown.
      if (this.#panel.visible) void this.#receive({ type: 'ready' });
    }, writingPause);
  }

  #post(message: ToModelEditor): void {
    if (this.#panel.visible) void this.#panel.webview.postMessage(message);
  }
}
