/** What the parent and the one-shot child that holds an ONNX runtime say to each other: one answer a request. */

/** Graph optimizations of onnxruntime; with `all` it folds batch normalization into the layer before it. */
export type Optimization = 'disabled' | 'all';

export type ToRuntime =
  | { readonly type: 'load'; readonly model: Uint8Array; readonly optimization: Optimization }
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
  | { readonly type: 'ran'; readonly logits: Float32Array }
  /** The runtime does not take the model or these inputs. */
  | { readonly type: 'refused'; readonly reason: string };
