/** What every test of layers runs over: one line a layer or a way to connect layers. */
import type { LayerOperation, Shape } from '../../sidecar/network/types.ts';
import { batchnorm, dense, type Written } from './networks.ts';

/** Layers between two dense layers, tested at many widths. */
export const betweenDense: Readonly<Record<string, readonly LayerOperation[]>> = {
  dense: [],
  batchnorm: [batchnorm()],
  sigmoid: [{ kind: 'sigmoid' }],
  tanh: [{ kind: 'tanh' }],
  relu: [{ kind: 'relu' }],
  'leaky-relu': [{ kind: 'leaky-relu', slope: 0.1 }],
  softplus: [{ kind: 'softplus' }],
  dropout: [{ kind: 'dropout', rate: 0.3 }],
  flatten: [{ kind: 'flatten' }],
  'batchnorm after sigmoid': [{ kind: 'sigmoid' }, batchnorm()],
  'two batchnorms': [batchnorm(), { kind: 'flatten' }, batchnorm(0.5, 1e-3)],
};

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
  'a frozen stem': {
    input: [4],
    layers: [{ ...dense(8), learningRate: 0 }, { kind: 'tanh' }, dense(5), { kind: 'relu' }],
  },
  'a frozen layer in the middle': {
    input: [4],
    layers: [dense(8), { ...dense(7), learningRate: 0 }, { kind: 'tanh' }],
  },
};
