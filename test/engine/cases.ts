/** What every test of layers runs over: one line a layer or a way to connect layers. */
import type { LayerOperation, Shape } from '../../sidecar/network/types.ts';
import { batchnorm, conv, dense, type Written } from './networks.ts';

/** Zeros at every side of an image. */
const around = (by: number) => ({ top: by, bottom: by, left: by, right: by });

const frozen = { kind: 'batchnorm', momentum: 0.1, epsilon: 0.5, statistics: 'moving' } as const;

/** Layers between two dense layers, tested at many widths. */
export const betweenDense: Readonly<Record<string, readonly LayerOperation[]>> = {
  dense: [],
  batchnorm: [batchnorm()],
  sigmoid: [{ kind: 'sigmoid' }],
  tanh: [{ kind: 'tanh' }],
  relu: [{ kind: 'relu' }],
  'leaky-relu': [{ kind: 'leaky-relu', slope: 0.1 }],
  softplus: [{ kind: 'softplus' }],
  gelu: [{ kind: 'gelu' }],
  silu: [{ kind: 'silu' }],
  softmax: [{ kind: 'softmax' }],
  layernorm: [{ kind: 'layernorm', epsilon: 1e-2 }],
  'layernorm, then tanh': [{ kind: 'layernorm', epsilon: 1e-2 }, { kind: 'tanh' }],
  'groupnorm of one group': [{ kind: 'groupnorm', groups: 1, epsilon: 1e-2 }],
  'lrn of 5': [lrn(5)],
  'lrn of 4, nearly all channels of 17, then tanh': [lrn(4), { kind: 'tanh' }, lrn(15)],
  dropout: [{ kind: 'dropout', rate: 0.3 }],
  flatten: [{ kind: 'flatten' }],
  'batchnorm after sigmoid': [{ kind: 'sigmoid' }, batchnorm()],
  'batchnorm by frozen statistics': [{ ...frozen, state: 'freeze-statistics' }, { kind: 'tanh' }],
  'frozen batchnorm': [{ ...frozen, state: 'freeze' }],
  'two batchnorms': [batchnorm(), { kind: 'flatten' }, batchnorm(0.5, 1e-3)],
};

/** With a divisor far from 1. */
function lrn(size: number): LayerOperation {
  return { kind: 'lrn', size, alpha: 2, beta: 0.75, bias: 1.5 };
}

interface Case {
  readonly input: Shape;
  readonly layers: readonly Written[];
  readonly batch?: number;
}

/** Whole networks: branches, and layers of images. A dense layer of 3 units is added at the end. */
export const networks: Readonly<Record<string, Case>> = {
  'dense on an image of 3 channels': { input: [3, 2, 5], layers: [{ kind: 'sigmoid' }] },
  'flatten before dense': { input: [9, 2, 2], layers: [{ kind: 'tanh' }, { kind: 'flatten' }] },
  'flatten before batchnorm': {
    input: [3, 2, 3],
    layers: [{ kind: 'tanh' }, { kind: 'flatten' }, batchnorm()],
  },
  residual: {
    input: [5],
    layers: [
      { ...dense(11), name: 'stem' },
      { kind: 'tanh' },
      dense(11),
      { kind: 'add', inputs: ['stem', 'dense2'] },
    ],
  },
  'residual around batchnorm and back': {
    input: [5],
    layers: [
      { ...dense(9), name: 'stem' },
      batchnorm(),
      { kind: 'sigmoid' },
      { kind: 'add', inputs: ['sigmoid1', 'stem'] },
      dense(9),
      { kind: 'add', inputs: ['dense2', 'add1'] },
    ],
  },
  'twice the same': {
    input: [5],
    layers: [dense(9), { kind: 'add', inputs: ['dense1', 'dense1'] }],
  },
  'concat of whole panels': {
    batch: 7,
    input: [6],
    layers: [
      { ...dense(16), inputs: ['input'] },
      { ...dense(8), inputs: ['input'] },
      { kind: 'sigmoid' },
      { ...dense(5), inputs: ['input'] },
      { kind: 'concat', inputs: ['dense1', 'sigmoid1', 'dense3'] },
      batchnorm(),
    ],
  },
  'concat of parts of panels': {
    input: [6],
    layers: [
      { ...dense(3), inputs: ['input'] },
      { ...dense(10), inputs: ['input'] },
      { ...dense(1), inputs: ['input'] },
      { kind: 'concat', inputs: ['dense1', 'dense2', 'dense3'] },
      { kind: 'tanh' },
    ],
  },
  'concat within concat, with an input and a branch read elsewhere': {
    input: [8],
    layers: [
      { ...dense(8), inputs: ['input'] },
      { kind: 'tanh' },
      { ...dense(8), inputs: ['dense1'] },
      { kind: 'concat', inputs: ['tanh1', 'dense2'] },
      { ...dense(7), inputs: ['tanh1'] },
      { kind: 'concat', inputs: ['concat1', 'input', 'dense3'] },
      { kind: 'softplus' },
    ],
  },
  'concat of the same twice': {
    input: [4],
    layers: [dense(8), { kind: 'tanh' }, { kind: 'concat', inputs: ['tanh1', 'tanh1'] }],
  },
  'convolutions and pooling of images in planes': {
    input: [1, 6, 7],
    layers: [
      conv(9, [3, 3], { padding: around(1), bias: false }),
      batchnorm(),
      { kind: 'tanh' },
      { kind: 'maxpool', kernel: [2, 2], stride: [2, 2], padding: around(0) },
      conv(10, [2, 3], { padding: around(1) }),
      { kind: 'sigmoid' },
      { kind: 'avgpool', kernel: [3, 3], stride: [2, 2], padding: around(1) },
    ],
  },
  'a strided convolution of few channels after another layer, and global pooling': {
    input: [3, 5, 6],
    layers: [
      batchnorm(),
      conv(17, [3, 2], { stride: [2, 1], dilation: [1, 2] }),
      batchnorm(0.3),
      { kind: 'global-avgpool' },
    ],
  },
  'grouped and depthwise convolutions': {
    input: [6, 4, 4],
    layers: [
      conv(12, [3, 3], { groups: 3, padding: around(1) }),
      { kind: 'tanh' },
      conv(12, [3, 3], { groups: 12, padding: around(1), bias: false }),
      batchnorm(),
      conv(5, [1, 1]),
    ],
  },
  'convolutions of sequences': {
    input: [2, 9],
    layers: [
      conv(9, [1, 3], { kind: 'conv1d', padding: { ...around(0), left: 1, right: 1 } }),
      batchnorm(),
      { kind: 'tanh' },
      { kind: 'maxpool', kernel: [1, 2], stride: [1, 2], padding: around(0) },
      conv(4, [1, 2], { kind: 'conv1d' }),
      { kind: 'global-avgpool' },
    ],
  },
  'branches of an image joined': {
    input: [3, 4, 4],
    batch: 6,
    layers: [
      { ...conv(8, [1, 1]), name: 'stem' },
      { ...conv(8, [3, 3], { padding: around(1) }), inputs: ['stem'], name: 'wide' },
      { ...batchnorm(), name: 'wide normalized' },
      {
        ...({ kind: 'avgpool', kernel: [3, 3], stride: [1, 1], padding: around(1) } as const),
        ...{ inputs: ['stem'], name: 'pooled' },
      },
      { ...conv(5, [1, 1]), name: 'projected' },
      { ...conv(16, [1, 1]), inputs: ['stem'], name: 'one' },
      { kind: 'concat', inputs: ['wide normalized', 'one', 'projected'] },
      { kind: 'tanh' },
      { kind: 'global-avgpool' },
    ],
  },
  'a convolution that reads the image beside a dense layer': {
    input: [2, 3, 3],
    layers: [
      { ...dense(4), inputs: ['input'] },
      { ...conv(4, [3, 3]), inputs: ['input'] },
      { kind: 'flatten' },
      { kind: 'add', inputs: ['flatten1', 'dense1'] },
    ],
  },
  'residual of images': {
    input: [4, 3, 3],
    batch: 6,
    layers: [
      { ...conv(9, [3, 3], { padding: around(1) }), name: 'stem' },
      { kind: 'tanh' },
      conv(9, [3, 3], { padding: around(1), bias: false }),
      batchnorm(),
      { kind: 'add', inputs: ['batchnorm1', 'stem'] },
      { kind: 'flatten' },
    ],
  },
  'frozen statistics first, then a ReLU': {
    input: [9],
    layers: [{ ...frozen, state: 'freeze-statistics' }, { kind: 'relu' }],
  },
  'a frozen batchnorm of images between convolutions, then a ReLU': {
    input: [2, 3, 3],
    layers: [
      conv(9, [2, 2]),
      { ...frozen, state: 'freeze' },
      { kind: 'relu' },
      conv(4, [1, 1]),
      { ...frozen, state: 'freeze-statistics' },
      { kind: 'relu' },
    ],
  },
  'a frozen stem': {
    input: [4],
    layers: [{ ...dense(8), learningRate: 0 }, { kind: 'tanh' }, dense(5), { kind: 'relu' }],
  },
  'a frozen layer in the middle': {
    input: [4],
    layers: [dense(8), { ...dense(7), learningRate: 0 }, { kind: 'tanh' }],
  },
  'softmax of an image': { input: [11, 2, 3], layers: [{ kind: 'tanh' }, { kind: 'softmax' }] },
  'lrn of an image, across panels': { input: [19, 2, 2], layers: [{ kind: 'tanh' }, lrn(5)] },
  'lrn wider than a panel': { input: [30, 1, 2], layers: [{ kind: 'tanh' }, lrn(21)] },
  'layernorm of an image': {
    input: [3, 2, 3],
    layers: [{ kind: 'tanh' }, { kind: 'layernorm', epsilon: 1e-5 }, { kind: 'gelu' }],
  },
  'layernorm of a sequence': {
    input: [9, 4],
    layers: [{ kind: 'silu' }, { kind: 'layernorm', epsilon: 1e-5 }],
  },
  'groupnorm of an image, groups within and across panels': {
    input: [12, 2, 2],
    layers: [
      { kind: 'groupnorm', groups: 4, epsilon: 1e-5 },
      { kind: 'tanh' },
      { kind: 'groupnorm', groups: 2, epsilon: 1e-5 },
    ],
  },
  'groupnorm of whole panels': {
    input: [16, 3],
    layers: [{ kind: 'silu' }, { kind: 'groupnorm', groups: 2, epsilon: 1e-5 }],
  },
  'groupnorm of every channel alone': {
    input: [5, 2, 4],
    layers: [{ kind: 'silu' }, { kind: 'groupnorm', groups: 5, epsilon: 1e-5 }],
  },
  'groupnorm behind dense layers': {
    input: [4],
    layers: [dense(18), { kind: 'groupnorm', groups: 3, epsilon: 1e-5 }, { kind: 'gelu' }],
  },
};
