/** Networks that do not fit their data or themselves: every message, and the exact range it stands at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { checkNetworkFile, resolveVariant } from '../../sidecar/network/resolve.ts';
import type { DataSummary } from '../../sidecar/network/types.ts';
import { told, unmark } from './marked.ts';
import { iris, mnist, moons, prices } from './summaries.ts';

interface Misfit {
  readonly marked: string;
  readonly data: DataSummary | null;
  readonly code: string;
  readonly message: string;
  readonly severity?: 'warning';
}

const base = 'data: iris\nnetwork: [dense: 8, batchnorm, relu, dense: 3]\n';

const misfits: readonly Misfit[] = [
  {
    marked: 'data: mnist\nnetwork: [dense: 100, relu, dense: ⟦5⟧]\n',
    data: mnist,
    code: 'output-mismatch',
    message: 'dense2: the last layer gives 5 values, but mnist has 10 classes; write dense: 10',
  },
  {
    marked: 'data: mnist\nnetwork: [dense: { units: ⟦100⟧ }]\n',
    data: mnist,
    code: 'output-mismatch',
    message: 'dense1: the last layer gives 100 values, but mnist has 10 classes; write dense: 10',
  },
  {
    marked: 'data: mnist\nnetwork: [dense: 100, ⟦sigmoid⟧]\n',
    data: mnist,
    code: 'output-mismatch',
    message:
      'sigmoid1: the last layer gives 100 values, but mnist has 10 classes; end the network with - dense: 10',
  },
  {
    marked: 'data: moons\nnetwork: [dense: ⟦2⟧]\nloss: binary-cross-entropy\n',
    data: moons,
    code: 'output-mismatch',
    message:
      'dense1: the last layer gives 2 values, but binary-cross-entropy takes one value an example; write dense: 1',
  },
  {
    marked: 'data: iris\nnetwork: [dense: ⟦3⟧]\n',
    data: prices,
    code: 'output-mismatch',
    message:
      'dense1: the last layer gives 3 values, but mse takes one value an example; write dense: 1',
  },
  {
    marked: 'data: iris\nnetwork: [dense: 1]\nloss: ⟦binary-cross-entropy⟧\n',
    data: iris,
    code: 'loss-misfit',
    message:
      'loss: binary-cross-entropy needs two classes, but iris has 3; write loss: softmax-cross-entropy',
  },
  {
    marked: 'data: iris\nnetwork: [dense: 1]\nloss: ⟦mse⟧\n',
    data: iris,
    code: 'loss-misfit',
    message:
      'loss: mse needs a number to predict, but iris has 3 classes; write loss: softmax-cross-entropy',
  },
  {
    marked: 'data: iris\nnetwork: [dense: 1]\nloss: ⟦softmax-cross-entropy⟧\n',
    data: prices,
    code: 'loss-misfit',
    message:
      'loss: softmax-cross-entropy needs classes to predict, but the label of prices.csv is a number; write loss: mse',
  },
  {
    marked: `${base}train: { batchSize: ⟦200⟧ }\n`,
    data: iris,
    code: 'batch-above-data',
    message: 'train.batchSize: expected at most the 120 training examples of iris, found 200',
  },
  {
    marked: `${base}train: { batchSize: ⟦1⟧ }\n`,
    data: iris,
    code: 'batch-too-small',
    message:
      'train.batchSize: batchnorm1 needs a batch of at least 2, found 1: the variance of one value is 0; write a larger batch, or remove batchnorm',
  },
  {
    marked: `${base}train: { batchSize: ⟦1⟧ }\n`,
    data: null,
    code: 'batch-too-small',
    message:
      'train.batchSize: batchnorm1 needs a batch of at least 2, found 1: the variance of one value is 0; write a larger batch, or remove batchnorm',
  },
  {
    marked: `${base}train: { augmentation: ⟦{ flip: true }⟧ }\n`,
    data: iris,
    code: 'augmentation-misfit',
    message:
      'train.augmentation: expected images, but iris has inputs of shape [4]; remove augmentation',
  },
  {
    marked: 'data: mnist\nnetwork: [dense: 10]\ntrain: { augmentation: { shift: ⟦28⟧ } }\n',
    data: mnist,
    code: 'augmentation-misfit',
    message:
      'train.augmentation.shift: expected less than the 28 pixels of an image of mnist, found 28',
  },
  {
    marked: 'data: mnist\nnetwork: [dense: 10]\ntrain: { augmentation: { crop: ⟦28⟧ } }\n',
    data: mnist,
    code: 'augmentation-misfit',
    message:
      'train.augmentation.crop: expected less than the 28 pixels of an image of mnist, found 28',
  },
  {
    marked: 'data: iris\nnetwork: [dense: 1]\ntrain: { labelSmoothing: ⟦0.1⟧ }\n',
    data: prices,
    code: 'smoothing-misfit',
    message:
      'train.labelSmoothing: expected loss: softmax-cross-entropy, whose targets can be smoothed, found mse; remove labelSmoothing',
  },
  {
    marked: `${base}train: { epochs: ⟦1000000⟧, batchSize: 2 }\n`,
    data: mnist && { ...mnist, classes: iris.classes },
    code: 'out-of-range',
    message: 'train.epochs: 1,000,000 epochs are 30,000,000,000 steps, more than 1,000,000,000',
  },
  {
    marked: 'data: iris\nnetwork: [⟦flatten⟧]\n',
    data: { ...iris, input: [3] },
    code: 'nothing-to-learn',
    message: 'no layer has anything to learn; end the network with a dense layer',
  },
  {
    marked: 'data: iris\nnetwork: [dense: 65536, dense: 65536, ⟦dense: 3⟧]\n',
    data: iris,
    code: 'too-large',
    message:
      'training needs at least 32.0 GiB of memory, a run has 4 GiB; use smaller layers or a smaller batch',
  },

  // Warnings: the network can be trained all the same.
  {
    marked: 'data: iris\nnetwork: [dense: { units: 8, bias: ⟦true⟧ }, batchnorm, dense: 3]\n',
    data: iris,
    severity: 'warning',
    code: 'bias-before-batchnorm',
    message:
      'dense1.bias: this bias has no effect: the batchnorm that follows subtracts the mean, and its beta takes the place of the bias (section 3.2 of the paper); remove bias: true',
  },
  {
    marked: 'data: iris\nnetwork: [batchnorm: { momentum: ⟦0.99⟧ }, dense: 3]\n',
    data: iris,
    severity: 'warning',
    code: 'batchnorm-momentum',
    message:
      'batchnorm1.momentum: momentum is the weight of the new batch here, as in PyTorch; if 0.99 is meant as ONNX and Keras mean it, the weight of the old value, write 0.01',
  },
  {
    marked:
      'data: iris\nnetwork: [⟦batchnorm⟧, dense: 3]\ntrain: { steps: 20 }\nvariants: { exact: { network: [batchnorm: { statistics: exact }, dense: 3] }, long: { train: { steps: 44 } } }\n',
    data: iris,
    severity: 'warning',
    code: 'slow-statistics',
    message:
      'batchnorm1: after 20 steps 12 % of the running statistics are still what they began with, so that inference normalizes by the wrong values; write a momentum of at least 0.21, statistics: exact, or train longer',
  },
  {
    marked: `${base}train: { steps: 100, warmup: ⟦200⟧ }\n`,
    data: iris,
    severity: 'warning',
    code: 'long-warmup',
    message: 'train.warmup: a warm-up of 200 steps does not end within the 100 steps of training',
  },
];

for (const { marked, data, code, message, severity = 'error' } of misfits) {
  test(`${code}: ${JSON.stringify(marked)}`, () => {
    const { text, range } = unmark(marked);
    const file = readNetworkFile(text);
    assert.deepEqual(file.diagnostics, []);
    const { network, diagnostics } = resolveVariant(file, 'base', data);
    assert.deepEqual(told(diagnostics), [{ range, severity, code, message }]);
    assert.equal(network !== null, severity === 'warning');
  });
}

const inVariants: readonly Misfit[] = [
  {
    marked: `${base}variants: { a: { remove: ⟦batchnrom⟧ } }\n`,
    data: null,
    code: 'unknown-name',
    message: 'variant a: remove: no layer is or is called "batchnrom"; did you mean "batchnorm"?',
  },
  {
    marked: `${base}variants: { a: { remove: [relu, ⟦dense3⟧] } }\n`,
    data: null,
    code: 'unknown-name',
    message: 'variant a: remove: no layer is or is called "dense3"; did you mean "dense"?',
  },
  {
    marked: `${base}variants: { a: { remove: ⟦[dense, batchnorm, relu]⟧ } }\n`,
    data: iris,
    code: 'no-layers',
    message: 'variant a: remove: no layer is left; remove fewer',
  },
  {
    marked: `${base}variants: { a: { remove: ⟦dense2⟧ } }\n`,
    data: iris,
    code: 'output-mismatch',
    message:
      'variant a: relu1: the last layer gives 8 values, but iris has 3 classes; end the network with - dense: 3',
  },
  {
    marked: `${base}variants: { a: { network: [dense: ⟦4⟧] } }\n`,
    data: iris,
    code: 'output-mismatch',
    message:
      'variant a: dense1: the last layer gives 4 values, but iris has 3 classes; write dense: 3',
  },
  {
    marked: `${base}variants: { a: { train: { batchSize: ⟦10x⟧ } } }\n`,
    data: iris,
    code: 'batch-above-data',
    message:
      'variant a: train.batchSize: expected at most the 120 training examples of iris, found 600',
  },
  {
    marked: `${base}variants: { a: { loss: ⟦mse⟧ } }\n`,
    data: iris,
    code: 'loss-misfit',
    message:
      'variant a: loss: mse needs a number to predict, but iris has 3 classes; write loss: softmax-cross-entropy',
  },
];

for (const { marked, data, code, message } of inVariants) {
  test(`${code} in a variant: ${JSON.stringify(marked)}`, () => {
    const { text, range } = unmark(marked);
    const diagnostics = checkNetworkFile(readNetworkFile(text), data);
    assert.deepEqual(told(diagnostics), [{ range, severity: 'error', code, message }]);
  });
}

test('what is wrong with the base is not repeated for its variants', () => {
  const file = readNetworkFile(`data: iris
network: [dense: { units: 8, bias: true }, batchnorm, dense: 4]
train: { batchSize: 500, steps: fast }
variants: { a: { loss: softmax-cross-entropy }, b: { remove: [] } }
`);
  assert.deepEqual(
    checkNetworkFile(file, iris).map(({ code, range }) => [range.start.line, code]),
    [
      [1, 'bias-before-batchnorm'],
      [1, 'output-mismatch'],
      [2, 'wrong-type'],
      [3, 'out-of-range'],
    ],
  );
});

test('a variant that is not in the file is named, with the ones that are', () => {
  const file = readNetworkFile(`${base}variants: { without: { remove: batchnorm } }\n`);
  assert.deepEqual(
    resolveVariant(file, 'wihtout', iris).diagnostics.map(({ message }) => message),
    ['unknown variant "wihtout"; did you mean "without"?'],
  );
});

test('steps and seed of a command line are checked like those of the file', () => {
  const file = readNetworkFile(base);
  for (const steps of [0, -1, 1.5, Number.NaN, 1e10]) {
    const { network, diagnostics } = resolveVariant(file, 'base', iris, { steps });
    assert.equal(network, null);
    assert.equal(
      diagnostics[0].message,
      `steps: expected a whole number from 1 to 1,000,000,000, found ${steps}`,
    );
  }
});
