/** Every network that a file can describe comes back from a model's metadata; what contradicts itself does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { resolveVariant } from '../../sidecar/network/resolve.ts';
import type { Network } from '../../sidecar/network/types.ts';
import { networkSchema } from '../../sidecar/onnx/network-schema.ts';
import { mnist } from '../network/summaries.ts';

/** A network of the given layers and training settings. */
function networkOf(layers: string, train = 'steps: 1'): Network {
  const text = `data: mnist\nnetwork: [${layers}, dense: 10]\ntrain: { ${train} }\n`;
  const { network, diagnostics } = resolveVariant(readNetworkFile(text), 'base', mnist);
  assert.deepEqual(diagnostics, []);
  return network!;
}

const layers = [
  'conv2d: { filters: 4, kernel: [3, 5], stride: 2, padding: same, groups: 1 }, batchnorm: { state: freeze }',
  'maxpool, avgpool: { kernel: 3, padding: 1 }, lrn, layernorm, groupnorm: 1',
  'concat: [[relu, tanh], [residual: [sigmoid, softplus]], []], global-avgpool',
  'gelu, silu, softmax, leaky-relu: 0.3, dropout: 0.1, flatten, batchnorm: { statistics: exact }',
];

const settings = [
  'optimizer: adamw, clipGradient: 3, labelSmoothing: 0.1',
  'optimizer: rmsprop, earlyStopping: { patience: 2 }, schedule: cosine',
  'optimizer: adagrad, augmentation: { shift: 1, flip: true }, probe: none',
];

for (const text of layers) {
  test(`layers come back: ${text}`, () => {
    const network = networkOf(text);
    assert.deepEqual(networkSchema.parse(JSON.parse(JSON.stringify(network))), network);
  });
}

for (const text of settings) {
  test(`settings come back: ${text}`, () => {
    const network = networkOf('relu', text);
    assert.deepEqual(networkSchema.parse(JSON.parse(JSON.stringify(network))), network);
  });
}

test('a layer that stands before its input is refused', () => {
  const network = networkOf('residual: [relu, tanh]');
  const [relu, tanh, ...rest] = network.layers;
  const { error } = networkSchema.safeParse({ ...network, layers: [tanh, relu, ...rest] });
  assert.deepEqual(
    error?.issues.map(({ path, message }) => [path, message]),
    [[['layers', 0], 'expected inputs from layers before it, found "relu1"']],
  );
});
