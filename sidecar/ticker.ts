/**
 * Tells the client what moves while runs are on: frames of subscribed runs, summaries, live notes, each at its own
 * highest rate. Rests when nothing trains. The trainer threads are never asked; all is read from shared memory.
 */
import type { Connection, TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { LanguageFeatures } from './language/register.ts';
import { changed, liveNotes } from './protocol/runs.ts';
import { frame, type RunSnapshot, type SubscribeParams } from './protocol/statistics.ts';
import { FrameCursor } from './runs/frames.ts';
import type { RunManager } from './runs/run-manager.ts';

/** Milliseconds between two ticks: frames go out at 20 Hz. */
const interval = 50;
/** Summaries and notes go out every so many ticks: 5 Hz and 4 Hz. */
const summaryTicks = 4;
const noteTicks = 5;

export class Ticker {
  readonly #connection: Connection;
  readonly #manager: RunManager;
  readonly #documents: TextDocuments<TextDocument>;
  readonly #language: LanguageFeatures;
  readonly #cursors = new Map<string, FrameCursor>();
  #timer: NodeJS.Timeout | null = null;
  #ticks = 0;

  constructor(
    connection: Connection,
    manager: RunManager,
    documents: TextDocuments<TextDocument>,
    language: LanguageFeatures,
  ) {
    this.#connection = connection;
    this.#manager = manager;
    this.#documents = documents;
    this.#language = language;
  }

  /** Starts ticking; it goes on until one tick after the last run has ended. */
  wake(): void {
    this.#timer ??= setInterval(() => this.#tick(), interval);
  }

  dispose(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** A run so far; frames follow from there. Null when there is no such run. */
  subscribe({ runId, variants }: SubscribeParams): RunSnapshot | null {
    const run = this.#manager.find(runId);
    if (run === undefined) return null;
    const cursor = new FrameCursor(run, variants);
    this.#cursors.set(runId, cursor);
    return cursor.snapshot();
  }

  unsubscribe(runId: string): void {
    this.#cursors.delete(runId);
  }

  #tick(): void {
    this.#ticks += 1;
    const active = this.#manager.runs.filter((run) => run.active);
    const last = active.length === 0;
    const touched = last ? this.#manager.runs.slice(0, 1) : active;
    for (const cursor of this.#cursors.values()) {
      const news = cursor.frame();
      // Without new rows, as while paused, there is little to tell, and of hundreds of variants it is long.
      const isSummaryDue = cursor.run.active && this.#ticks % summaryTicks === 0;
      if (news.variants.length > 0 || last || isSummaryDue) {
        void this.#connection.sendNotification(frame, news);
      }
    }
    for (const run of touched) {
      const { uri } = run.prepared.request;
      if (last || this.#ticks % summaryTicks === 0) {
        void this.#connection.sendNotification(changed, run.summary());
        this.#language.runChanged(uri);
      }
      if (last || this.#ticks % noteTicks === 0) this.#sendNotes(uri);
    }
    if (last) this.dispose();
  }

  #sendNotes(uri: string): void {
    const document = this.#documents.get(uri);
    if (document === undefined) return;
    void this.#connection.sendNotification(liveNotes, this.#language.notes(document));
  }
}
