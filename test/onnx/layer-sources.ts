/** A small network for every kind of layer beyond the plainest and for every way to join them, with random weights. */
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import type { LayerOperation, Shape, Weights } from '../../sidecar/network/types.ts';
import type { ModelSource } from '../../sidecar/onnx/build.ts';
import { defaultForm } from '../../sidecar/onnx/choices.ts';
import { seededRandom } from '../../sidecar/random.ts';
import { batchnorm, conv, dense, identity, networkOf, type Written } from '../engine/networks.ts';

const image: Shape = [4, 7, 6];
const sequence: Shape = [4, 11];
const square = { kernel: [3, 3], stride: [1, 1] } as const;
const padding = { top: 1, bottom: 0, left: 1, right: 2 };
const none = { top: 0, bottom: 0, left: 0, right: 0 };
const wide = { kernel: [1, 3], stride: [1, 2], padding: { ...none, left: 1, right: 1 } } as const;
const line = (operation: LayerOperation): LayerOperation =>
  ({ ...operation, kind: 'conv1d' }) as LayerOperation;
const plain = (kind: 'gelu' | 'silu' | 'softmax' | 'global-avgpool' | 'relu'): LayerOperation => ({
  kind,
});
const lrn = (size: number): LayerOperation => ({
  kind: 'lrn',
  ...{ size, alpha: 0.7, beta: 0.75, bias: 1.5 },
});
const groups = (each: number): LayerOperation => ({
  kind: 'groupnorm',
  groups: each,
  epsilon: 1e-5,
});
const layernorm: LayerOperation = { kind: 'layernorm', epsilon: 1e-5 };

/** Every network ends in a dense layer, so that outputs are logits. */
const cases: Readonly<Record<string, { input: Shape; layers: readonly Written[] }>> = {
  'conv2d with batchnorm': {
    input: image,
    layers: [conv(5, [3, 3], { bias: false }), batchnorm()],
  },
  'conv2d with uneven padding, stride and dilation': {
    input: image,
    layers: [conv(5, [3, 2], { padding, stride: [2, 1], dilation: [1, 2] })],
  },
  'conv2d in groups': { input: image, layers: [conv(6, [3, 3], { groups: 2 })] },
  'conv2d, depthwise': { input: image, layers: [conv(8, [3, 3], { groups: 4, bias: false })] },
  conv1d: { input: sequence, layers: [line(conv(5, [1, 3], { stride: [1, 2] })), batchnorm()] },
  'conv1d with padding and dilation': {
    input: sequence,
    layers: [line(conv(5, [1, 3], { dilation: [1, 2], padding: { ...none, left: 2, right: 1 } }))],
  },
  maxpool: { input: image, layers: [{ kind: 'maxpool', ...square, padding }] },
  'maxpool of a sequence': { input: sequence, layers: [{ kind: 'maxpool', ...wide }] },
  avgpool: { input: image, layers: [{ kind: 'avgpool', ...square, padding }] },
  'avgpool of a sequence': { input: sequence, layers: [{ kind: 'avgpool', ...wide }] },
  'global-avgpool': { input: image, layers: [plain('global-avgpool')] },
  'global-avgpool of a sequence': { input: sequence, layers: [plain('global-avgpool')] },
  'lrn of an odd size': { input: image, layers: [lrn(3)] },
  'lrn of an even size': { input: image, layers: [lrn(4)] },
  'lrn of a vector': { input: [9], layers: [lrn(5)] },
  layernorm: { input: image, layers: [layernorm] },
  'layernorm of a vector': { input: [9], layers: [layernorm] },
  groupnorm: { input: image, layers: [groups(2)] },
  'groupnorm of a vector': { input: [9], layers: [groups(3)] },
  'gelu and silu': { input: image, layers: [plain('gelu'), plain('silu')] },
  softmax: { input: image, layers: [plain('softmax')] },
  concat: {
    input: image,
    layers: [
      { ...conv(3, [1, 1]), inputs: ['input'] },
      { ...conv(2, [1, 1], { bias: false }), inputs: ['input'] },
      batchnorm(),
      { kind: 'concat', inputs: ['conv2d1', 'batchnorm1', 'input'] },
    ],
  },
  residual: {
    input: image,
    layers: [
      { ...conv(4, [3, 3], { bias: false, padding: { top: 1, bottom: 1, left: 1, right: 1 } }) },
      batchnorm(),
      { kind: 'add', inputs: ['input', 'batchnorm1'] },
      plain('relu'),
    ],
  },
  'a dense layer that more than a batchnorm reads': {
    input: [6],
    layers: [
      dense(4, false),
      batchnorm(),
      { kind: 'dropout', rate: 0.5 },
      { kind: 'add', inputs: ['dense1', 'dropout1'] },
    ],
  },
};

/** Learned values and statistics as no network starts with them. */
export function randomWeights(weights: Weights): Weights {
  const random = seededRandom(7, 'weights');
  return new Map(
    [...weights].map(([name, { shape, values }]) => [
      name,
      {
        shape,
        values: values.map((value) =>
          name.endsWith('running_var') ? 0.2 + random.uniform() : value + 0.3 * random.normal(),
        ),
      },
    ]),
  );
}

function sourceOf({ input, layers }: (typeof cases)[string]): ModelSource {
  const network = networkOf(input, [...layers, dense(3)], { loss: 'softmax-cross-entropy' });
  return {
    network,
    weights: randomWeights(initialWeights(network)),
    normalization: identity,
    data: { name: 'random', input, classes: ['a', 'b', 'c'], trainExamples: 1, testExamples: 1 },
    featureNames: null,
    metadata: { steps: '1' },
    name: 'layers',
    producerVersion: '0.0.0',
    form: defaultForm,
  };
}

/** By what each is about. */
export function layerSources(): ReadonlyMap<string, ModelSource> {
  return new Map(Object.entries(cases).map(([title, each]) => [title, sourceOf(each)]));
}
