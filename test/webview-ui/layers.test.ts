import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowsAt, uniteLayers } from '../../webview-ui/layers.ts';

function variant(name: string, ...layers: string[]) {
  const describe = (layer: string, line: number) => ({
    ...{ name: layer, kind: layer.replace(/\d+$/, ''), line, output: [1], parameters: 0 },
    inputs: [layers[line - 1] ?? 'input'],
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
  assert.equal(flowsAt('batchnorm1', base, without), 'dense1');
  assert.equal(flowsAt('sigmoid1', base, variant('other', 'dense1', 'dense2')), 'dense1');
  assert.equal(flowsAt('dense1', base, variant('other', 'dense2')), null);
});

test('where a variant lacks a layer of a branch, its own branch flows, not the one beside it', () => {
  const layer = (name: string, ...inputs: string[]) => ({
    ...{ name, kind: name.replace(/\d+$/, ''), inputs, line: 0, output: [1], parameters: 0 },
  });
  const layers = [
    layer('conv2d1', 'input'),
    layer('conv2d2', 'input'),
    layer('batchnorm1', 'conv2d1'),
    layer('batchnorm2', 'batchnorm1'),
    layer('concat1', 'batchnorm2', 'conv2d2'),
  ];
  const branched = { name: 'base', layers };
  const bare = { name: 'bare', layers: layers.filter(({ kind }) => kind !== 'batchnorm') };
  assert.equal(flowsAt('batchnorm1', branched, bare), 'conv2d1');
  assert.equal(flowsAt('batchnorm2', branched, bare), 'conv2d1');
});
