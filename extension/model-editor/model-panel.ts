/** One page that shows an ONNX file: given what was read of it when the page is made, and again when the file changes. */
import {
  CancellationTokenSource,
  commands,
  type Disposable,
  env,
  type LogOutputChannel,
  type Uri,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode';
import { type Inspection, summarizeTensor } from '../../sidecar/protocol/inspect.ts';
import type { FromModelEditor, ToModelEditor } from '../../sidecar/protocol/model-editor.ts';
import { type SnippetLanguage, snippetOnnx } from '../../sidecar/protocol/onnx.ts';
import { ids } from '../commands/ids.ts';
import { offer } from '../commands/messages.ts';
import { saveChart } from '../dashboard/outside.ts';
import type { Sidecar } from '../sidecar.ts';
import { fillWebview } from '../webview.ts';
import type { ModelDocument } from './model-document.ts';

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
  readonly #document: ModelDocument;
  readonly #panel: WebviewPanel;
  readonly #host: PanelHost;
  readonly #disposables: Disposable[];
  /** Ends what is still being computed for a page that nobody sees any more. */
  readonly #closing = new CancellationTokenSource();
  /** What the page waits for; an older answer is dropped. */
  #asked: Promise<Inspection> | undefined;
  /** What the page is to turn to when it has the model. */
  #wanted: 'certificate' | undefined;
  /** Whether the page has it: one that is hidden is made anew. */
  #isSent = false;

  constructor(document: ModelDocument, panel: WebviewPanel, host: PanelHost) {
    this.#document = document;
    this.#panel = panel;
    this.#host = host;
    this.#wanted = host.wanted;
    this.#disposables = [
      this.#closing,
      document.onDidChange(() => this.#change()),
      workspace.onDidGrantWorkspaceTrust(() => this.#post({ type: 'trusted' })),
      panel.webview.onDidReceiveMessage((message: FromModelEditor) => this.#receive(message)),
    ];
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.#isSent = false;
    });
    fillWebview(panel.webview, host.extension, 'model', 'ONNX model');
  }

  get file(): Uri {
    return this.#document.uri;
  }

  /** Turns to a part of the page. */
  show(part: 'certificate'): void {
    if (this.#isSent) this.#post({ type: 'show', part });
    else this.#wanted = part;
  }

  dispose(): void {
    this.#closing.cancel();
    this.#asked = undefined;
    for (const disposable of this.#disposables) disposable.dispose();
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
        this.#document.reload();
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
        await saveChart({ ...message, name: `${this.#document.name} ${message.name}` }, target.uri);
        return;
      default:
        message satisfies never;
    }
  }

  async #send(): Promise<void> {
    const { name } = this.#document;
    this.#post({ type: 'reading', name });
    const asked = this.#document.inspect();
    this.#asked = asked;
    try {
      const inspection = await asked;
      if (this.#asked !== asked || !this.#panel.visible) return;
      const part = this.#wanted;
      this.#wanted = undefined;
      this.#isSent = true;
      this.#post({ type: 'model', name, inspection, isTrusted: workspace.isTrusted, part });
    } catch (error) {
      if (this.#asked !== asked) return;
      const { message } = error as Error;
      this.#host.log.warn(`${this.file.fsPath}: ${message}`);
      // The page is the file's: its name is enough there.
      this.#post({ type: 'broken', name, reason: message.replaceAll(this.file.fsPath, name) });
    }
  }

  async #summarize(tensor: string): Promise<void> {
    const path = this.file.fsPath;
    try {
      const summary = await this.#host.sidecar.request(
        summarizeTensor,
        { path, tensor },
        this.#closing.token,
      );
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
      `Copied: a program in ${languageNames[language]} that runs ${this.#document.name}`,
      copiedShown,
    );
  }

  #change(): void {
    this.#asked = undefined;
    // A page that is hidden asks when it is shown.
    if (this.#panel.visible) void this.#receive({ type: 'ready' });
  }

  #post(message: ToModelEditor): void {
    // One that is closed must not be asked whether it is visible.
    if (this.#closing.token.isCancellationRequested || !this.#panel.visible) return;
    void this.#panel.webview.postMessage(message);
  }
}
