import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerAt, layersOf } from '../../../extension/dashboard/layers.ts';
import type { LayerDescription, VariantHistory } from '../../../sidecar/protocol/statistics.ts';
import { runOf } from '../run-factory.ts';

const lines = `network:
  - dense:
      units: 16
  - batchnorm

  # comment
  - relu
loss: mse`.split('\n');

const layer = (name: string, line: number): LayerDescription => ({
  name,
  line,
  kind: name.replace(/\d+$/, ''),
  inputs: ['input'],
  output: [16],
  parameters: 0,
});
const layers = [layer('dense1', 1), layer('batchnorm1', 3), layer('relu1', 6)];

test('the cursor is on a layer on its line and on the deeper lines below it', () => {
  const found = lines.map((_, cursor) => layerAt(layers, lines, cursor));
  assert.deepEqual(found, [null, 'dense1', 'dense1', 'batchnorm1', null, null, 'relu1', null]);
});

test('without layers the cursor is on none', () => {
  assert.equal(layerAt([], lines, 3), null);
});

test('layers that only some variants have stand in the order of the file', () => {
  const history = (...shown: LayerDescription[]): VariantHistory => ({
    variant: 'any',
    layers: shown,
    columns: [],
    rows: { first: 0, count: 0, values: '' },
    evaluations: [],
  });
  const snapshot = { run: runOf(), variants: [history(layers[0], layers[2]), history(...layers)] };
  assert.deepEqual(
    layersOf(snapshot).map(({ name }) => name),
    ['dense1', 'batchnorm1', 'relu1'],
  );
});
