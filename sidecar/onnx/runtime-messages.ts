/** What the parent and the one-shot child that holds an ONNX runtime say to each other: one answer a request. */

/** Graph optimizations of onnxruntime; with `all` it folds batch normalization into the layer before it. */
export const optimizations = ['disabled', 'all'] as const;
export type Optimization = (typeof optimizations)[number];

/** Numbers of any type that a runtime takes or gives, row-major. */
export interface RuntimeTensor {
  /** As onnxruntime calls it: `float32`, `int64`... */
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

export type ToRuntime =
  | {
      readonly type: 'load';
      /** Its bytes, or the path of its file, which it needs where its weights lie beside it. */
      readonly model: Uint8Array | string;
      readonly optimization: Optimization;
    }
  | {
      readonly type: 'optimize';
      readonly model: Uint8Array;
      /** Absolute path of the file to write the model to as it is after the optimizations that fold. */
      readonly path: string;
    }
  | {
      /** How long the model loaded last takes for all of `inputs`, `[examples, ...shape]`, at once. */
      readonly type: 'time';
      readonly inputs: Float32Array;
      readonly shape: readonly number[];
      /** To spend on it, but for a model that takes longer for the few runs that a median needs. */
      readonly milliseconds: number;
    }
  | {
      readonly type: 'run';
      /** `[examples, ...shape]`, run in batches of `batchSize`, the last of which may be smaller. */
      readonly inputs: Float32Array;
      readonly shape: readonly number[];
      readonly batchSize: number;
      /** Numbers expected for each example. */
      readonly outputs: number;
    }
  /** Computes all outputs of a model with any inputs, once. */
  | { readonly type: 'compute'; readonly feeds: Readonly<Record<string, RuntimeTensor>> };

export type FromRuntime =
  /** Sent once, unasked, when the runtime has been imported. */
  | { readonly type: 'ready'; readonly version: string }
  /** Sent instead of `ready`: this machine cannot run it. */
  | { readonly type: 'unavailable'; readonly reason: string }
  | {
      readonly type: 'loaded';
      readonly inputs: readonly string[];
      readonly outputs: readonly string[];
    }
  /** Whether it wrote the file, which not every runtime does. */
  | { readonly type: 'optimized'; readonly written: boolean }
  /** The median, in milliseconds. */
  | { readonly type: 'timed'; readonly milliseconds: number }
  | { readonly type: 'ran'; readonly logits: Float32Array }
  | { readonly type: 'computed'; readonly results: Readonly<Record<string, RuntimeTensor>> }
  /** The runtime does not take the model or these inputs. */
  | { readonly type: 'refused'; readonly reason: string };
