/** Networks that together have every kind of layer, way to join, optimizer, schedule and option of training. */
import type {
  LayerOperation,
  Loss,
  Network,
  Normalization,
  Shape,
  Train,
} from '../../sidecar/network/types.ts';
import { batchnorm, conv, dense, networkOf, sgd, type Written } from '../engine/networks.ts';

export interface Case {
  readonly network: Network;
  readonly normalization?: Normalization;
  readonly classes: readonly string[] | null;
}

const none = { top: 0, bottom: 0, left: 0, right: 0 };
const same = { top: 1, bottom: 1, left: 1, right: 1 };
const uneven = { top: 0, bottom: 1, left: 1, right: 0 };
const plain = (
  kind:
    | 'relu'
    | 'sigmoid'
    | 'tanh'
    | 'softplus'
    | 'gelu'
    | 'silu'
    | 'softmax'
    | 'flatten'
    | 'global-avgpool',
): Written => ({ kind });
const state = (state: 'freeze' | 'freeze-statistics') => ({ ...batchnorm(), state }) as Written;
const exact = (momentum: number) => ({ ...batchnorm(momentum), statistics: 'exact' }) as Written;
const line = (operation: LayerOperation) => ({ ...operation, kind: 'conv1d' }) as Written;
const after = (name: string, operation: Written): Written => ({ ...operation, inputs: [name] });
const square = (
  kind: 'maxpool' | 'avgpool',
  kernel: number,
  stride: number,
  padding: typeof none,
): Written => ({
  ...{ kind, kernel: [kernel, kernel], stride: [stride, stride], padding },
});
const along = (kind: 'maxpool' | 'avgpool', padding: typeof none): Written => ({
  ...{ kind, kernel: [1, 3], stride: [1, 2], padding },
});
const lrn = (size: number): Written => ({ kind: 'lrn', size, alpha: 0.7, beta: 0.75, bias: 1.5 });
const groupnorm = (groups: number): Written => ({ kind: 'groupnorm', groups, epsilon: 1e-5 });

/** Batches of nine do not divide what there is, so every epoch but the first begins within a batch. */
const training: Partial<Train> = { batchSize: 9, steps: 50, evaluateEvery: 20, shuffle: true };

function make(
  input: Shape,
  layers: readonly Written[],
  options: Partial<Train> & { loss?: Loss },
): Network {
  return networkOf(input, layers, { loss: 'softmax-cross-entropy', ...training, ...options });
}

const images: Case = {
  network: make(
    [3, 9, 8],
    [
      conv(6, [3, 2], { padding: uneven, stride: [1, 1], groups: 3, bias: false }),
      batchnorm(),
      plain('relu'),
      { ...square('maxpool', 2, 1, uneven), name: 'pooled' },
      after('pooled', conv(4, [1, 1])),
      after('pooled', conv(6, [3, 3], { padding: same, groups: 6, bias: false })),
      batchnorm(0.3),
      { ...plain('gelu'), name: 'branch-2' },
      after('pooled', square('avgpool', 2, 1, uneven)),
      { ...lrn(4), name: 'class' },
      { kind: 'concat', inputs: ['conv2d2', 'branch-2', 'class', 'pooled'], name: 'together' },
      conv(8, [3, 3], { dilation: [2, 1], stride: [1, 2] }),
      { ...groupnorm(2), name: 'shortcut' },
      conv(8, [3, 3], { padding: same, bias: false }),
      batchnorm(),
      plain('silu'),
      conv(8, [3, 3], { padding: same, bias: false }),
      { ...batchnorm(), name: 'batchnorm-4' } as Written,
      { kind: 'add', inputs: ['batchnorm-4', 'shortcut'] },
      square('avgpool', 2, 2, { ...none, top: 1, bottom: 1 }),
      square('maxpool', 3, 2, same),
      plain('global-avgpool'),
      dense(5),
    ],
    {
      optimizer: { ...sgd, momentum: 0.8, nesterov: true, weightDecay: 1e-3 },
      learningRate: 0.02,
      schedule: { kind: 'cosine', warmup: 6, final: 0.001 },
      labelSmoothing: 0.1,
    },
  ),
  normalization: { mean: Float32Array.of(0.25), deviation: Float32Array.of(1.5) },
  classes: ['a', 'b', 'c', 'd', 'e'],
};

const sequences: Case = {
  network: make(
    [4, 13],
    [
      line(conv(6, [1, 3], { padding: { ...none, left: 2 }, dilation: [1, 2], bias: false })),
      batchnorm(),
      plain('tanh'),
      along('maxpool', { ...none, left: 1, right: 1 }),
      { kind: 'layernorm', epsilon: 1e-5 },
      along('avgpool', { ...none, right: 1 }),
      plain('softmax'),
      lrn(3),
      plain('flatten'),
      dense(3),
    ],
    {
      optimizer: { kind: 'adam', beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.01 },
      learningRate: 0.01,
      schedule: { kind: 'step', warmup: 0, every: 15, factor: 0.5 },
      clipGradient: 0.5,
    },
  ),
  classes: ['one', 'two', 'three'],
};

const vectors: Case = {
  network: make(
    [7],
    [
      dense(12, false),
      exact(0.3),
      plain('sigmoid'),
      { ...dense(9), learningRate: 0.1 },
      { kind: 'leaky-relu', slope: 0.2 },
      lrn(3),
      groupnorm(3),
      // Straight before a normalization a scale has no gradient but rounding, which Adam makes as large as any.
      plain('gelu'),
      batchnorm(),
      plain('softplus'),
      dense(1),
    ],
    {
      loss: 'binary-cross-entropy',
      optimizer: {
        kind: 'adamw',
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weightDecay: 0.1,
        weightDecayOn: 'weights',
      },
      learningRate: 0.01,
      schedule: { kind: 'exponential', warmup: 5, every: 20, factor: 0.7 },
    },
  ),
  normalization: {
    mean: Float32Array.of(0.1, -0.2, 0.3, 0, 1e-5, 0.7, 1 / 3),
    deviation: Float32Array.of(1, 2, 0.5, 1.5, 1, 0.9, 1.1),
  },
  classes: ['no', 'yes'],
};

const frozen: Case = {
  network: make(
    [6],
    [
      { ...dense(8, false), learningRate: 0 },
      state('freeze-statistics'),
      plain('tanh'),
      dense(8),
      state('freeze'),
      { ...batchnorm(0.2), learningRate: 0 },
      plain('relu'),
      dense(2),
    ],
    {
      loss: 'mse',
      shuffle: false,
      optimizer: { kind: 'rmsprop', decay: 0.9, epsilon: 1e-3, momentum: 0.5, weightDecay: 0.01 },
      learningRate: 0.002,
      clipGradient: 1,
    },
  ),
  classes: null,
};

const several = (optimizer: Train['optimizer'], loss: Loss): Case => ({
  network: make([6], [dense(8, false), batchnorm(), plain('tanh'), dense(3)], {
    optimizer,
    loss,
    learningRate: 0.02,
  }),
  classes: ['x', 'y', 'z'],
});

export const cases: Readonly<Record<string, Case>> = {
  images,
  sequences,
  vectors,
  frozen,
  adagrad: several({ kind: 'adagrad', epsilon: 1e-8, weightDecay: 0 }, 'binary-cross-entropy'),
  rmsprop: several(
    { kind: 'rmsprop', decay: 0.95, epsilon: 1e-4, momentum: 0, weightDecay: 0 },
    'mse',
  ),
};

/** Draws random numbers of its own, so it cannot be compared. */
export const random: Case = {
  network: make(
    [2, 6, 5],
    [conv(4, [3, 3]), batchnorm(), { kind: 'dropout', rate: 0.3 }, dense(3)],
    {
      augmentation: { shift: 1, flip: true, crop: 2 },
      steps: 5,
    },
  ),
  classes: ['x', 'y', 'z'],
};
