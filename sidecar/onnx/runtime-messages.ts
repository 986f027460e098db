/** What the parent and the one-shot child that holds an ONNX runtime say to each other: one answer a request. */

/** Graph optimizations of onnxruntime; with `all` it folds batch normalization into the layer before it. */
export type Optimization = 'disabled' | 'all';

export type ToRuntime =
  | { readonly type: 'load'; readonly model: Uint8Array; readonly optimization: Optimization }
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
    };

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
  /** The runtime does not take the model or these inputs. */
  | { readonly type: 'refused'; readonly reason: string };
