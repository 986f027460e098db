/**
 * The numbers of a run on their way to a dashboard. History is columnar: a snapshot names the columns once,
 * frames append rows. Rows travel as base64 of little-endian float32, since JSON would turn NaN into null.
 */
import { NotificationType, RequestType } from 'vscode-languageserver-protocol';
import type { ControlEvent, EvaluationStatistics } from './control.ts';
import type { Probe, UnitField } from './probes.ts';
import type { RunSummary } from './runs.ts';

/** What a column measures. Per-unit quantities come as three columns: 15th, 50th and 85th percentile over units. */
export type Quantity =
  | 'outputMean'
  | 'outputVariance'
  | 'inputMean'
  | 'inputVariance'
  | 'runningMean'
  | 'runningVariance'
  | 'gamma'
  | 'beta'
  | 'gradientNorm'
  | 'updateRatio'
  | 'loss'
  | 'accuracy'
  | 'learningRate';

export interface Column {
  /** Null for quantities of the whole network. */
  readonly layer: string | null;
  readonly quantity: Quantity;
  readonly statistic: 'value' | 'low' | 'mid' | 'high';
}

export interface LayerDescription {
  readonly name: string;
  readonly kind: string;
  /** Names of the layers whose outputs it takes, or `input` for what comes into the network. */
  readonly inputs: readonly string[];
  /** Zero-based line in the network file. */
  readonly line: number;
  readonly output: readonly number[];
  readonly parameters: number;
}

export interface Evaluation {
  readonly step: number;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  /** What it normalized with; running statistics unless a person asked for the batch's. */
  readonly statistics?: EvaluationStatistics;
}

/** Rows of one variant's history; row r, column c is `values[r * (columns + 1) + c + 1]`, its first value the step. */
export interface Rows {
  /** Index of the first row; equal to the number of rows sent before. */
  readonly first: number;
  readonly count: number;
  readonly values: string;
}

export interface VariantHistory {
  readonly variant: string;
  readonly layers: readonly LayerDescription[];
  readonly columns: readonly Column[];
  readonly rows: Rows;
  readonly evaluations: readonly Evaluation[];
  readonly unitFields?: readonly UnitField[];
  readonly probes?: readonly Probe[];
  readonly events?: readonly ControlEvent[];
}

/** Everything a dashboard needs to draw a run from nothing. */
export interface RunSnapshot {
  readonly run: RunSummary;
  readonly variants: readonly VariantHistory[];
}

/** What has come since the last frame of this run. */
export interface RunFrame {
  readonly run: RunSummary;
  readonly variants: readonly {
    readonly variant: string;
    readonly rows: Rows;
    readonly evaluations: readonly Evaluation[];
    readonly probes?: readonly Probe[];
    readonly events?: readonly ControlEvent[];
  }[];
}

export interface SubscribeParams {
  readonly runId: string;
  /** Names of the variants whose history is wanted; absent: all. */
  readonly variants?: readonly string[];
}

/**
 * Client to server: a dashboard opens, is shown again or shows other variants, and wants the run from nothing; frames
 * follow until unsubscribed, and take the place of those of an earlier subscription.
 */
export const subscribe = new RequestType<SubscribeParams, RunSnapshot | null, void>(
  'batchnorm/statistics/subscribe',
);

/** Client to server: a run has ended and is to be kept; the run with all variants, whoever is subscribed to what. */
export const wholeRun = new RequestType<{ runId: string }, RunSnapshot | null, void>(
  'batchnorm/statistics/whole',
);

/** Client to server: the dashboard is hidden or closed; no more frames for this run. */
export const unsubscribe = new RequestType<{ runId: string }, null, void>(
  'batchnorm/statistics/unsubscribe',
);

/** Server to client: new rows of a subscribed run, at most 20 a second. */
export const frame = new NotificationType<RunFrame>('batchnorm/statistics/frame');
