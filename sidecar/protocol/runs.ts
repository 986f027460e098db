/** Starting, stopping and following runs. A run trains one or more variants of one network file. */
import { NotificationType, RequestType } from 'vscode-languageserver-protocol';
import type { Finding } from './findings.ts';

/**
 * `queued`: waits for a free trainer thread. `training`: steps are made. `paused`: waits for the user. `finished`: made all its steps, or ended early
 * as the file asks, see `note`. `stopped`: ended early by the user, what was trained is kept. `failed`: ended by an error, see `error`.
 */
export type VariantState = 'queued' | 'training' | 'paused' | 'finished' | 'stopped' | 'failed';

export interface VariantSummary {
  readonly variant: string;
  readonly state: VariantState;
  readonly step: number;
  readonly steps: number;
  /** Mean training loss since the last record; null before the first and when not finite. */
  readonly loss: number | null;
  /** Of the last evaluation; once ended, of the weights that are kept. */
  readonly testAccuracy: number | null;
  readonly testLoss: number | null;
  /** The base rate, which the schedule starts from, as it was last set. */
  readonly learningRate: number;
  readonly examplesPerSecond: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** What went wrong, where, and what would do; only in state `failed`. */
  readonly error?: string;
  /**
   * What its state does not say, as sentences: why it ended early and which weights are kept, with early stopping; why
   * nothing is known of its layers, where there was no memory to look at them.
   */
  readonly note?: string;
  /** What its statistics show to be wrong, the worst first. */
  readonly findings: readonly Finding[];
}

export interface RunSummary {
  readonly runId: string;
  /** URI of the network file. */
  readonly uri: string;
  /** The file's name without `.bn.yaml`. */
  readonly name: string;
  /** When it was accepted, milliseconds since 1970. */
  readonly startedAt?: number;
  readonly variants: readonly VariantSummary[];
  /** Variants whose mean the file asks for, all of them in this run; absent where it asks for none. */
  readonly ensemble?: readonly string[];
  /** Folder of the results, or null when they are in memory alone: of an unsaved file, or with a `saveError`. */
  readonly folder: string | null;
  /** Why the results are not on disk, as a sentence. */
  readonly saveError?: string;
}

/** Name of the network as written in the file, before any variant is applied. */
export const baseVariant = 'base';

export interface TrainParams {
  readonly uri: string;
  /** Names of variants; `base` is the network as written. Absent: base alone. */
  readonly variants?: readonly string[] | 'all';
}

/** Client to server: train; the answer comes when the run has been accepted, not when it ends. Rejects with a sentence. */
export const train = new RequestType<TrainParams, RunSummary, void>('batchnorm/run/train');

/** Client to server: stop a run, or every run when no id is given; answers when the threads have ended. */
export const stop = new RequestType<{ runId?: string }, null, void>('batchnorm/run/stop');

/** Client to server: the runs this sidecar knows, newest first. */
export const list = new RequestType<Record<string, never>, RunSummary[], void>(
  'batchnorm/run/list',
);

/** Server to client: a run's state or progress changed; at most 5 a second a run, state changes at once. */
export const changed = new NotificationType<RunSummary>('batchnorm/run/changed');

export interface LiveNotes {
  readonly uri: string;
  /** Zero-based line and the short text that belongs at its end; empty when nothing is known. */
  readonly notes: readonly { readonly line: number; readonly text: string }[];
}

/** Server to client: the quiet notes at the end of each layer's line while a run is on; at most 4 a second. */
export const liveNotes = new NotificationType<LiveNotes>('batchnorm/run/liveNotes');
