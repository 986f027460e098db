/**
 * The editor for ONNX files. It only shows: the sidecar reads the file by its path, so that neither its weights nor a
 * broken file ever reach the extension host.
 */
import {
  type CustomReadonlyEditorProvider,
  commands,
  type Disposable,
  type LogOutputChannel,
  Uri,
  type WebviewPanel,
  window,
} from 'vscode';
import type { Sidecar } from '../sidecar.ts';
import { ModelDocument } from './model-document.ts';
import { ModelPanel } from './model-panel.ts';

/** As package.json has it. */
const viewType = 'batchnorm.onnx';

export class ModelEditor implements CustomReadonlyEditorProvider<ModelDocument>, Disposable {
  readonly #extension: Uri;
  readonly #sidecar: Sidecar;
  readonly #log: LogOutputChannel;
  readonly #registration: Disposable;
  /** Those that are open. */
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
    const known = [...this.#panels].filter((panel) => panel.file.toString() === key);
    if (part !== undefined && known.length === 0) this.#wanted.set(key, part);
    await commands.executeCommand('vscode.openWith', file, viewType);
    if (part !== undefined) for (const panel of known) panel.show(part);
  }

  openCustomDocument(uri: Uri): ModelDocument {
    return new ModelDocument(uri, this.#sidecar);
  }

  resolveCustomEditor(document: ModelDocument, webview: WebviewPanel): void {
    const key = document.uri.toString();
    webview.iconPath = {
      light: Uri.joinPath(this.#extension, 'extension', 'media', 'network-light.svg'),
      dark: Uri.joinPath(this.#extension, 'extension', 'media', 'network-dark.svg'),
    };
    const panel = new ModelPanel(document, webview, {
      extension: this.#extension,
      sidecar: this.#sidecar,
      log: this.#log,
      wanted: this.#wanted.get(key),
    });
    this.#wanted.delete(key);
    this.#panels.add(panel);
    webview.onDidDispose(() => {
      this.#panels.delete(panel);
      panel.dispose();
    });
  }

  dispose(): void {
    this.#registration.dispose();
  }
}
