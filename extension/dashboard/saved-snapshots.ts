/** The last run of each network file, kept in the workspace's storage: a reload of the window ends the sidecar. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disposable, RelativePattern, Uri, workspace } from 'vscode';
import type { RunSummary } from '../../sidecar/protocol/runs.ts';
import type { RunSnapshot } from '../../sidecar/protocol/statistics.ts';

export class SavedSnapshots {
  readonly #folder: string;
  /** Summaries of files as they were at a time; the files hold megabytes of history beside them. */
  readonly #summaries = new Map<string, { readonly time: number; readonly run: RunSummary }>();

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
    const latest = (await this.#byTime()).at(-1);
    return latest === undefined ? null : read(latest.path);
  }

  /** The last run of every network file, oldest first. */
  async summaries(): Promise<RunSummary[]> {
    const summaries: RunSummary[] = [];
    for (const { path, time } of await this.#byTime()) {
      const known = this.#summaries.get(path);
      const run = known?.time === time ? known.run : (await read(path)).run;
      this.#summaries.set(path, { time, run });
      summaries.push(run);
    }
    return summaries;
  }

  /** Calls back whenever a run has been saved, also by the window's extension host before this one. */
  onDidSave(callback: () => void): Disposable {
    const pattern = new RelativePattern(Uri.file(this.#folder), '*.json');
    const watcher = workspace.createFileSystemWatcher(pattern);
    watcher.onDidCreate(callback);
    watcher.onDidChange(callback);
    return watcher;
  }

  /** Oldest first. */
  async #byTime(): Promise<{ path: string; time: number }[]> {
    const paths = await this.#paths();
    const files = paths.map(async (path) => ({ path, time: (await stat(path)).mtimeMs }));
    return (await Promise.all(files)).sort((a, b) => a.time - b.time);
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
