/** A data set in memory. All arrays lie in SharedArrayBuffers, so that trainer threads share them. */
import type { DataSummary, Examples, Normalization } from '../network/types.ts';

export interface DataSet {
  readonly summary: DataSummary;
  readonly train: Examples;
  /** Stratified part of the training examples kept apart, or null when none was asked for. */
  readonly validation: Examples | null;
  readonly test: Examples;
  /** Learned on the training part only. Identity is mean 0, deviation 1. */
  readonly normalization: Normalization;
  /** One name a feature for tabular data (one-hot columns are `column=value`), null for images. */
  readonly featureNames: readonly string[] | null;
  /** SHA-256 of the source bytes (or of the generator's name and parameters), hex. */
  readonly hash: string;
}
