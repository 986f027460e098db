/** The last run of each network file, kept in the workspace's storage: a reload of the window ends the sidecar. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disposable, RelativePattern, Uri, workspace } from 'vscode';
import type { RunSnapshot } from '../../sidecar/protocol/statistics.ts';

export class SavedSnapshots {
  readonly #folder: string;

  /** A folder of this machine. Node's file system still works when the window, which VS Code's needs, is gone. */
  constructor(storage: string) {
    this.#folder = join(storage, 'runs');
  }

  /** The file appears whole or not at all. */
  async save(snapshot: RunSnapshot): Promise<void> {
    const path = join(this.#folder, nameFor(snapshot.run.uri));
    await mkdir(this.#folder, { recursive: true });
    await writeFile(`${path}.part`, JSON.stringify(snapshot));
    await rename(`${path}.part`, path);
  }

  /** The last run of a network file; null when none has been saved. */
  async of(uri: string): Promise<RunSnapshot | null> {
    const name = join(this.#folder, nameFor(uri));
    return (await this.#paths()).includes(name) ? read(name) : null;
  }

  /** The run that was saved last; null when none has been. */
  async newest(): Promise<RunSnapshot | null> {
    const paths = await this.#paths();
    const times = await Promise.all(paths.map(async (path) => (await stat(path)).mtimeMs));
    const latest = paths[times.indexOf(Math.max(...times))];
    return latest === undefined ? null : read(latest);
  }

  /** Calls back whenever a run has been saved, also by the window's extension host before this one. */
  onDidSave(callback: () => void): Disposable {
    const pattern = new RelativePattern(Uri.file(this.#folder), '*.json');
    const watcher = workspace.createFileSystemWatcher(pattern);
    watcher.onDidCreate(callback);
    watcher.onDidChange(callback);
    return watcher;
  }

  async #paths(): Promise<string[]> {
    await mkdir(this.#folder, { recursive: true });
    const names = await readdir(this.#folder);
    return names.filter((name) => name.endsWith('.json')).map((name) => join(this.#folder, name));
  }
}

async function read(path: string): Promise<RunSnapshot> {
  return JSON.parse(await readFile(path, 'utf8'));
}

function nameFor(uri: string): string {
  return `${createHash('sha256').update(uri).digest('hex').slice(0, 16)}.json`;
}
