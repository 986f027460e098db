/** What variants may say besides other settings: layers in the place of others, and grids. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import { readNetworkFile, variantEntries } from '../../sidecar/network/file.ts';
import { checkNetworkFile, resolveVariant } from '../../sidecar/network/resolve.ts';
import type { Network } from '../../sidecar/network/types.ts';
import { unmark } from './marked.ts';
import { iris, mnist } from './summaries.ts';

const deep = `data: mnist
network:
  - dense: 20
  - batchnorm
  - relu
  - residual: [dense: 20, relu, sigmoid]
  - repeat: { times: 2, layers: [dense: 20, relu: { name: act }] }
  - dense: 10
train: { learningRate: 0.1, steps: 500 }
`;

function network(text: string, variant: string): Network {
  const file = readNetworkFile(text);
  assert.deepEqual(file.diagnostics, []);
  const { diagnostics, network } = resolveVariant(file, variant, mnist);
  assert.deepEqual(diagnostics, []);
  return network!;
}

const layers = (variant: string) =>
  network(`${deep}variants:\n  v: ${variant}\n`, 'v').layers.map(({ name, kind }) =>
    name.startsWith(kind) ? name : `${name}=${kind}`,
  );

test('a kind is replaced wherever it stands; all others keep their names', () => {
  assert.deepEqual(layers('{ replace: { relu: tanh } }'), [
    ...['dense1', 'batchnorm1', 'tanh1', 'dense2', 'tanh2', 'sigmoid1', 'residual1=add'],
    ...['dense3', 'act-1=tanh', 'dense4', 'act-2=tanh', 'dense5'],
  ]);
});

test('a name that another layer has is left to it', () => {
  assert.deepEqual(layers('{ replace: { relu: sigmoid } }').slice(2, 6), [
    ...['sigmoid2', 'dense2', 'sigmoid3', 'sigmoid1'],
  ]);
});

test('one layer, or the copies of one, can be replaced by name, which goes before the kind', () => {
  const replaced = layers('{ replace: { relu: tanh, relu2: { leaky-relu: 0.2 }, act: gelu } }');
  assert.deepEqual(
    replaced.filter((name) => !name.startsWith('dense')),
    ['batchnorm1', 'tanh1', 'leaky-relu2', 'sigmoid1', 'residual1=add', 'act-1=gelu', 'act-2=gelu'],
  );
});

test('options of a replacement count, and what is removed is not replaced', () => {
  const variant = '{ remove: sigmoid, replace: { relu: { leaky-relu: 0.2 }, sigmoid: tanh } }';
  const found = network(`${deep}variants:\n  v: ${variant}\n`, 'v').layers;
  assert.deepEqual(
    found.flatMap((layer) => (layer.kind === 'leaky-relu' ? [layer.slope] : [])),
    [0.2, 0.2, 0.2, 0.2],
  );
  assert.ok(found.every(({ kind }) => kind !== 'tanh' && kind !== 'sigmoid'));
});

test('replacing batch normalization gives the layer before it a bias', () => {
  const { layers } = network(`${deep}variants:\n  v: { replace: { batchnorm: layernorm } }\n`, 'v');
  assert.deepEqual(
    layers.slice(0, 2).map((layer) => ('bias' in layer ? layer.bias : layer.name)),
    [true, 'layernorm1'],
  );
});

test('what is not replaced starts from the same weights', () => {
  const text = `${deep}variants:\n  v: { replace: { relu: sigmoid } }\n`;
  const [base, replaced] = ['base', 'v'].map((name) => initialWeights(network(text, name)));
  assert.deepEqual(base, replaced);
});

test('a layer in the place of another has its line', () => {
  const file = readNetworkFile(`${deep}variants:\n  v: { replace: { relu: tanh } }\n`);
  const { lines } = resolveVariant(file, 'v', mnist);
  assert.deepEqual([lines.get('tanh1'), lines.get('tanh2'), lines.get('act-2')], [4, 5, 6]);
});

const grid = `${deep}variants:
  plain: { remove: batchnorm }
  with:
    grid:
      learningRate: [0.1, 5x]
      initialization: [he, { gaussian: 0.01 }, glorot]
    train: { steps: 700 }
  tail: { train: { seed: 5 } }
initialization: { gaussian: 0.1 }
`;

test('a grid stands for every combination, the first axis varying slowest', () => {
  const file = readNetworkFile(grid);
  assert.deepEqual(checkNetworkFile(file, mnist), []);
  const cells = ['0.1', '5x'].flatMap((rate, i) =>
    ['he', 'gaussian0.01', 'glorot'].map((drawn, j) => ({
      variant: `with-lr${rate}-${drawn}`,
      at: [i, j],
    })),
  );
  assert.deepEqual(file.grids, [
    {
      name: 'with',
      axes: [
        { key: 'learningRate', values: ['0.1', '5x'] },
        { key: 'initialization', values: ['he', 'gaussian: 0.01', 'glorot'] },
      ],
      cells,
    },
  ]);
  const names = cells.map(({ variant }) => variant);
  assert.deepEqual(
    file.variants.map(({ name }) => name),
    ['base', 'plain', ...names, 'tail'],
  );
  assert.deepEqual(
    variantEntries(file).map(({ name, variants, range }) => [name, variants, range.start.line]),
    [
      ['plain', ['plain'], 10],
      ['with', names, 11],
      ['tail', ['tail'], 16],
    ],
  );
});

test('a combination has its own values, what the variant gives, and else the base', () => {
  const { train, initialization } = network(grid, 'with-lr5x-gaussian0.01');
  assert.equal(train.learningRate, 0.5);
  assert.equal(train.steps, 700);
  assert.equal(train.batchSize, 60);
  assert.deepEqual(initialization, { kind: 'gaussian', deviation: 0.01 });
  assert.deepEqual(network(grid, 'with-lr0.1-he').initialization, { kind: 'he' });
});

test('a grid takes batch sizes, seeds, optimizers and deviations, and multiples of each number', () => {
  const text = `${deep}initialization: { gaussian: 0.1 }
variants:
  g:
    remove: batchnorm
    grid:
      deviation: [1x, 0.5]
      batchSize: [8, 2x]
      seed: [3]
      optimizer: [adam, { sgd: { momentum: 0.9 } }]
`;
  const { layers, train, initialization } = network(
    text,
    'g-gaussian1x-batch2x-seed3-sgd-momentum0.9',
  );
  assert.ok(layers.every(({ kind }) => kind !== 'batchnorm'));
  assert.deepEqual(initialization, { kind: 'gaussian', deviation: 0.1 });
  assert.equal(train.batchSize, 120);
  assert.equal(train.seed, 3);
  assert.deepEqual(train.optimizer, {
    ...{ kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 },
  });
  assert.equal(network(text, 'g-gaussian0.5-batch8-seed3-adam').train.optimizer.kind, 'adam');
});

test('what is wrong with all combinations is said once, what with one at its value', () => {
  const text = `data: iris
network: [dense: 3]
variants:
  g: { grid: { seed: [1, 2], batchSize: [8, ⟦500⟧] } }
`;
  const { text: bare, range } = unmark(text);
  assert.deepEqual(checkNetworkFile(readNetworkFile(bare), iris), [
    {
      range,
      severity: 'error',
      code: 'batch-above-data',
      message:
        'variant g-seed1-batch500: train.batchSize: expected at most the 120 training examples of iris, found 500',
    },
  ]);
});

const file = (variant: string) =>
  `data: iris\nnetwork: [dense: 8, relu, dense: 3]\nvariants:\n  ${variant}\n`;

const bad: readonly (readonly [marked: string, code: string, message: string])[] = [
  [
    file('a: { replace: { ⟦rellu⟧: sigmoid } }'),
    'unknown-name',
    'variant a: replace: no layer is or is called "rellu"; did you mean "relu"?',
  ],
  [
    file('a: { replace: { relu: ⟦sigmod⟧ } }'),
    'unknown-layer',
    'variants.a.replace.relu: unknown layer "sigmod"; did you mean "sigmoid"?',
  ],
  [
    file('a: { replace: { relu: { tanh: { name: ⟦mine⟧ } } } }'),
    'replace-name',
    'variants.a.replace.relu.tanh.name: a layer in the place of another keeps its name; remove name',
  ],
  [
    file('a: { replace: { relu: { leaky-relu: ⟦7⟧ } } }'),
    'out-of-range',
    'variants.a.replace.relu.leaky-relu.slope: expected a number from 0 to 1, found 7',
  ],
  [
    file('a: { replace: ⟦relu⟧ }'),
    'wrong-type',
    'variants.a.replace: expected a map such as { relu: sigmoid }, found "relu"',
  ],
  [
    file('a: { replace: { relu: ⟦{ conv2d: { filters: 4, kernel: 3 } }⟧ } }'),
    'shape-mismatch',
    'variant a: conv2d1: expected an input of [channels, height, width], found [8]; use dense here, or put it before what made one row of numbers',
  ],
  [
    file('a: { grid: ⟦{}⟧ }'),
    'out-of-range',
    'variants.a.grid: expected a list of values to try, such as learningRate: [0.1, 0.5], found none',
  ],
  [
    file('a: { grid: { learningRate: ⟦0.1⟧ } }'),
    'wrong-type',
    'variants.a.grid.learningRate: expected a list such as [0.1, 0.5, 5x], found 0.1',
  ],
  [
    file('a: { grid: { ⟦learnRate⟧: [0.1] } }'),
    'unknown-field',
    'variants.a.grid: unknown field "learnRate"; did you mean "learningRate"?',
  ],
  [
    file('a: { grid: { seed: [1, ⟦-1⟧] } }'),
    'out-of-range',
    'variants.a.grid.seed.1: expected a whole number from 0 to 4,294,967,295, found -1',
  ],
  [
    file('a: { grid: { initialization: [he, ⟦hee⟧] } }'),
    'unknown-initialization',
    'variants.a.grid.initialization.1: unknown initialization "hee"; did you mean "he"?',
  ],
  [
    file('a: { grid: { deviation: [0.1, ⟦5x⟧] } }'),
    'multiple',
    'variants.a.grid.deviation.1: 5x multiplies the value of the base, which has none here; write a number',
  ],
  [
    file('a: { grid: { initialization: [he], deviation: ⟦[1]⟧ } }'),
    'out-of-range',
    'variants.a.grid.deviation: deviation and initialization both say how weights are drawn; keep one',
  ],
  [
    file('a: { grid: { seed: [⟦1⟧, 2] }, train: { seed: 3 } }'),
    'given-twice',
    'variants.a: seed is given here and under grid; keep one',
  ],
  [
    file('⟦a⟧: { grid: { seed: [1, 2, 1] } }'),
    'reserved-name',
    'variants.a: a-seed1: two combinations have this name; list each value once',
  ],
  [
    file('A-seed1: {}\n  ⟦a⟧: { grid: { seed: [1] } }'),
    'reserved-name',
    'variants.a: a-seed1: expected a name that differs from A-seed1 by more than its case; choose another',
  ],
  [
    file(`⟦${'a'.repeat(60)}⟧: { grid: { seed: [1] } }`),
    'variant-name',
    `variants.${'a'.repeat(60)}: ${'a'.repeat(60)}-seed1: expected a name of at most 64 characters, found 66; give the grid a shorter name`,
  ],
  [
    file(
      `a: { ⟦grid⟧: { seed: [${Array.from({ length: 101 }, (_, i) => i)}], batchSize: [8, 9] } }`,
    ),
    'out-of-range',
    'variants.a.grid: expected at most 200 variants in all, found 202, 202 of them of this grid; list fewer values',
  ],
];

for (const [marked, code, message] of bad) {
  test(`${code}: ${JSON.stringify(marked.slice(60, 160))}`, () => {
    const { text, range } = unmark(marked);
    assert.deepEqual(checkNetworkFile(readNetworkFile(text), iris), [
      { range, severity: 'error', code, message },
    ]);
  });
}
