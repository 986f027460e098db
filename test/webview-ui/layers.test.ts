import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowsAt, uniteLayers } from '../../webview-ui/layers.ts';

function variant(name: string, ...layers: string[]) {
  const describe = (layer: string, line: number) => ({
    ...{ name: layer, kind: layer.replace(/\d+$/, ''), line, output: [1], parameters: 0 },
  });
  return { name, layers: layers.map(describe) };
}

const base = variant('base', 'dense1', 'batchnorm1', 'sigmoid1', 'dense2');
const without = variant('without', 'dense1', 'sigmoid1', 'dense2');
const dropped = variant('dropped', 'dropout1', 'dense1', 'sigmoid1', 'dropout2', 'dense2', 'relu1');

test('layers stand in the order of the base variant, those of others after what precedes them', () => {
  assert.deepEqual(uniteLayers([base, without, dropped]), [
    'dropout1',
    'dense1',
    'batchnorm1',
    'sigmoid1',
    'dropout2',
    'dense2',
    'relu1',
  ]);
  assert.deepEqual(
    uniteLayers([without, base]),
    base.layers.map(({ name }) => name),
  );
});

test('where a variant lacks a layer, the nearest earlier output flows', () => {
  const order = uniteLayers([base, without]);
  assert.equal(flowsAt('batchnorm1', order, without), 'dense1');
  assert.equal(flowsAt('dense1', order, variant('other', 'dense2')), null);
});
