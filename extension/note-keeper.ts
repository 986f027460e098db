/**
 * Which live notes belong to which file. Notes name lines of the file as it was when its run began: an edit that
 * moves or rewrites such a line makes them wrong, so they are gone until the next run.
 */
import type { LiveNotes, RunSummary } from '../sidecar/protocol/runs.ts';
import { isActive } from './runs.ts';

type Notes = LiveNotes['notes'];

/** Lines `first` to `last` (zero-based) become so many lines. */
export interface LineEdit {
  readonly first: number;
  readonly last: number;
  readonly lines: number;
}

export class NoteKeeper {
  readonly #newestRun: (uri: string) => RunSummary | undefined;
  readonly #notes = new Map<string, Notes>();
  /** Run whose notes no longer fit the file. */
  readonly #outdated = new Map<string, string>();

  constructor(newestRun: (uri: string) => RunSummary | undefined) {
    this.#newestRun = newestRun;
  }

  notes(uri: string): Notes {
    return this.#notes.get(uri) ?? [];
  }

  receive(uri: string, notes: Notes): void {
    const run = this.#newestRun(uri);
    if (run !== undefined && isActive(run) && this.#outdated.get(uri) !== run.runId)
      this.#notes.set(uri, notes);
  }

  /** Drops the notes of a file whose run is over; true when there were any. */
  endIfOver(uri: string): boolean {
    const run = this.#newestRun(uri);
    return (run === undefined || !isActive(run)) && this.#notes.delete(uri);
  }

  /** Drops the notes when an edit makes them wrong; true when it did. */
  edit(uri: string, edits: readonly LineEdit[]): boolean {
    const noted = this.notes(uri).map(({ line }) => line);
    const spoils = ({ first, last, lines }: LineEdit) =>
      noted.some(
        (line) => (line >= first && line <= last) || (line > last && lines !== last - first + 1),
      );
    const run = this.#newestRun(uri);
    if (run === undefined || !edits.some(spoils)) return false;
    this.#outdated.set(uri, run.runId);
    return this.#notes.delete(uri);
  }
}
