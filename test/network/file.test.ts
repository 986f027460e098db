/** Reading files that are right: what is found, where it stands, and what is meant by each way of writing it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseVariant, readNetworkFile } from '../../sidecar/network/file.ts';
import type { DataSource } from '../../sidecar/network/types.ts';
import { baseVariant as protocolBase } from '../../sidecar/protocol/runs.ts';

const designExample = `# Section 4.1 of the paper: three hidden layers of 100 sigmoid units.
data: mnist
network:
  - dense: 100
  - batchnorm
  - sigmoid
  - dense: 100
  - batchnorm
  - sigmoid
  - dense: 100
  - batchnorm
  - sigmoid
  - dense: 10
initialization: { gaussian: 0.1 }
loss: softmax-cross-entropy
train:
  optimizer: sgd
  learningRate: 0.1
  batchSize: 60
  steps: 50000
  seed: 1
variants:
  without-batchnorm:
    remove: batchnorm
  lr-x5:
    train: { learningRate: 5x }
`;

const line = (row: number, start: number, end: number) => ({
  start: { line: row, character: start },
  end: { line: row, character: end },
});

test('the example of the design is read as written', () => {
  const file = readNetworkFile(designExample);
  assert.deepEqual(file.diagnostics, []);
  assert.deepEqual(file.data, { kind: 'mnist' });
  assert.deepEqual(file.dataRange, line(1, 6, 11));
  assert.deepEqual(file.networkRange, line(2, 0, 7));
  assert.deepEqual(file.variants, [
    { name: 'base', range: line(2, 0, 7) },
    { name: 'without-batchnorm', range: line(22, 2, 19) },
    { name: 'lr-x5', range: line(24, 2, 7) },
  ]);
  assert.deepEqual(
    file.layers.map(({ name }) => name),
    [1, 2, 3].flatMap((i) => [`dense${i}`, `batchnorm${i}`, `sigmoid${i}`]).concat('dense4'),
  );
  assert.deepEqual(file.layers[0], {
    name: 'dense1',
    names: ['dense1'],
    kind: 'dense',
    range: line(3, 4, 14),
    kindRange: line(3, 4, 9),
  });
  assert.deepEqual(file.layers[1], {
    name: 'batchnorm1',
    names: ['batchnorm1'],
    kind: 'batchnorm',
    range: line(4, 4, 13),
    kindRange: line(4, 4, 13),
  });
});

test('the base variant is called as the protocol calls it', () => {
  assert.equal(baseVariant, protocolBase);
});

test('an entry over several lines has the range of all of them', () => {
  const { layers } = readNetworkFile(`data: iris
network:
  - dense:
      units: 3
      name: out

train: { steps: 5 }
`);
  assert.deepEqual(layers, [
    {
      name: 'out',
      names: ['out'],
      kind: 'dense',
      range: { start: { line: 2, character: 4 }, end: { line: 4, character: 15 } },
      kindRange: line(2, 4, 9),
    },
  ]);
});

test('a name of its own for one layer does not rename the others', () => {
  const { layers } = readNetworkFile(`data: iris
network:
  - dense: 8
  - dense: { units: 8, name: middle }
  - dense: 3
`);
  assert.deepEqual(
    layers.map(({ name }) => name),
    ['dense1', 'middle', 'dense3'],
  );
});

test('windows line ends, aliases and flow style are read', () => {
  const text =
    'data: iris\r\nnetwork: [&hidden { dense: 8 }, batchnorm, relu, *hidden, { dense: 3 }]\r\n';
  const file = readNetworkFile(text);
  assert.deepEqual(file.diagnostics, []);
  assert.deepEqual(
    file.layers.map(({ name }) => name),
    ['dense1', 'batchnorm1', 'relu1', 'dense2', 'dense3'],
  );
  assert.deepEqual(file.layers[1].range, line(1, 32, 41));
});

test('a file with errors still has its layers and variants, for lenses and live notes', () => {
  const file = readNetworkFile(`data: mnsit
network:
  - dense: lots
  - batchnrm
  - relu
variants:
  a: { remove: relu }
`);
  assert.equal(file.diagnostics.length, 3);
  assert.equal(file.data, null);
  assert.deepEqual(
    file.layers.map(({ name, kind }) => [name, kind]),
    [
      ['dense1', 'dense'],
      ['batchnrm1', 'batchnrm'],
      ['relu1', 'relu'],
    ],
  );
  assert.deepEqual(
    file.variants.map(({ name }) => name),
    ['base', 'a'],
  );
});

const split = { test: 0.2, validation: 0, seed: 1 };

const sources: readonly [text: string, source: DataSource][] = [
  ['mnist', { kind: 'mnist' }],
  ['{ mnist: {} }', { kind: 'mnist' }],
  ['{ mnist: { examples: 100 } }', { kind: 'mnist', subset: { examples: 100, seed: 1 } }],
  ['{ mnist: { examples: 100, seed: 2 } }', { kind: 'mnist', subset: { examples: 100, seed: 2 } }],
  ['iris', { kind: 'iris', ...split }],
  [
    '{ iris: { test: 0.5, validation: 0.25, seed: 9 } }',
    { kind: 'iris', test: 0.5, validation: 0.25, seed: 9 },
  ],
  ['spirals', { kind: 'spirals', examples: 1000, noise: 0.02, classes: 2, ...split }],
  [
    '{ spirals: { classes: 3, noise: 0 } }',
    { kind: 'spirals', examples: 1000, noise: 0, classes: 3, ...split },
  ],
  ['moons', { kind: 'moons', examples: 1000, noise: 0.1, classes: 2, ...split }],
  [
    '{ circles: { examples: 50 } }',
    { kind: 'circles', examples: 50, noise: 0.1, classes: 2, ...split },
  ],
  ['{ images: { path: photos } }', { kind: 'images', path: 'photos', channels: 3, ...split }],
  [
    '{ images: { path: photos, size: 32, channels: 1 } }',
    { kind: 'images', path: 'photos', size: [32, 32], channels: 1, ...split },
  ],
  [
    '{ images: { path: photos, size: [24, 32], test: 0.1, seed: 4 } }',
    { kind: 'images', path: 'photos', size: [24, 32], channels: 3, ...split, test: 0.1, seed: 4 },
  ],
  [
    '{ npz: { path: a.npz, inputs: x, targets: y } }',
    { kind: 'npz', path: 'a.npz', inputs: 'x', targets: 'y', ...split },
  ],
  [
    '{ npz: { path: a.npz, inputs: x, targets: y, testInputs: xt, testTargets: yt } }',
    {
      ...{ kind: 'npz', path: 'a.npz', inputs: 'x', targets: 'y' },
      ...{ testInputs: 'xt', testTargets: 'yt', ...split },
    },
  ],
  [
    '{ csv: { path: a.csv, label: y } }',
    { kind: 'csv', path: 'a.csv', label: 'y', standardize: true, ...split },
  ],
  [
    '{ csv: { path: a.csv, label: y, features: [p, q], standardize: false } }',
    {
      kind: 'csv',
      path: 'a.csv',
      label: 'y',
      features: ['p', 'q'],
      standardize: false,
      ...split,
    },
  ],
  [
    '{ idx: { trainImages: a, trainLabels: b, testImages: c, testLabels: d } }',
    {
      kind: 'idx',
      trainImages: 'a',
      trainLabels: 'b',
      testImages: 'c',
      testLabels: 'd',
      validation: 0,
      seed: 1,
    },
  ],
];

for (const [text, source] of sources) {
  test(`data: ${text}`, () => {
    const file = readNetworkFile(`data: ${text}\nnetwork: [dense: 1]\n`);
    assert.deepEqual(file.diagnostics, []);
    assert.deepEqual(file.data, source);
  });
}
