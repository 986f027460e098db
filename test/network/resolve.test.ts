/** Putting base and variants together: shapes, parameters, defaults, removals, multiples. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { resolveVariant } from '../../sidecar/network/resolve.ts';
import type { DataSummary, Network, Train } from '../../sidecar/network/types.ts';
import { iris, mnist, moons, prices } from './summaries.ts';

/** The network of a file without errors. */
function network(text: string, variant: string, data: DataSummary): Network {
  const file = readNetworkFile(text);
  assert.deepEqual(file.diagnostics, []);
  const resolved = resolveVariant(file, variant, data);
  assert.deepEqual(resolved.diagnostics, []);
  return resolved.network!;
}

const train = (fields: string, data = iris): Train =>
  network(`data: iris\nnetwork: [dense: 3]\ntrain: { ${fields} }\n`, 'base', data).train;

/** What training does without unless it is asked for. */
const plain = {
  ...{ clipGradient: null, labelSmoothing: 0, earlyStopping: null, augmentation: null },
  probe: 'gradients',
};

const paper = `data: mnist
network:
  - dense: 100
  - batchnorm
  - sigmoid
  - dense: 100
  - batchnorm
  - sigmoid
  - dense: 10
train: { optimizer: { sgd: { momentum: 0.9 } }, schedule: { step: { every: 100 } }, steps: 500 }
initialization: { gaussian: 0.1 }
variants:
  without: { remove: batchnorm }
  without-second: { remove: [batchnorm2, sigmoid1] }
  faster:
    initialization: { gaussian: 0.5x }
    train:
      learningRate: 5x
      batchSize: 2x
      steps: 3x
      optimizer: { sgd: { momentum: 0.5x } }
      schedule: { step: { every: 0.1x, factor: 2x } }
  other-optimizer: { train: { optimizer: adam } }
  longer: { train: { epochs: 2 } }
  shallow:
    network:
      - dense: { units: 10, name: out }
`;

test('the network of the design has its shapes, and no bias before batchnorm', () => {
  const { input, layers, loss, initialization } = network(paper, 'base', mnist);
  assert.deepEqual(input, [1, 28, 28]);
  assert.deepEqual(layers[0], {
    kind: 'dense',
    name: 'dense1',
    units: 100,
    bias: false,
    inputs: ['input'],
    learningRate: 1,
    input: [1, 28, 28],
    output: [100],
  });
  assert.deepEqual(layers[1], {
    kind: 'batchnorm',
    name: 'batchnorm1',
    epsilon: 1e-5,
    momentum: 0.1,
    state: 'train',
    statistics: 'moving',
    inputs: ['dense1'],
    learningRate: 1,
    input: [100],
    output: [100],
  });
  assert.deepEqual(layers.at(-1), {
    kind: 'dense',
    name: 'dense3',
    units: 10,
    bias: true,
    inputs: ['sigmoid2'],
    learningRate: 1,
    input: [100],
    output: [10],
  });
  assert.equal(loss, 'softmax-cross-entropy');
  assert.deepEqual(initialization, { kind: 'gaussian', deviation: 0.1 });
});

test('lines and parameters are told by layer', () => {
  const { lines, parameters } = resolveVariant(readNetworkFile(paper), 'base', mnist);
  assert.deepEqual(
    [...lines],
    [
      ['dense1', 2],
      ['batchnorm1', 3],
      ['sigmoid1', 4],
      ['dense2', 5],
      ['batchnorm2', 6],
      ['sigmoid2', 7],
      ['dense3', 8],
    ],
  );
  assert.deepEqual(
    [...parameters],
    [
      ['dense1', 784 * 100],
      ['batchnorm1', 200],
      ['sigmoid1', 0],
      ['dense2', 100 * 100],
      ['batchnorm2', 200],
      ['sigmoid2', 0],
      ['dense3', 100 * 10 + 10],
    ],
  );
});

test('removing a kind gives its dense layers a bias and renames nothing', () => {
  const { layers } = network(paper, 'without', mnist);
  assert.deepEqual(
    layers.map((layer) => [layer.name, layer.kind === 'dense' && layer.bias]),
    [
      ['dense1', true],
      ['sigmoid1', false],
      ['dense2', true],
      ['sigmoid2', false],
      ['dense3', true],
    ],
  );
});

test('removing layers by name leaves the others of their kind', () => {
  const { layers } = network(paper, 'without-second', mnist);
  assert.deepEqual(
    layers.map((layer) => [layer.name, layer.kind === 'dense' && layer.bias]),
    [
      ['dense1', false],
      ['batchnorm1', false],
      ['dense2', true],
      ['sigmoid2', false],
      ['dense3', true],
    ],
  );
});

test('multiples multiply what the base has, defaults included', () => {
  const { train: faster, initialization } = network(paper, 'faster', mnist);
  assert.deepEqual(initialization, { kind: 'gaussian', deviation: 0.05 });
  assert.deepEqual(faster, {
    optimizer: { kind: 'sgd', momentum: 0.45, nesterov: false, weightDecay: 0 },
    learningRate: 0.5,
    schedule: { kind: 'step', every: 10, factor: 0.2, warmup: 0 },
    batchSize: 120,
    steps: 1500,
    seed: 1,
    evaluateEvery: 30,
    shuffle: true,
    ...plain,
  });
});

test('3x of 0.1 is 0.3, without a rounding error', () => {
  const text = `data: iris
network: [dense: 3]
train: { learningRate: 0.1 }
variants: { a: { train: { learningRate: 3x } } }
`;
  assert.equal(network(text, 'a', iris).train.learningRate, 0.3);
});

test('a variant replaces an optimizer whole, and its usual learning rate follows', () => {
  const { optimizer, learningRate, steps } = network(paper, 'other-optimizer', mnist).train;
  assert.deepEqual(optimizer, {
    kind: 'adam',
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
  });
  assert.deepEqual([learningRate, steps], [0.001, 500]);
});

test('epochs of a variant take the place of the steps of the base', () => {
  assert.equal(network(paper, 'longer', mnist).train.steps, 2000);
});

test("a variant's own network has names and lines of its own", () => {
  const { network: shallow, lines } = resolveVariant(readNetworkFile(paper), 'shallow', mnist);
  assert.deepEqual(
    shallow!.layers.map(({ name }) => name),
    ['out'],
  );
  assert.deepEqual([...lines], [['out', 26]]);
});

test('train has defaults for all it can do without', () => {
  assert.deepEqual(train(''), {
    optimizer: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 },
    learningRate: 0.1,
    schedule: { kind: 'constant', warmup: 0 },
    batchSize: 60,
    steps: 1000,
    seed: 1,
    evaluateEvery: 20,
    shuffle: true,
    ...plain,
  });
});

test('gradients are probed in networks of at most ten layers with weights, unless the file says', () => {
  const probed = (times: number, options = '') =>
    network(
      `data: iris\nnetwork: [{ repeat: { times: ${times}, layers: [dense: 4, relu] } }, dense: 3]\ntrain: { steps: 9${options} }\n`,
      'base',
      iris,
    ).train.probe;
  assert.equal(probed(9), 'gradients');
  assert.equal(probed(10), 'activations');
  assert.equal(probed(10, ', probe: gradients'), 'gradients');
});

const oneField: readonly [fields: string, expected: Partial<Train>][] = [
  ['steps: 10', { steps: 10, evaluateEvery: 1 }],
  ['evaluateEvery: 7', { evaluateEvery: 7 }],
  ['epochs: 3', { steps: 6 }],
  ['epochs: 0.5', { steps: 1 }],
  // 120 examples in batches of 50: the third batch reaches into the next epoch.
  ['epochs: 1, batchSize: 50', { steps: 3, batchSize: 50 }],
  ['batchSize: 120', { batchSize: 120 }],
  ['warmup: 9', { schedule: { kind: 'constant', warmup: 9 } }],
  ['schedule: cosine', { schedule: { kind: 'cosine', final: 0, warmup: 0 } }],
  [
    'schedule: { exponential: { every: 5, factor: 0.9 } }, warmup: 2',
    { schedule: { kind: 'exponential', every: 5, factor: 0.9, warmup: 2 } },
  ],
  ['shuffle: false', { shuffle: false }],
  ['clipGradient: 5', { clipGradient: 5 }],
  ['labelSmoothing: 0.1', { labelSmoothing: 0.1 }],
  ['earlyStopping: { patience: 3 }', { earlyStopping: { patience: 3 } }],
  // Nothing is changed: no augmentation, and no need of images.
  ['augmentation: { shift: 0 }', { augmentation: null }],
  ['probe: activations', { probe: 'activations' }],
  [
    'optimizer: adamw',
    {
      learningRate: 0.001,
      optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
    },
  ],
  [
    'optimizer: rmsprop',
    {
      learningRate: 0.01,
      optimizer: { kind: 'rmsprop', decay: 0.99, epsilon: 1e-8, momentum: 0, weightDecay: 0 },
    },
  ],
  [
    'optimizer: adagrad',
    { learningRate: 0.01, optimizer: { kind: 'adagrad', epsilon: 1e-10, weightDecay: 0 } },
  ],
  ['optimizer: adam', { learningRate: 0.001 }],
  ['optimizer: adam, learningRate: 0.01', { learningRate: 0.01 }],
];

for (const [fields, expected] of oneField) {
  test(`train: { ${fields} }`, () => {
    const actual = train(fields);
    const picked = Object.keys(expected).map((key) => [key, actual[key as keyof Train]]);
    assert.deepEqual(Object.fromEntries(picked), expected);
  });
}

test('images may be augmented, and a variant may do otherwise', () => {
  const text = `data: mnist
network: [dense: 10]
train: { augmentation: { shift: 2, crop: 4 } }
variants:
  mirrored: { train: { augmentation: { shift: 2x, flip: true } } }
  plain: { train: { augmentation: {} } }
`;
  const augmentation = (variant: string) => network(text, variant, mnist).train.augmentation;
  assert.deepEqual(augmentation('base'), { shift: 2, flip: false, crop: 4 });
  assert.deepEqual(augmentation('mirrored'), { shift: 4, flip: true, crop: 0 });
  assert.equal(augmentation('plain'), null);
});

test('where no batch size is written it is no larger than the data', () => {
  assert.equal(train('', { ...iris, trainExamples: 24 }).batchSize, 24);
});

test('the loss follows the data where none is written', () => {
  const text = 'data: iris\nnetwork: [dense: 1]\n';
  assert.equal(network(text, 'base', prices).loss, 'mse');
  const classes = 'data: moons\nnetwork: [dense: 2]\n';
  assert.equal(network(classes, 'base', moons).loss, 'softmax-cross-entropy');
});

test('two classes may be told by one value', () => {
  const text = 'data: moons\nnetwork: [dense: 1]\nloss: binary-cross-entropy\n';
  assert.deepEqual(network(text, 'base', moons).layers[0].output, [1]);
});

test('options of all layers and their defaults', () => {
  const text = `data: iris
network:
  - flatten
  - dense: { units: 5, bias: false }
  - leaky-relu
  - leaky-relu: 0.2
  - dropout
  - dropout: { rate: 0 }
  - batchnorm: { epsilon: 0.001, momentum: 0.5 }
  - tanh
  - softplus: { name: last }
  - dense: 3
`;
  const shape = { input: [5], output: [5] };
  const { layers } = network(text, 'base', iris);
  const chain = layers.map(({ inputs, learningRate, ...layer }, index) => {
    assert.deepEqual([inputs, learningRate], [[layers[index - 1]?.name ?? 'input'], 1]);
    return layer;
  });
  const batchnorm = { momentum: 0.5, state: 'train', statistics: 'moving' };
  assert.deepEqual(chain, [
    { kind: 'flatten', name: 'flatten1', input: [4], output: [4] },
    { kind: 'dense', name: 'dense1', units: 5, bias: false, input: [4], output: [5] },
    { kind: 'leaky-relu', name: 'leaky-relu1', slope: 0.01, ...shape },
    { kind: 'leaky-relu', name: 'leaky-relu2', slope: 0.2, ...shape },
    { kind: 'dropout', name: 'dropout1', rate: 0.5, ...shape },
    { kind: 'dropout', name: 'dropout2', rate: 0, ...shape },
    { kind: 'batchnorm', name: 'batchnorm1', epsilon: 0.001, ...batchnorm, ...shape },
    { kind: 'tanh', name: 'tanh1', ...shape },
    { kind: 'softplus', name: 'last', ...shape },
    { kind: 'dense', name: 'dense2', units: 3, bias: true, input: [5], output: [3] },
  ]);
});

test('an image keeps its shape until flatten or dense', () => {
  const text = 'data: mnist\nnetwork: [relu, flatten, batchnorm, dense: 10]\n';
  assert.deepEqual(
    network(text, 'base', mnist).layers.map(({ output }) => output),
    [[1, 28, 28], [784], [784], [10]],
  );
});

test('steps and seed of a command line win over epochs and defaults', () => {
  const file = readNetworkFile('data: iris\nnetwork: [dense: 3]\ntrain: { epochs: 9, seed: 4 }\n');
  const { network: overridden } = resolveVariant(file, 'base', iris, { steps: 100, seed: 7 });
  const { steps, seed, evaluateEvery } = overridden!.train;
  assert.deepEqual({ steps, seed, evaluateEvery }, { steps: 100, seed: 7, evaluateEvery: 2 });
});

test('without data, what needs no shapes is still told', () => {
  const file = readNetworkFile(paper);
  const { network: unknown, lines, parameters, diagnostics } = resolveVariant(file, 'base', null);
  assert.deepEqual(diagnostics, []);
  assert.equal(unknown, null);
  assert.equal(lines.size, 7);
  // The first layer's input is the data; every other layer's is known.
  assert.deepEqual(
    ['dense1', 'batchnorm1', 'dense2', 'dense3'].map((name) => parameters.get(name)),
    [undefined, 200, 10_000, 1010],
  );
});

test('a part that is wrong leaves no network to train, and says nothing twice', () => {
  const file = readNetworkFile('data: iris\nnetwork: [dense: x]\n');
  const { network: none, diagnostics } = resolveVariant(file, 'base', iris);
  assert.equal(none, null);
  assert.deepEqual(diagnostics, []);
});
