/** What the language features need from the rest of the sidecar; the server's entry introduces them to each other. */
import type { DataSource, DataSummary, Network } from '../network/types.ts';
import type { RunSummary, VariantState } from '../protocol/runs.ts';

/** One layer of one variant at one step. Arrays have one entry a unit and are absent when the kind has none. */
export interface LayerStatistics {
  readonly variant: string;
  readonly step: number;
  readonly state: VariantState;
  readonly inputMean?: Float32Array;
  readonly inputVariance?: Float32Array;
  readonly runningMean?: Float32Array;
  readonly runningVariance?: Float32Array;
  readonly outputMean?: Float32Array;
  readonly outputVariance?: Float32Array;
  readonly gamma?: Float32Array;
  readonly beta?: Float32Array;
  readonly gradientNorm?: number;
  readonly updateRatio?: number;
  /** Median over units at past steps, oldest first, at most some 60 points. */
  readonly meanTrend: readonly number[];
  readonly varianceTrend: readonly number[];
}

export interface LanguageHost {
  /** Null when data may not be read (untrusted workspace); rejects with an Error whose message is for the user. */
  describeData(source: DataSource, uri: string): Promise<DataSummary | null>;
  /** Of the newest run of this file, one entry a variant that has the layer; empty without a run. Synchronous and cheap. */
  layerStatistics(uri: string, layer: string): readonly LayerStatistics[];
  /** Bytes that training this network takes. Synchronous; may take some tens of milliseconds. */
  memory?(network: Network): number;
  /** Newest run of this file, or null. */
  run(uri: string): RunSummary | null;
}
