/**
 * The networks that the bench trains, as data which every driver builds in its own way: the words are those of network
 * files, so that the engine's driver reads them as they are.
 */

export type Operation =
  | 'batchnorm'
  | 'sigmoid'
  | 'relu'
  | 'global-avgpool'
  | { readonly dense: number }
  | { readonly conv2d: { filters: number; kernel: number; padding: 'same' } }
  | { readonly maxpool: { kernel: number; stride: number } }
  | { readonly avgpool: { kernel: number; stride: number; padding: 'same' } }
  | { readonly concat: readonly (readonly Operation[])[] };

export interface Work {
  readonly name: string;
  readonly title: string;
  /** `[channels, height, width]` of one example. */
  readonly input: readonly [number, number, number];
  readonly batch: number;
  /** Ends in a dense layer of ten classes; SGD on softmax cross-entropy with this rate. */
  readonly network: readonly Operation[];
  readonly learningRate: number;
}

const image = [1, 28, 28] as const;

/** Hidden layers with BN and an activation, then ten classes. */
export function perceptron(
  widths: readonly number[],
  activation: 'sigmoid' | 'relu',
): readonly Operation[] {
  const hidden = widths.flatMap((units): Operation[] => [
    { dense: units },
    'batchnorm',
    activation,
  ]);
  return [...hidden, { dense: 10 }];
}

const conv = (filters: number, kernel: number): Operation[] => [
  { conv2d: { filters, kernel, padding: 'same' } },
  'batchnorm',
  'relu',
];

const pool: Operation = { maxpool: { kernel: 2, stride: 2 } };

/** The four branches of Inception with BN: 1x1; 3x3; twice 3x3; pooling. Gives 4 times `width` channels. */
const inception = (width: number): Operation => ({
  concat: [
    conv(width, 1),
    [...conv(width, 1), ...conv(width, 3)],
    [...conv(width, 1), ...conv(width, 3), ...conv(width, 3)],
    [{ avgpool: { kernel: 3, stride: 1, padding: 'same' } }, ...conv(width, 1)],
  ],
});

export const works: readonly Work[] = [
  {
    name: 'a',
    title: '784-100-100-100-10, BN, sigmoid, batch 60',
    input: image,
    batch: 60,
    network: perceptron([100, 100, 100], 'sigmoid'),
    learningRate: 0.1,
  },
  {
    name: 'b',
    title: 'conv 16-32-64, 3x3, BN, ReLU, pooling, batch 64, 28x28x1',
    input: image,
    batch: 64,
    network: [...conv(16, 3), pool, ...conv(32, 3), pool, ...conv(64, 3), pool, { dense: 10 }],
    learningRate: 0.05,
  },
  {
    name: 'c',
    title: 'small Inception with BN, batch 32, 28x28x1',
    input: image,
    batch: 32,
    network: [
      ...conv(16, 3),
      pool,
      inception(16),
      inception(24),
      pool,
      inception(32),
      'global-avgpool',
      { dense: 10 },
    ],
    learningRate: 0.05,
  },
  {
    name: 'd',
    title: '784-1024-1024-10, BN, ReLU, batch 256',
    input: image,
    batch: 256,
    network: perceptron([1024, 1024], 'relu'),
    learningRate: 0.05,
  },
];

/** Multiplications and additions of one training step's convolutions and dense layers; the first has no input gradient. */
export function operationsPerStep({ input, batch, network }: Work): number {
  let total = 0;
  const walk = (operations: readonly Operation[], shape: readonly number[], first: boolean) => {
    let [channels, height, width] = shape;
    let gradients = first ? 1 : 2;
    for (const operation of operations) {
      if (typeof operation === 'string') {
        if (operation === 'global-avgpool') height = width = 1;
      } else if ('dense' in operation) {
        const inputs = channels * height * width;
        total += 2 * batch * inputs * operation.dense * (1 + gradients);
        [channels, height, width, gradients] = [operation.dense, 1, 1, 2];
      } else if ('conv2d' in operation) {
        const { filters, kernel } = operation.conv2d;
        const taps = channels * kernel * kernel;
        total += 2 * batch * taps * filters * height * width * (1 + gradients);
        [channels, gradients] = [filters, 2];
      } else if ('maxpool' in operation) {
        height = Math.floor(height / operation.maxpool.stride);
        width = Math.floor(width / operation.maxpool.stride);
      } else if ('concat' in operation) {
        const ends = operation.concat.map((branch) =>
          walk(branch, [channels, height, width], gradients === 1),
        );
        channels = ends.reduce((sum, end) => sum + end[0], 0);
        gradients = 2;
      }
    }
    return [channels, height, width];
  };
  walk(network, input, true);
  return total;
}
