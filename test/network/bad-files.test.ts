/** Reading files that are wrong: every message, and the exact range it stands at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { told, unmark } from './marked.ts';

const kinds =
  'dense, conv2d, conv1d, batchnorm, sigmoid, tanh, relu, leaky-relu, softplus, gelu, silu, softmax, maxpool, avgpool, global-avgpool, layernorm, groupnorm, lrn, dropout, flatten, concat, residual or repeat';
const begin = 'begin with "data: mnist" and a list of layers under "network:"';

/** A file around one wrong layer, training field or variant. */
const layer = (entry: string) => `data: iris\nnetwork:\n  - ${entry}\n  - dense: 3\n`;
const train = (fields: string) => `data: iris\nnetwork: [dense: 3]\ntrain:\n  ${fields}\n`;
const data = (source: string) => `data: ${source}\nnetwork: [dense: 3]\n`;
const variant = (content: string) =>
  `data: iris\nnetwork: [dense: 3]\ntrain: { learningRate: 0.1 }\nvariants:\n  ${content}\n`;

interface Bad {
  readonly marked: string;
  readonly code: string;
  readonly message: string;
}

const files: readonly Bad[] = [
  // Not a network file at all.
  { marked: '⟦⟧', code: 'empty', message: `the file is empty; ${begin}` },
  { marked: '⟦⟧ \n\n', code: 'empty', message: `the file is empty; ${begin}` },
  { marked: '⟦# only a comment⟧\n', code: 'empty', message: `the file says nothing; ${begin}` },
  {
    marked: '⟦- dense: 3⟧\n- relu\n',
    code: 'not-a-map',
    message: `expected fields such as "data:" and "network:", found a list; ${begin}`,
  },
  {
    marked: '⟦hello⟧',
    code: 'not-a-map',
    message: `expected fields such as "data:" and "network:", found "hello"; ${begin}`,
  },
  {
    marked: '⟦network⟧: [dense: 3]\n',
    code: 'missing-field',
    message: 'data is missing: what to train on; add data: mnist',
  },
  {
    marked: '⟦data⟧: iris\n',
    code: 'missing-field',
    message: 'network is missing: the list of layers; add network: and a line such as - dense: 10',
  },
  {
    marked: 'data: iris\n⟦netwrok⟧: []\nnetwork: [dense: 3]\n',
    code: 'unknown-field',
    message: 'unknown field "netwrok"; did you mean "network"?',
  },
  {
    marked: 'data: iris\nnetwork: [dense: 3]\n⟦remove⟧: x\n',
    code: 'unknown-field',
    message:
      'unknown field "remove"; expected data, network, initialization, loss, train, variants or report',
  },

  // Not YAML.
  {
    marked: 'data: iris\nnetwork: [dense: 3\n⟦t⟧rain: {}\n',
    code: 'yaml',
    message: 'Flow sequence in block collection must be sufficiently indented and end with a ]',
  },
  {
    marked: 'data:\n⟦\t⟧mnist: {}\nnetwork: [dense: 3]\n',
    code: 'yaml',
    message: 'a tab cannot indent YAML; use spaces',
  },
  {
    marked: 'data: iris\nnetwork: [dense: 3]\n⟦data⟧: mnist\n',
    code: 'yaml',
    message: 'data is given twice; keep one',
  },
  {
    marked: 'data: ⟦*nowhere⟧\nnetwork: [dense: 3]\n',
    code: 'yaml',
    message: '*nowhere refers to nothing: no value above is marked &nowhere',
  },
  {
    marked: 'data: iris\nnetwork: [dense: 3]\n⟦---⟧\ndata: iris\n',
    code: 'yaml',
    message: 'a network file holds one document; remove this line and what follows',
  },

  // Layers.
  {
    marked: 'data: iris\nnetwork:\n  ⟦dense: 3⟧\n',
    code: 'wrong-type',
    message:
      'network: expected a list of layers, found a map; write each on a line of its own, after "- "',
  },
  {
    marked: 'data: iris\nnetwork: ⟦[]⟧\n',
    code: 'wrong-type',
    message:
      'network: expected a list of layers, found an empty list; write each on a line of its own, after "- "',
  },
  {
    marked: 'data: iris\n⟦network⟧:\n',
    code: 'wrong-type',
    message:
      'network: expected a list of layers, found nothing; write each on a line of its own, after "- "',
  },
  {
    marked: layer('⟦batchnrom⟧'),
    code: 'unknown-layer',
    message: 'layer 1: unknown layer "batchnrom"; did you mean "batchnorm"?',
  },
  {
    marked: layer('⟦LeakyReLU⟧: 0.1'),
    code: 'unknown-layer',
    message: 'layer 1: unknown layer "LeakyReLU"; did you mean "leaky-relu"?',
  },
  {
    marked: layer('⟦transformer⟧'),
    code: 'unknown-layer',
    message: `layer 1: unknown layer "transformer"; expected ${kinds}`,
  },
  {
    marked: layer('⟦constructor⟧'),
    code: 'unknown-layer',
    message: `layer 1: unknown layer "constructor"; expected ${kinds}`,
  },
  {
    marked: layer('⟦7⟧'),
    code: 'wrong-type',
    message: `layer 1: expected ${kinds}, found 7`,
  },
  {
    marked: layer('{ dense: 100, ⟦name⟧: first }'),
    code: 'unknown-field',
    message: 'layer 1: name stands beside dense; options go inside: dense: { name: … }',
  },
  {
    marked: layer('⟦dense⟧'),
    code: 'missing-field',
    message:
      'dense1: units is missing, expected a whole number from 1 to 65,536 (number of outputs)',
  },
  {
    marked: layer('dense: ⟦many⟧'),
    code: 'wrong-type',
    message: 'dense1.units: expected a whole number from 1 to 65,536, found "many"',
  },
  {
    marked: layer('dense: ⟦0⟧'),
    code: 'out-of-range',
    message: 'dense1.units: expected a whole number from 1 to 65,536, found 0',
  },
  {
    marked: layer('dense: ⟦100000⟧'),
    code: 'out-of-range',
    message: 'dense1.units: expected a whole number from 1 to 65,536, found 100000',
  },
  {
    marked: layer('dense: { units: ⟦2.5⟧ }'),
    code: 'wrong-type',
    message: 'dense1.units: expected a whole number from 1 to 65,536, found 2.5',
  },
  {
    marked: layer('dense: { units: 4, bias: ⟦"no"⟧ }'),
    code: 'wrong-type',
    message: 'dense1.bias: expected true or false, found "no"',
  },
  {
    marked: layer('batchnorm: { ⟦eps⟧: 0.1 }'),
    code: 'unknown-field',
    message:
      'batchnorm1: unknown field "eps"; expected name, epsilon, momentum, state, statistics or learningRate',
  },
  {
    marked: layer('batchnorm: { ⟦momentom⟧: 0.1 }'),
    code: 'unknown-field',
    message: 'batchnorm1: unknown field "momentom"; did you mean "momentum"?',
  },
  {
    marked: layer('batchnorm: { momentum: ⟦0⟧ }'),
    code: 'out-of-range',
    message: 'batchnorm1.momentum: expected a number above 0 and at most 1, found 0',
  },
  {
    marked: layer('batchnorm: { epsilon: ⟦.nan⟧ }'),
    code: 'wrong-type',
    message: 'batchnorm1.epsilon: expected a number above 0 and at most 1, found NaN',
  },
  {
    marked: layer('batchnorm: ⟦0.9⟧'),
    code: 'wrong-type',
    message:
      'batchnorm1: expected a map with name, epsilon, momentum, state, statistics or learningRate, found 0.9',
  },
  {
    marked: layer('dropout: ⟦1⟧'),
    code: 'out-of-range',
    message: 'dropout1.rate: expected a number from 0 to below 1, found 1',
  },
  {
    marked: layer('relu: { name: ⟦first layer⟧ }'),
    code: 'wrong-type',
    message:
      'first layer.name: expected a letter followed by letters, digits, "-" or "_", at most 64 in all, found "first layer"',
  },
  {
    marked: 'data: iris\nnetwork: [dense: { units: 3, name: a }, relu: { name: ⟦a⟧ }]\n',
    code: 'duplicate-name',
    message: 'a: layer 1 has this name too; choose another',
  },
  {
    marked: 'data: iris\nnetwork: [dense: { units: 3, name: ⟦dense2⟧ }, dense: 3]\n',
    code: 'duplicate-name',
    message: 'dense2: layer 2 has this name too; choose another',
  },

  // Initialization and loss.
  {
    marked: `${layer('relu')}initialization: ⟦gaussian⟧\n`,
    code: 'missing-field',
    message:
      'initialization.gaussian: deviation is missing, expected a number above 0 and at most 100 (standard deviation of the weights)',
  },
  {
    marked: `${layer('relu')}initialization: { ⟦gausian⟧: 0.1 }\n`,
    code: 'unknown-initialization',
    message: 'initialization: unknown initialization "gausian"; did you mean "gaussian"?',
  },
  {
    marked: `${layer('relu')}loss: ⟦cross-entropy⟧\n`,
    code: 'wrong-type',
    message:
      'loss: expected softmax-cross-entropy, binary-cross-entropy or mse, found "cross-entropy"',
  },

  // Training.
  {
    marked: train('⟦learnignRate⟧: 0.1'),
    code: 'unknown-field',
    message: 'train: unknown field "learnignRate"; did you mean "learningRate"?',
  },
  {
    marked: train('learningRate: ⟦5x⟧'),
    code: 'wrong-type',
    message:
      'train.learningRate: expected a number above 0 and at most 1,000, found "5x"; a multiple is for variants only',
  },
  {
    marked: train('⟦learningRate⟧:'),
    code: 'wrong-type',
    message: 'train.learningRate: expected a number above 0 and at most 1,000, found nothing',
  },
  {
    marked: train('optimizer: ⟦adma⟧'),
    code: 'unknown-optimizer',
    message: 'train.optimizer: unknown optimizer "adma"; did you mean "adam"?',
  },
  {
    marked: train('optimizer: { adam: { ⟦momentum⟧: 0.9 } }'),
    code: 'unknown-field',
    message:
      'train.optimizer.adam: unknown field "momentum"; expected beta1, beta2, epsilon, weightDecay or weightDecayOn',
  },
  {
    marked: train('optimizer: { sgd: { nesterov: ⟦true⟧ } }'),
    code: 'out-of-range',
    message: 'train.optimizer.sgd.nesterov: Nesterov needs a momentum above 0; add momentum: 0.9',
  },
  {
    marked: train('schedule: { ⟦step⟧: { factor: 0.5 } }'),
    code: 'missing-field',
    message:
      'train.schedule.step: every is missing, expected a whole number from 1 to 1,000,000,000 (steps between two changes)',
  },
  {
    marked: train('batchSize: ⟦1.5⟧'),
    code: 'wrong-type',
    message: 'train.batchSize: expected a whole number from 1 to 65,536, found 1.5',
  },
  {
    marked: train('steps: ⟦2000000000⟧'),
    code: 'out-of-range',
    message: 'train.steps: expected a whole number from 1 to 1,000,000,000, found 2000000000',
  },
  {
    marked: train('steps: 10\n  epochs: ⟦2⟧'),
    code: 'out-of-range',
    message: 'train.epochs: steps and epochs are both given; keep one',
  },
  {
    marked: train('shuffle: ⟦yes⟧'),
    code: 'wrong-type',
    message: 'train.shuffle: expected true or false, found "yes"',
  },
  {
    marked: 'data: iris\nnetwork: [dense: 3]\ntrain: ⟦fast⟧\n',
    code: 'wrong-type',
    message:
      'train: expected a map with optimizer, learningRate, schedule, warmup, batchSize, steps, epochs, seed, evaluateEvery, shuffle, clipGradient, labelSmoothing, earlyStopping, augmentation or probe, found "fast"',
  },

  {
    marked: train('clipGradient: ⟦0⟧'),
    code: 'out-of-range',
    message: 'train.clipGradient: expected a number above 0 and at most 1,000,000, found 0',
  },
  {
    marked: train('labelSmoothing: ⟦1⟧'),
    code: 'out-of-range',
    message: 'train.labelSmoothing: expected a number from 0 to below 1, found 1',
  },
  {
    marked: train('⟦earlyStopping⟧: {}'),
    code: 'missing-field',
    message:
      'train.earlyStopping: patience is missing, expected a whole number from 1 to 1,000,000 (evaluations in a row without a smaller loss after which training ends)',
  },
  {
    marked: train('earlyStopping: ⟦5⟧'),
    code: 'wrong-type',
    message: 'train.earlyStopping: expected a map with patience, found 5',
  },
  {
    marked: train('augmentation: { ⟦rotate⟧: 10 }'),
    code: 'unknown-field',
    message: 'train.augmentation: unknown field "rotate"; expected shift, flip or crop',
  },
  {
    marked: train('optimizer: { rmsprop: { ⟦alpha⟧: 0.9 } }'),
    code: 'unknown-field',
    message:
      'train.optimizer.rmsprop: unknown field "alpha"; expected decay, epsilon, momentum, weightDecay or weightDecayOn',
  },

  // Data.
  {
    marked: data('⟦mnits⟧'),
    code: 'unknown-data-set',
    message: 'data: unknown data set "mnits"; did you mean "mnist"?',
  },
  {
    marked: data('{ ⟦csv⟧: { path: a.csv } }'),
    code: 'missing-field',
    message:
      'data.csv: label is missing, expected a text (name of the column to predict, as the header line has it)',
  },
  {
    marked: data('{ csv: { path: a.csv, label: ⟦2020⟧ } }'),
    code: 'wrong-type',
    message: 'data.csv.label: expected a text, found 2020; put it in quotes',
  },
  {
    marked: data('{ csv: { path: a.csv, label: y, features: ⟦[x, y]⟧ } }'),
    code: 'out-of-range',
    message:
      'data.csv.features: the label is among the features; the network would be told the answer',
  },
  {
    marked: data('{ iris: { test: ⟦0⟧ } }'),
    code: 'out-of-range',
    message: 'data.iris.test: expected a number above 0 to below 1, found 0',
  },
  {
    marked: data('{ iris: { test: 0.5, validation: ⟦0.5⟧ } }'),
    code: 'out-of-range',
    message:
      'data.iris.validation: test and validation together leave nothing to train on; their sum has to be below 1',
  },
  {
    marked: data('{ mnist: { examples: ⟦60001⟧ } }'),
    code: 'out-of-range',
    message: 'data.mnist.examples: expected a whole number from 10 to 60,000, found 60001',
  },
  {
    marked: train('schedule: { constant: { ⟦every⟧: 1 } }'),
    code: 'unknown-field',
    message: 'train.schedule.constant: unknown field "every"; expected no options',
  },
  {
    marked: data('{ spirals: { classes: ⟦1⟧ } }'),
    code: 'out-of-range',
    message: 'data.spirals.classes: expected a whole number from 2 to 10, found 1',
  },

  {
    marked: data('{ images: { path: a, channels: ⟦4⟧ } }'),
    code: 'wrong-type',
    message: 'data.images.channels: expected 1 (grey) or 3 (colour), found 4',
  },
  {
    marked: data('{ images: { path: a, size: ⟦big⟧ } }'),
    code: 'wrong-type',
    message:
      'data.images.size: expected a whole number of pixels from 1 to 1,024, or two as [height, width], found "big"',
  },
  {
    marked: data('{ ⟦npz⟧: { path: a, inputs: x } }'),
    code: 'missing-field',
    message:
      'data.npz: targets is missing, expected a text (name of the array of the training targets)',
  },
  {
    marked: data('{ npz: { path: a, inputs: x, targets: y, testInputs: ⟦z⟧ } }'),
    code: 'out-of-range',
    message: 'data.npz.testInputs: test inputs come with test targets; add testTargets',
  },
  {
    marked: data('{ mnist: { seed: ⟦2⟧ } }'),
    code: 'out-of-range',
    message:
      'data.mnist.seed: a seed decides which examples are drawn, and here all are; add examples, or remove seed',
  },

  // Variants.
  {
    marked: 'data: iris\nnetwork: [dense: 3]\nvariants: ⟦[a]⟧\n',
    code: 'wrong-type',
    message: 'variants: expected a map of variants by name, found a list',
  },
  {
    marked: variant('⟦base⟧: { remove: dense }'),
    code: 'reserved-name',
    message: 'variants.base: this name stands for the network as written; choose another',
  },
  {
    marked: variant('⟦../up⟧: { remove: dense }'),
    code: 'variant-name',
    message:
      'variants: expected a name of letters and digits, with "-", "_" or "." between them, at most 64 in all, found "../up"',
  },
  {
    marked: variant('⟦end.⟧: { remove: dense }'),
    code: 'variant-name',
    message:
      'variants: expected a name of letters and digits, with "-", "_" or "." between them, at most 64 in all, found "end."',
  },
  {
    marked: variant('⟦nul.2⟧: { remove: dense }'),
    code: 'reserved-name',
    message: 'variants.nul.2: this name stands for a device of Windows; choose another',
  },
  {
    marked: variant('⟦Base⟧: { remove: dense }'),
    code: 'reserved-name',
    message:
      'variants.Base: expected a name that differs from base by more than its case; choose another',
  },
  {
    marked: variant('⟦a⟧:'),
    code: 'wrong-type',
    message: 'variants.a: expected what is different, such as remove: batchnorm, found nothing',
  },
  {
    marked: variant('a: { ⟦removes⟧: dense }'),
    code: 'unknown-field',
    message: 'variants.a: unknown field "removes"; did you mean "remove"?',
  },
  {
    marked: variant('a: { network: [dense: ⟦x⟧] }'),
    code: 'wrong-type',
    message: 'variants.a.dense1.units: expected a whole number from 1 to 65,536, found "x"',
  },
  {
    marked: variant('a: { train: { learningRate: ⟦20000x⟧ } }'),
    code: 'out-of-range',
    message:
      'variants.a.train.learningRate: expected a number above 0 and at most 1,000, found 2000',
  },
  {
    marked: variant('a: { train: { batchSize: ⟦0.01x⟧ } }'),
    code: 'wrong-type',
    message: 'variants.a.train.batchSize: expected a whole number from 1 to 65,536, found 0.6',
  },
  {
    marked: variant('a: { train: { epochs: ⟦2x⟧ } }'),
    code: 'multiple',
    message:
      'variants.a.train.epochs: 2x multiplies the value of the base, which has none here; write a number',
  },
  {
    marked: variant('a: { train: { optimizer: { adam: { beta1: ⟦0.5x⟧ } } } }'),
    code: 'multiple',
    message:
      'variants.a.train.optimizer.adam.beta1: 0.5x multiplies the value of the base, which has none here; write a number',
  },
];

for (const { marked, code, message } of files) {
  test(`${code}: ${JSON.stringify(marked)}`, () => {
    const { text, range } = unmark(marked);
    assert.deepEqual(told(readNetworkFile(text).diagnostics), [
      { range, severity: 'error', code, message },
    ]);
  });
}

test('a file too long for a network says so', () => {
  const { diagnostics } = readNetworkFile(`data: iris\n${'# more\n'.repeat(40_000)}`);
  assert.deepEqual(
    diagnostics.map(({ message }) => message),
    [
      'The file has 280,011 characters, a network file at most 200,000: keep data in a file of its own and name it under data',
    ],
  );
});

test('several errors are told in the order of the file', () => {
  const { diagnostics } = readNetworkFile(`data: iris
network:
  - dens: 3
  - relu: { slope: 1 }
train: { steps: 0, batchSize: 0 }
lost: mse
`);
  assert.deepEqual(
    diagnostics.map(({ range }) => [range.start.line, range.start.character]),
    [
      [2, 4],
      [3, 12],
      [4, 16],
      [4, 30],
      [5, 0],
    ],
  );
});
