/** The last run of each network file, kept in the workspace's storage: a reload of the window ends the sidecar. */
import { createHash } from 'node:crypto';
import { FileSystemError, Uri, workspace } from 'vscode';
import type { RunSnapshot } from '../../sidecar/protocol/statistics.ts';

export class SavedSnapshots {
  readonly #folder: Uri;

  constructor(storage: Uri) {
    this.#folder = Uri.joinPath(storage, 'runs');
  }

  async save(snapshot: RunSnapshot): Promise<void> {
    const text = JSON.stringify(snapshot);
    await workspace.fs.writeFile(this.#fileFor(snapshot.run.uri), new TextEncoder().encode(text));
  }

  /** Null when no run of the file has been saved. */
  async load(uri: string): Promise<RunSnapshot | null> {
    try {
      const bytes = await workspace.fs.readFile(this.#fileFor(uri));
      return JSON.parse(new TextDecoder().decode(bytes)) as RunSnapshot;
    } catch (error) {
      if (error instanceof FileSystemError && error.code === 'FileNotFound') return null;
      throw error;
    }
  }

  #fileFor(uri: string): Uri {
    const name = createHash('sha256').update(uri).digest('hex').slice(0, 16);
    return Uri.joinPath(this.#folder, `${name}.json`);
  }
}
