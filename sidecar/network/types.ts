/**
 * A network as every part of the sidecar sees it once its file has been read: kinds, names, shapes and options,
 * with all defaults filled in. No text, no positions, no numbers that are learned.
 */

/** Shape of one example without the batch: `[features]` or `[channels, height, width]`. */
export type Shape = readonly number[];

/** How initial weights are drawn. `gaussian` has the given standard deviation and mean 0. */
export type Initialization =
  | { readonly kind: 'gaussian'; readonly deviation: number }
  | { readonly kind: 'glorot' }
  | { readonly kind: 'he' };

/** What a layer computes. Dense flattens an input of higher rank. */
export type LayerOperation =
  | { readonly kind: 'dense'; readonly units: number; readonly bias: boolean }
  | {
      readonly kind: 'batchnorm';
      readonly epsilon: number;
      /** Weight of the new batch in the running statistics, as PyTorch means it. */
      readonly momentum: number;
    }
  | { readonly kind: 'sigmoid' }
  | { readonly kind: 'tanh' }
  | { readonly kind: 'relu' }
  | { readonly kind: 'leaky-relu'; readonly slope: number }
  | { readonly kind: 'softplus' }
  | { readonly kind: 'dropout'; readonly rate: number }
  | { readonly kind: 'flatten' };

export type LayerKind = LayerOperation['kind'];

/** One layer in the order it runs. Names are unique: given by the author, or kind and count (`dense1`). */
export type Layer = LayerOperation & {
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
};

export type Loss = 'softmax-cross-entropy' | 'binary-cross-entropy' | 'mse';

export type Optimizer =
  | {
      readonly kind: 'sgd';
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly weightDecay: number;
    }
  | {
      readonly kind: 'adam';
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly weightDecay: number;
    };

/** Learning-rate schedule; steps count from 0. `warmup` steps rise linearly to the base rate before it applies. */
export type Schedule = { readonly warmup: number } & (
  | { readonly kind: 'constant' }
  | { readonly kind: 'step'; readonly every: number; readonly factor: number }
  | { readonly kind: 'exponential'; readonly every: number; readonly factor: number }
  | { readonly kind: 'cosine'; readonly final: number }
);

export interface Train {
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly batchSize: number;
  /** Total number of steps; a file that says `epochs` has been converted. */
  readonly steps: number;
  readonly seed: number;
  /** Steps between two evaluations on the test set. */
  readonly evaluateEvery: number;
  readonly shuffle: boolean;
}

/** One variant, ready to train. The last layer's output is the logits (classification) or the prediction (mse). */
export interface Network {
  readonly input: Shape;
  readonly layers: readonly Layer[];
  readonly initialization: Initialization;
  readonly loss: Loss;
  readonly train: Train;
}

/** Where examples come from. Paths are as written, relative to the network file. */
export type DataSource =
  | { readonly kind: 'mnist' }
  | {
      readonly kind: 'iris';
      readonly test: number;
      readonly validation: number;
      readonly seed: number;
    }
  | {
      readonly kind: 'spirals' | 'moons' | 'circles';
      readonly examples: number;
      readonly noise: number;
      readonly classes: number;
      readonly test: number;
      readonly validation: number;
      readonly seed: number;
    }
  | {
      readonly kind: 'csv';
      readonly path: string;
      readonly label: string;
      /** Columns used as features; all but the label when absent. */
      readonly features?: readonly string[];
      readonly standardize: boolean;
      readonly test: number;
      readonly validation: number;
      readonly seed: number;
    }
  | {
      readonly kind: 'idx';
      readonly trainImages: string;
      readonly trainLabels: string;
      readonly testImages: string;
      readonly testLabels: string;
      readonly validation: number;
      readonly seed: number;
    };

/** What shapes and checks need to know of a data set before it is loaded. */
export interface DataSummary {
  readonly name: string;
  readonly input: Shape;
  /** Class labels in the order of the logits; null for regression. */
  readonly classes: readonly string[] | null;
  readonly trainExamples: number;
  readonly testExamples: number;
}

/** Parameters of a tensor as saved: PyTorch's layout, row-major. Dense weight is [out, in]. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Learned and running values by `<layer>.weight`, `.bias`, `.running_mean`, `.running_var` (BN: weight = gamma, bias = beta). */
export type Weights = ReadonlyMap<string, Tensor>;

/**
 * One part of a data set. Inputs are raw, row-major `[examples, ...input]`; the engine applies the
 * normalization `(x - mean) / deviation` (arrays of length 1 or one entry a feature) when it gathers a batch.
 */
export interface Examples {
  readonly count: number;
  readonly inputs: Uint8Array | Float32Array;
  /** Class index for classification (`Int32Array` of `count`), `[count, outputs]` for regression. */
  readonly targets: Int32Array | Float32Array;
}

export interface Normalization {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}
