/**
 * A network as every part of the sidecar sees it once its file has been read: kinds, names, shapes and options,
 * with all defaults filled in. No text, no positions, no numbers that are learned.
 */

/** Shape of one example without the batch: `[features]`, `[channels, length]` or `[channels, height, width]`. */
export type Shape = readonly number[];

/** Number of values in an array of this shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Places of each channel: 1 where every feature is a channel of its own. */
export function locationsOf(shape: Shape): number {
  return sizeOf(shape.slice(1));
}

/** How initial weights are drawn. `gaussian` has the given standard deviation and mean 0. */
export type Initialization =
  | { readonly kind: 'gaussian'; readonly deviation: number }
  | { readonly kind: 'glorot' }
  | { readonly kind: 'he' };

/** Zeros added at each side before a window slides over the input; both sides of an axis in the order of the axes. */
export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** How a window slides, resolved: `padding: same` has become numbers. conv1d uses the left and right alone. */
interface Window {
  /** `[height, width]`; `[1, length]` in one dimension. */
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
}

/**
 * `train`: normalizes by the batch, learns gamma and beta. `freeze-statistics`: normalizes by the running statistics,
 * which stay; gamma and beta still learn. `freeze`: nothing of the layer changes.
 */
export type BatchNormState = 'train' | 'freeze-statistics' | 'freeze';

/**
 * What a layer computes. Dense flattens an input of higher rank. Channels are the first dimension; normalizations
 * over a batch take their statistics over examples and locations (section 3.2 of the paper).
 */
export type LayerOperation =
  | { readonly kind: 'dense'; readonly units: number; readonly bias: boolean }
  | ({
      readonly kind: 'conv2d' | 'conv1d';
      readonly filters: number;
      readonly dilation: readonly [number, number];
      /** Divides channels and filters; as many as channels is a depthwise convolution. */
      readonly groups: number;
      readonly bias: boolean;
    } & Window)
  | ({ readonly kind: 'maxpool' } & Window)
  /** Padding is left out of the average, as `count_include_pad=False` in PyTorch. */
  | ({ readonly kind: 'avgpool' } & Window)
  | { readonly kind: 'global-avgpool' }
  | {
      readonly kind: 'batchnorm';
      readonly epsilon: number;
      /** Weight of the new batch in the running statistics, as PyTorch means it. */
      readonly momentum: number;
      readonly state: BatchNormState;
      /** `exact`: Algorithm 2, recomputed over the training set at the end of a run, unbiased. */
      readonly statistics: 'moving' | 'exact';
    }
  /** Local response normalization across channels: x / (bias + alpha / size * sum of squares)^beta, as in PyTorch and ONNX. */
  | {
      readonly kind: 'lrn';
      readonly size: number;
      readonly alpha: number;
      readonly beta: number;
      readonly bias: number;
    }
  /** Over all values of an example, with one gamma and beta a value, as PyTorch's LayerNorm over the whole shape. */
  | { readonly kind: 'layernorm'; readonly epsilon: number }
  | { readonly kind: 'groupnorm'; readonly groups: number; readonly epsilon: number }
  | { readonly kind: 'sigmoid' }
  | { readonly kind: 'tanh' }
  | { readonly kind: 'relu' }
  | { readonly kind: 'leaky-relu'; readonly slope: number }
  | { readonly kind: 'softplus' }
  /** x * Phi(x), the exact form with erf. */
  | { readonly kind: 'gelu' }
  | { readonly kind: 'silu' }
  /** Over channels (the first dimension). */
  | { readonly kind: 'softmax' }
  | { readonly kind: 'dropout'; readonly rate: number }
  | { readonly kind: 'flatten' }
  /** Joins the channels of all its inputs, in order. */
  | { readonly kind: 'concat' }
  /** The sum of its two inputs: what a residual container ends with. */
  | { readonly kind: 'add' };

export type LayerKind = LayerOperation['kind'];

/**
 * One layer in an order in which every layer comes after its inputs; the last one's output is the network's. Containers
 * have become edges: `concat` and `residual` end in a layer of kind `concat` or `add`, `repeat` in copies. Names are
 * unique: given by the author, or kind and count (`dense1`).
 */
export type Layer = LayerOperation & {
  readonly name: string;
  /** Names of the layers whose outputs it takes, or `input` for the network's own; one but for concat and add. */
  readonly inputs: readonly string[];
  /** Shape of its first input. */
  readonly input: Shape;
  readonly output: Shape;
  /** Factor of the learning rate for this layer's parameters; 0 freezes them. */
  readonly learningRate: number;
};

export type BatchNorm = Extract<Layer, { readonly kind: 'batchnorm' }>;

/** Whether it normalizes by the statistics of the batch while training; in its other states by the running ones. */
export function isTrainedBatchNorm(layer: Layer): layer is BatchNorm {
  return layer.kind === 'batchnorm' && layer.state === 'train';
}

/** Whether the `weight` of such a layer multiplies inputs; that of a normalization is gamma. */
export function isWeighted(kind: LayerKind): boolean {
  return kind === 'dense' || kind === 'conv2d' || kind === 'conv1d';
}

export type Loss = 'softmax-cross-entropy' | 'binary-cross-entropy' | 'mse';

interface Decay {
  readonly weightDecay: number;
  /** `weights`: of dense layers and convolutions alone, not gamma, beta or biases. Absent: `all`, as PyTorch does. */
  readonly weightDecayOn?: 'all' | 'weights';
}

export type Optimizer =
  | ({ readonly kind: 'sgd'; readonly momentum: number; readonly nesterov: boolean } & Decay)
  | ({
      readonly kind: 'adam' | 'adamw';
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
    } & Decay)
  /** PyTorch's RMSprop, not centred. */
  | ({
      readonly kind: 'rmsprop';
      readonly decay: number;
      readonly epsilon: number;
      readonly momentum: number;
    } & Decay)
  | ({ readonly kind: 'adagrad'; readonly epsilon: number } & Decay);

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
  /** Largest L2 norm of all gradients together; they are scaled down to it. Null: no limit. */
  readonly clipGradient: number | null;
  /** Share of the target's probability spread evenly over all classes (softmax-cross-entropy). */
  readonly labelSmoothing: number;
  /** Ends the run after this many evaluations without a smaller validation loss (test loss without a validation part). */
  readonly earlyStopping: { readonly patience: number } | null;
  /** Random changes of each training image, seeded; null for none. */
  readonly augmentation: Augmentation | null;
  readonly probe: ProbeDepth;
}

/**
 * What is found out at evaluations on a fixed batch of training examples: nothing, how the inputs of layers are
 * distributed, or besides that how steps of lower layers change the gradients of higher ones.
 */
export type ProbeDepth = 'none' | 'activations' | 'gradients';

/** Applied in this order to raw images while a batch is gathered; what comes in from outside is 0. */
export interface Augmentation {
  /** Largest shift in pixels along each axis. */
  readonly shift: number;
  /** Whether half of the images are mirrored left to right. */
  readonly flip: boolean;
  /** Pixels of zeros around the image before a crop of the original size is taken at random; 0 for none. */
  readonly crop: number;
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
  | {
      readonly kind: 'mnist';
      /** So many training examples, drawn by the seed so that every class keeps its share; all when absent. */
      readonly subset?: { readonly examples: number; readonly seed: number };
    }
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
    }
  /** A folder with one folder of PNG and JPEG files a class. */
  | {
      readonly kind: 'images';
      readonly path: string;
      /** All images are scaled to `[height, width]`; the first image's size when absent. */
      readonly size?: readonly [number, number];
      readonly channels: 1 | 3;
      readonly test: number;
      readonly validation: number;
      readonly seed: number;
    }
  /** Arrays as NumPy's savez and savez_compressed write them. */
  | {
      readonly kind: 'npz';
      readonly path: string;
      /** Names of the arrays; test arrays absent: a part of the training arrays is split off. */
      readonly inputs: string;
      readonly targets: string;
      readonly testInputs?: string;
      readonly testTargets?: string;
      readonly test: number;
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

/** Parameters of a tensor as saved: PyTorch's layout, row-major. Dense weight is [out, in], conv2d's [out, in / groups, height, width]. */
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

/** Variants that one `grid` in the file stands for: every combination of what it lists, in the order of its axes. */
export interface VariantGrid {
  /** Its name in the file. */
  readonly name: string;
  readonly axes: readonly {
    /** What is varied, as in the file: `learningRate`, `initialization`, `seed`. */
    readonly key: string;
    /** As they are written. */
    readonly values: readonly string[];
  }[];
  /** `at` has one index into the values of each axis; the first axis varies slowest. */
  readonly cells: readonly { readonly variant: string; readonly at: readonly number[] }[];
}

/** What the file asks a run's report to say beyond curves and figures of every variant. */
export interface ReportRequest {
  readonly title: string | null;
  /** Variant whose best test accuracy the others' steps are counted to; null: none. */
  readonly baseline: string | null;
  /** Percentiles of one unit's input over steps; a null unit: the one nearest to the median of its layer. */
  readonly percentiles: { readonly layer: string; readonly unit: number | null } | null;
  /** Variants whose class probabilities are averaged; a grid has become its cells. */
  readonly ensemble: readonly string[] | null;
  /** Whether moving and exact population statistics (Algorithm 2 of the paper) are compared at the end. */
  readonly populationStatistics: boolean;
  /** What the paper says of the same: beside a variant's figures. Accuracy is a share, 0 to 1. */
  readonly published: readonly {
    readonly variant: string;
    readonly label: string;
    readonly steps: number | null;
    readonly accuracy: number | null;
  }[];
}
