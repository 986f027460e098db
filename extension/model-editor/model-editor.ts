/**
 * The editor for ONNX files. It only shows: the sidecar reads the file by its path, so that neither its weights nor a
 * broken file ever reach the extension host.
 */
import {
  type CustomDocument,
  type CustomReadonlyEditorProvider,
  commands,
  type Disposable,
  type LogOutputChannel,
  Uri,
  type WebviewPanel,
  window,
} from 'vscode';
import type { Sidecar } from '../sidecar.ts';
import { ModelPanel } from './model-panel.ts';

/** As package.json has it. */
const viewType = 'batchnorm.onnx';

export class ModelEditor implements CustomReadonlyEditorProvider, Disposable {
  readonly #extension: Uri;
  readonly #sidecar: Sidecar;
  readonly #log: LogOutputChannel;
  readonly #registration: Disposable;
  /** Those that are open, in the order in which they were. */
  readonly #panels = new Set<ModelPanel>();
  /** What a file that is being opened is to turn to. */
  readonly #wanted = new Map<string, 'certificate'>();

  constructor(extension: Uri, sidecar: Sidecar, log: LogOutputChannel) {
    this.#extension = extension;
    this.#sidecar = sidecar;
    this.#log = log;
    this.#registration = window.registerCustomEditorProvider(viewType, this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  /** Opens a file in this editor, or brings it to the front. */
  async open(file: Uri, part?: 'certificate'): Promise<void> {
    const key = file.toString();
    if (part !== undefined) this.#wanted.set(key, part);
    await commands.executeCommand('vscode.openWith', file, viewType);
    // An editor that was open already has nothing to ask for.
    for (const panel of this.#panels) {
      if (panel.file.toString() === key && this.#wanted.has(key)) panel.show(this.#take(key)!);
    }
  }

  openCustomDocument(uri: Uri): CustomDocument {
    return { uri, dispose: () => {} };
  }

  resolveCustomEditor({ uri }: CustomDocument, webview: WebviewPanel): void {
    webview.iconPath = {
      light: Uri.joinPath(this.#extension, 'extension', 'media', 'network-light.svg'),
      dark: Uri.joinPath(this.#extension, 'extension', 'media', 'network-dark.svg'),
    };
    const panel = new ModelPanel(uri, webview, {
      extension: this.#extension,
      sidecar: this.#sidecar,
      log: this.#log,
      wanted: () => this.#take(uri.toString()),
    });
    this.#panels.add(panel);
    webview.onDidDispose(() => {
      this.#panels.delete(panel);
      panel.dispose();
    });
  }

  dispose(): void {
    this.#registration.dispose();
  }

  #take(key: string): 'certificate' | undefined {
    const part = this.#wanted.get(key);
    this.#wanted.delete(key);
    return part;
  }
}
