/** Exporting and validating ONNX models. */
import { RequestType } from 'vscode-languageserver-protocol';

export interface ExportParams {
  readonly runId: string;
  /** Null: the run's ensemble. */
  readonly variant: string | null;
  /** The run's folder, for a run that an earlier sidecar has saved; null when it was never saved. */
  readonly folder: string | null;
  /** Absolute path of the file to write. */
  readonly path: string;
  /** Whether batch normalizations go into the weights before them, where that is possible. Absent: they stay nodes. */
  readonly fold?: boolean;
}

/** What became of each batch normalization of a model that was to have them folded, in the network's order. */
export interface Folding {
  /** `into`: the dense or convolution layer whose weights took it in. */
  readonly folded: readonly { readonly batchnorm: string; readonly into: string }[];
  /** Those that are nodes still, and why, as a sentence. */
  readonly kept: readonly { readonly batchnorm: string; readonly reason: string }[];
}

/**
 * `validated`: onnxruntime agrees within the bound. `failed`: it does not. `not-validated`: no runtime could run,
 * or the model is not one of ours so there is nothing to compare with; `reason` says which.
 */
export type ValidationOutcome = 'validated' | 'failed' | 'not-validated';

export interface Validation {
  readonly outcome: ValidationOutcome;
  readonly reason?: string;
  readonly runtime: string;
  readonly examples: number;
  /** Of the logits, onnxruntime against the engine. */
  readonly maxAbsoluteError: number;
  readonly maxRelativeError: number;
  /** Share of examples whose predicted class is the same, 0 to 1; null for regression. */
  readonly classAgreement: number | null;
  /** Disagreements within the bound of a tie; they do not fail a validation. */
  readonly nearTies: number;
  readonly engineAccuracy: number | null;
  readonly runtimeAccuracy: number | null;
  readonly tolerance: number;
  readonly batchSizes: readonly number[];
}

export interface ExportResult {
  /** Where the file ended up; a file that failed validation is kept under a name that says so. */
  readonly path: string;
  readonly bytes: number;
  readonly validation: Validation;
  /** Absent where none was asked for. Of an ensemble, with each member's name before its layers'. */
  readonly folding?: Folding;
}

/** Client to server: write the model of a variant or of an ensemble as ONNX and validate it. Rejects with a sentence. */
export const exportOnnx = new RequestType<ExportParams, ExportResult, void>(
  'batchnorm/onnx/export',
);

/** Client to server: validate an ONNX file again. Rejects with a sentence. */
export const validateOnnx = new RequestType<{ path: string }, Validation, void>(
  'batchnorm/onnx/validate',
);
