/** Networks and data for tests, in few words. */
import type {
  Examples,
  Layer,
  LayerOperation,
  Loss,
  Network,
  Normalization,
  Shape,
  Train,
} from '../../sidecar/network/types.ts';
import { seededRandom } from '../../sidecar/random.ts';

export const identity: Normalization = {
  mean: new Float32Array([0]),
  deviation: new Float32Array([1]),
};

export const sgd = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;

const training: Train = {
  optimizer: sgd,
  learningRate: 0.1,
  schedule: { kind: 'constant', warmup: 0 },
  batchSize: 8,
  steps: 100,
  seed: 1,
  evaluateEvery: 100,
  shuffle: false,
  clipGradient: null,
  labelSmoothing: 0,
  earlyStopping: null,
  augmentation: null,
  probe: 'none',
};

/** A layer that takes the output of the one before it, where `inputs` does not name others. */
export type Written = LayerOperation & Partial<Pick<Layer, 'name' | 'inputs' | 'learningRate'>>;

/** Names and shapes are filled in: `dense1`, `batchnorm1` and so on. `input` is a shape or a number of features. */
export function networkOf(
  input: number | Shape,
  operations: readonly Written[],
  { loss = 'mse', ...train }: Partial<Train> & { loss?: Loss } = {},
): Network {
  const counts = new Map<string, number>();
  const shape = typeof input === 'number' ? [input] : input;
  const shapes = new Map<string, Shape>([['input', shape]]);
  let before = 'input';
  const layers = operations.map((operation): Layer => {
    const count = (counts.get(operation.kind) ?? 0) + 1;
    counts.set(operation.kind, count);
    const { name = `${operation.kind}${count}`, inputs = [before], learningRate = 1 } = operation;
    before = name;
    const taken = inputs.map((each) => shapes.get(each)!);
    const output = outputShape(operation, taken);
    shapes.set(name, output);
    return { ...operation, name, inputs, learningRate, input: taken[0], output };
  });
  return {
    input: shape,
    layers,
    initialization: { kind: 'gaussian', deviation: 0.5 },
    loss,
    train: { ...training, ...train },
  };
}

export const dense = (units: number, bias = true): LayerOperation => ({
  kind: 'dense',
  units,
  bias,
});

export const batchnorm = (momentum = 0.1, epsilon = 1e-5): LayerOperation => ({
  kind: 'batchnorm',
  momentum,
  epsilon,
  state: 'train',
  statistics: 'moving',
});

type Convolution = Extract<LayerOperation, { filters: number }>;

const noPadding = { top: 0, bottom: 0, left: 0, right: 0 };

/** A convolution with everything else at 1 or 0, and what the options say. */
export const conv = (
  filters: number,
  kernel: readonly [number, number],
  options: Partial<Convolution> = {},
): LayerOperation => ({
  kind: 'conv2d',
  ...{
    filters,
    kernel,
    stride: [1, 1],
    padding: noPadding,
    dilation: [1, 1],
    groups: 1,
    bias: true,
  },
  ...options,
});

/** Normally distributed inputs, and targets that fit the loss: classes, or normally distributed numbers. */
export function examplesFor(network: Network, count: number, seed = 1): Examples {
  const random = seededRandom(seed, 'examples');
  const inputs = Float32Array.from({ length: count * sizeOf(network.input) }, () =>
    random.normal(),
  );
  const units = network.layers.at(-1)!.output[0];
  const targets =
    network.loss === 'mse'
      ? Float32Array.from({ length: count * units }, () => random.normal())
      : Int32Array.from({ length: count }, () => random.below(Math.max(2, units)));
  // A single output of softmax knows one class only.
  if (network.loss === 'softmax-cross-entropy' && units === 1) targets.fill(0);
  return { count, inputs, targets };
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function outputShape(operation: LayerOperation, inputs: readonly Shape[]): Shape {
  const [shape] = inputs;
  switch (operation.kind) {
    case 'dense':
      return [operation.units];
    case 'flatten':
      return [sizeOf(shape)];
    case 'concat':
      return [inputs.reduce((sum, [channels]) => sum + channels, 0), ...shape.slice(1)];
    case 'conv2d':
    case 'conv1d':
      return [operation.filters, ...slide(operation, shape, operation.dilation)];
    case 'maxpool':
    case 'avgpool':
      return [shape[0], ...slide(operation, shape, [1, 1])];
    case 'global-avgpool':
      return [shape[0]];
    default:
      return shape;
  }
}

/** Locations of a sliding window, of images or sequences. */
function slide(
  {
    kernel,
    stride,
    padding: { top, bottom, left, right },
  }: Extract<LayerOperation, { stride: readonly [number, number] }>,
  [, ...locations]: Shape,
  dilation: readonly [number, number],
): number[] {
  const image = locations.length === 1 ? [1, locations[0]] : locations;
  const padded = [image[0] + top + bottom, image[1] + left + right];
  const slid = padded.map(
    (extent, axis) =>
      Math.floor((extent - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1,
  );
  return locations.length === 1 ? [slid[1]] : slid;
}
