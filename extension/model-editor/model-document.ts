/** An ONNX file that is open, in however many editors: watched and read once, and again when it has changed on disk. */
import { type CustomDocument, EventEmitter, RelativePattern, Uri, workspace } from 'vscode';
import { type Inspection, inspectOnnx } from '../../sidecar/protocol/inspect.ts';
import type { Sidecar } from '../sidecar.ts';

/** Milliseconds without a change after which a file counts as written. */
const writingPause = 250;

export class ModelDocument implements CustomDocument {
  readonly uri: Uri;
  readonly #sidecar: Sidecar;
  readonly #changed = new EventEmitter<void>();
  /** What is known of the file may no longer be true. */
  readonly onDidChange = this.#changed.event;
  readonly #watcher;
  #inspection: Promise<Inspection> | undefined;
  #pause: NodeJS.Timeout | undefined;

  constructor(uri: Uri, sidecar: Sidecar) {
    this.uri = uri;
    this.#sidecar = sidecar;
    // By its folder: a name may hold what has a meaning in patterns.
    const pattern = new RelativePattern(Uri.joinPath(uri, '..'), '*.onnx');
    this.#watcher = workspace.createFileSystemWatcher(pattern);
    const change = (changed: Uri) => {
      if (changed.toString() !== uri.toString()) return;
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.reload(), writingPause);
    };
    this.#watcher.onDidChange(change);
    this.#watcher.onDidCreate(change);
    this.#watcher.onDidDelete(change);
  }

  get name(): string {
    return this.uri.path.slice(this.uri.path.lastIndexOf('/') + 1);
  }

  /** Rejects with a sentence that says what is broken. The same promise as before while nothing has changed. */
  inspect(): Promise<Inspection> {
    if (this.#inspection === undefined) {
      const reading = this.#read();
      this.#inspection = reading;
      // What has failed is tried again when somebody asks again.
      reading.catch(() => {
        if (this.#inspection === reading) this.#inspection = undefined;
      });
    }
    return this.#inspection;
  }

  /** Forgets what was read, and has those who show it ask again. */
  reload(): void {
    this.#inspection = undefined;
    this.#changed.fire();
  }

  dispose(): void {
    clearTimeout(this.#pause);
    this.#watcher.dispose();
    this.#changed.dispose();
  }

  async #read(): Promise<Inspection> {
    const { scheme, fsPath } = this.uri;
    if (scheme !== 'file')
      throw new Error(
        `${this.name}: expected a file on disk, which can be read in parts, found ${scheme}. Save a copy of it and open that.`,
      );
    return this.#sidecar.request(inspectOnnx, { path: fsPath });
  }
}
