/**
 * Looking into an ONNX file of any origin, and folding its batch normalizations. Numbers of channels are base64 of
 * float32, little-endian, since JSON knows neither NaN nor infinities.
 */
import { RequestType } from 'vscode-languageserver-protocol';
import type { Certificate, Folding } from './onnx.ts';

/** A number, the name of a dimension that is left open, or null where nothing is known. */
export type Dimension = number | string | null;

export interface InspectedValue {
  readonly name: string;
  /** `float32`, `int64`...; null where nothing is known. */
  readonly type: string | null;
  /** Null where nothing is known, the rank included. */
  readonly shape: readonly Dimension[] | null;
}

/** A graph's node, in the order in which the file has them. */
export interface InspectedNode {
  /** As the file has it, which may be empty. */
  readonly name: string;
  readonly opType: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** Names of tensors; empty for an optional one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly InspectedValue[];
  /** As a person reads them, long ones cut. */
  readonly attributes: readonly { readonly name: string; readonly text: string }[];
}

export interface InspectedTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** As the file or its external data has them. */
  readonly bytes: number;
  /** Path of the external data, relative to the model's folder; null for values within the model. */
  readonly external: string | null;
  /** Why its values cannot be had; null where they can. */
  readonly problem: string | null;
}

/** What is suspicious about a batch normalization. */
export interface ChannelProblem {
  /** `dead`: gamma near 0, so that the channel is constant. The others speak of the running variance, but for `non-finite`. */
  readonly kind:
    | 'dead'
    | 'zero-variance'
    | 'negative-variance'
    | 'exploding-variance'
    | 'non-finite';
  readonly severity: 'warning' | 'error';
  readonly channels: readonly number[];
  /** A whole sentence: what was found, why it matters, what would do. */
  readonly text: string;
}

export interface InspectedBatchNorm {
  /** Index into the nodes. */
  readonly node: number;
  /** The node's name, or that of its output where it has none. */
  readonly name: string;
  readonly epsilon: number;
  /** The weight of the old running value, as ONNX means it. */
  readonly momentum: number;
  readonly trainingMode: boolean;
  /** Null where gamma is no constant. */
  readonly channels: number | null;
  /** Base64 of float32, `[channels]` each; null where one of them is no constant that can be read. */
  readonly values: {
    readonly gamma: string;
    readonly beta: string;
    readonly mean: string;
    readonly variance: string;
  } | null;
  /** Why there are no values; null where there are. */
  readonly missing: string | null;
  readonly problems: readonly ChannelProblem[];
  /** Whether it can go into the weights before it, and if not, why: the end of a sentence, which may begin with a name. */
  readonly folding:
    | { readonly into: string; readonly reason: null }
    | { readonly into: null; readonly reason: string };
  /** Whether onnxruntime folds it by itself when it loads the model, by its rules; a sentence says why not. */
  readonly runtime:
    | { readonly folds: true; readonly reason: null }
    | { readonly folds: false; readonly reason: string };
}

export interface Inspection {
  /** Of the file, without external data. */
  readonly bytes: number;
  readonly irVersion: number;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly producer: { readonly name: string; readonly version: string };
  readonly domain: string;
  readonly modelVersion: string;
  readonly documentation: string;
  readonly graph: string;
  readonly inputs: readonly InspectedValue[];
  readonly outputs: readonly InspectedValue[];
  readonly nodes: readonly InspectedNode[];
  /** In the order of the file. */
  readonly tensors: readonly InspectedTensor[];
  readonly batchNorms: readonly InspectedBatchNorm[];
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
  /** Of a model that this program has exported. */
  readonly certificate: Certificate | null;
  /** Whole sentences on what is odd about the file without making it unreadable. */
  readonly notes: readonly string[];
}

/** Values of one tensor, summed up; counts are of values. */
export interface TensorSummary {
  readonly count: number;
  /** Of the finite values; null where there is none. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly mean: number | null;
  readonly deviation: number | null;
  readonly zeros: number;
  readonly nonFinite: number;
}

/** Whether two models compute the same, found out under a runtime on random input of the right shape. */
export interface EqualityProof {
  readonly outcome: 'equal' | 'different' | 'not-proved';
  /** Why it is different or not proved. */
  readonly reason?: string;
  readonly runtime: string;
  /** Shape of every input, as it was run. */
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Random inputs tried, each at both optimization levels. */
  readonly runs: number;
  readonly maxAbsoluteError: number;
  /** Relative to the largest magnitude of the same tensor, or to 0.01 where that is smaller. */
  readonly maxRelativeError: number;
  /** Bound on the relative error. */
  readonly tolerance: number;
}

export interface FoldResult {
  /** Where the folded model lies; null where there was nothing to fold. */
  readonly path: string | null;
  readonly folding: Folding;
  /** Null where there was nothing to fold. */
  readonly proof: EqualityProof | null;
  readonly bytes: { readonly before: number; readonly after: number };
  readonly nodes: { readonly before: number; readonly after: number };
}

/** Client to server, when a model is opened: what is in it. Needs no trust. Rejects with a sentence that says what is broken. */
export const inspectOnnx = new RequestType<{ path: string }, Inspection, void>(
  'batchnorm/onnx/inspect',
);

/** Client to server, when a person asks for a tensor: its values summed up. Rejects with a sentence. */
export const summarizeTensor = new RequestType<
  { path: string; tensor: string },
  TensorSummary,
  void
>('batchnorm/onnx/summarizeTensor');

/** Client to server: write a copy with its batch normalizations folded, and prove that it computes the same. Rejects with a sentence. */
export const foldOnnx = new RequestType<{ path: string; target: string }, FoldResult, void>(
  'batchnorm/onnx/fold',
);
