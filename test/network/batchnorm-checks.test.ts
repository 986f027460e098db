/**
 * What is known to go wrong with batch normalization: for each check files that trigger it, with the text that its fixes
 * make of them, and files that do not.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Diagnostic, readNetworkFile } from '../../sidecar/network/file.ts';
import { checkNetworkFile } from '../../sidecar/network/resolve.ts';
import type { DataSummary } from '../../sidecar/network/types.ts';
import { applied } from './applied.ts';
import { unmark } from './marked.ts';
import { iris, mnist } from './summaries.ts';

const odd: DataSummary = { ...iris, trainExamples: 121 };

interface Case {
  readonly marked: string;
  readonly data?: DataSummary;
  readonly severity: Diagnostic['severity'];
  readonly message: string;
  readonly reference: string;
  /** The text after each fix, by its title. */
  readonly fixed: Readonly<Record<string, string>>;
}

const paper = 'https://arxiv.org/abs/1502.03167';
const decayText = (kind: string, decay: string, layers: string) =>
  `train.optimizer.${kind}: weight decay of ${decay} also pulls gamma and beta of ${layers} towards 0. They set the scale and offset of what a layer puts out, so that this shrinks outputs rather than the weights it is meant for; PyTorch does the same unless it is given groups of parameters. Write weightDecayOn: weights, or weightDecayOn: all if it is meant`;
const oddText = (batch: number, better: number) =>
  `train.batchSize: 121 training examples in batches of ${batch} leave one over, and batchnorm1 has no variance to take of a single value. Here the next epoch fills that batch, so training is sound; a loader that ends each epoch with what is left, as PyTorch's and Keras' do, fails there or normalizes everything to beta. Before you take this network there, write batchSize: ${better}, or drop the last batch (drop_last=True)`;

const triggered: Readonly<Record<string, readonly Case[]>> = {
  'batch-too-small': [
    {
      marked:
        'data: iris # small\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain:\n  batchSize: ⟦1⟧ # one\n',
      severity: 'error',
      message:
        'train.batchSize: batchnorm1 needs a batch of at least 2, found 1: the variance of one value is 0; write a larger batch, or remove batchnorm',
      reference: 'https://github.com/pytorch/pytorch/issues/4534',
      fixed: {
        'Change batchSize to 60':
          'data: iris # small\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain:\n  batchSize: 60 # one\n',
      },
    },
    {
      marked:
        'data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\nvariants: { a: { grid: { batchSize: [⟦1⟧, 8] } } }\n',
      data: { ...iris, trainExamples: 20 },
      severity: 'error',
      message:
        'variant a-batch1: train.batchSize: batchnorm1 needs a batch of at least 2, found 1: the variance of one value is 0; write a larger batch, or remove batchnorm',
      reference: 'https://github.com/pytorch/pytorch/issues/4534',
      fixed: {
        'Change batchSize to 20':
          'data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\nvariants: { a: { grid: { batchSize: [20, 8] } } }\n',
      },
    },
  ],
  'odd-last-batch': [
    {
      marked:
        'data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain: { batchSize: ⟦12⟧ } # a dozen\n',
      data: odd,
      severity: 'information',
      message: oddText(12, 11),
      reference: 'https://github.com/pytorch/pytorch/issues/4534',
      fixed: {
        'Change batchSize to 11':
          'data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain: { batchSize: 11 } # a dozen\n',
      },
    },
    {
      marked:
        'data: ⟦iris⟧\nnetwork:\n  - dense: 8\n  - batchnorm # the layer\n  - dense: 3 # the end',
      data: odd,
      severity: 'information',
      message: oddText(60, 59),
      reference: 'https://github.com/pytorch/pytorch/issues/4534',
      fixed: {
        'Change batchSize to 59':
          'data: iris\nnetwork:\n  - dense: 8\n  - batchnorm # the layer\n  - dense: 3 # the end\ntrain:\n  batchSize: 59\n',
      },
    },
    {
      marked:
        'data: ⟦iris⟧\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain:\n  steps: 500 # many\n  # the end\n',
      data: odd,
      severity: 'information',
      message: oddText(60, 59),
      reference: 'https://github.com/pytorch/pytorch/issues/4534',
      fixed: {
        'Change batchSize to 59':
          'data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain:\n  steps: 500 # many\n  batchSize: 59\n  # the end\n',
      },
    },
  ],
  'bias-before-batchnorm': [
    {
      marked: `data: iris
network:
  - dense: { units: 8, bias: ⟦true⟧ } # no use
  - batchnorm
  - dense: 3
`,
      severity: 'warning',
      message:
        'dense1.bias: this bias has no effect: the batchnorm that follows subtracts the mean, and its beta takes the place of the bias (section 3.2 of the paper); remove bias: true',
      reference: paper,
      fixed: {
        'Remove bias': `data: iris
network:
  - dense: { units: 8 } # no use
  - batchnorm
  - dense: 3
`,
      },
    },
    {
      marked: `data: mnist
network:
  - conv2d:
      filters: 4
      bias: ⟦true⟧
      kernel: 3
  - batchnorm
  - dense: 10
`,
      data: mnist,
      severity: 'warning',
      message:
        'conv2d1.bias: this bias has no effect: the batchnorm that follows subtracts the mean, and its beta takes the place of the bias (section 3.2 of the paper); remove bias: true',
      reference: paper,
      fixed: {
        'Remove bias': `data: mnist
network:
  - conv2d:
      filters: 4
      kernel: 3
  - batchnorm
  - dense: 10
`,
      },
    },
  ],
  'decay-on-normalization': [
    {
      marked: `data: iris
network: [dense: 8, batchnorm, relu, dense: 8, batchnorm, dense: 3]
train:
  optimizer:
    sgd:
      weightDecay: ⟦1e-4⟧ # L2
      momentum: 0.9
`,
      severity: 'information',
      message: decayText('sgd', '0.0001', 'batchnorm1 and 1 more'),
      reference: 'https://github.com/torch/torch7/issues/846',
      fixed: {
        'Add weightDecayOn: weights': `data: iris
network: [dense: 8, batchnorm, relu, dense: 8, batchnorm, dense: 3]
train:
  optimizer:
    sgd:
      weightDecay: 1e-4 # L2
      momentum: 0.9
      weightDecayOn: weights
`,
      },
    },
    {
      marked:
        'data: iris\nnetwork: [dense: 8, layernorm, dense: 3]\ntrain: { optimizer: ⟦adamw⟧, steps: 50 }\n',
      severity: 'information',
      message: decayText('adamw', '0.01', 'layernorm1'),
      reference: 'https://github.com/torch/torch7/issues/846',
      fixed: {
        'Add weightDecayOn: weights':
          'data: iris\nnetwork: [dense: 8, layernorm, dense: 3]\ntrain: { optimizer: { adamw: { weightDecayOn: weights } }, steps: 50 }\n',
      },
    },
    {
      marked:
        'data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\nvariants: { a: { grid: { optimizer: [sgd, ⟦adamw⟧] } } }\n',
      severity: 'information',
      message: `variant a-adamw: ${decayText('adamw', '0.01', 'batchnorm1')}`,
      reference: 'https://github.com/torch/torch7/issues/846',
      fixed: {
        'Add weightDecayOn: weights':
          'data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\nvariants: { a: { grid: { optimizer: [sgd, adamw: { weightDecayOn: weights }] } } }\n',
      },
    },
  ],
  'batchnorm-momentum': [
    {
      marked:
        'data: iris\nnetwork:\n  - dense: 8\n  - batchnorm:\n      momentum: ⟦0.99⟧ # as in Keras\n  - dense: 3\n',
      severity: 'warning',
      message:
        'batchnorm1.momentum: momentum is the weight of the new batch here, as in PyTorch; if 0.99 is meant as ONNX and Keras mean it, the weight of the old value, write 0.01',
      reference: 'https://github.com/pytorch/examples/issues/289',
      fixed: {
        'Change to 0.01':
          'data: iris\nnetwork:\n  - dense: 8\n  - batchnorm:\n      momentum: 0.01 # as in Keras\n  - dense: 3\n',
      },
    },
  ],
  'slow-statistics': [
    {
      marked: `data: iris
network:
  - dense: 8
  - ⟦batchnorm⟧ # first
  - repeat: { times: 2, layers: [dense: 8, batchnorm: { momentum: 0.01, epsilon: 1e-3 }] }
  - dense: 3
train: { steps: 20 }
`,
      severity: 'warning',
      message:
        'batchnorm1: after 20 steps 12 % of the running statistics are still what they began with, so that inference normalizes by the wrong values; write a momentum of at least 0.21, statistics: exact, or train longer',
      reference: 'https://github.com/keras-team/keras/issues/3949',
      fixed: {
        'Set momentum: 0.21 for 2 layers': `data: iris
network:
  - dense: 8
  - batchnorm: { momentum: 0.21 } # first
  - repeat: { times: 2, layers: [dense: 8, batchnorm: { momentum: 0.21, epsilon: 1e-3 }] }
  - dense: 3
train: { steps: 20 }
`,
        'Set statistics: exact for 2 layers': `data: iris
network:
  - dense: 8
  - batchnorm: { statistics: exact } # first
  - repeat: { times: 2, layers: [dense: 8, batchnorm: { momentum: 0.01, epsilon: 1e-3, statistics: exact }] }
  - dense: 3
train: { steps: 20 }
`,
      },
    },
    {
      marked:
        'data: iris\nnetwork: [dense: 8, ⟦batchnorm⟧, dense: 3]\ntrain: { steps: 4 } # too few for any momentum\n',
      severity: 'warning',
      message:
        'batchnorm1: after 4 steps 66 % of the running statistics are still what they began with, so that inference normalizes by the wrong values; write a momentum of at least 0.69, statistics: exact, or train longer',
      reference: 'https://github.com/keras-team/keras/issues/3949',
      fixed: {
        'Set statistics: exact':
          'data: iris\nnetwork: [dense: 8, batchnorm: { statistics: exact }, dense: 3]\ntrain: { steps: 4 } # too few for any momentum\n',
      },
    },
  ],
};

for (const [code, cases] of Object.entries(triggered)) {
  for (const { marked, data = iris, severity, message, reference, fixed } of cases) {
    test(`${code}: ${JSON.stringify(marked)}`, () => {
      const { text, range } = unmark(marked);
      const [{ fixes, ...diagnostic }, ...others] = checkNetworkFile(readNetworkFile(text), data);
      assert.deepEqual(others, []);
      assert.deepEqual(diagnostic, { range, severity, code, message, reference });
      const texts = (fixes ?? []).map(({ title, edits }) => [title, applied(text, edits)]);
      assert.deepEqual(Object.fromEntries(texts), fixed);
      for (const [title, after] of Object.entries(fixed)) {
        assert.deepEqual(checkNetworkFile(readNetworkFile(after), data), [], title);
      }
    });
  }
}

const quiet: Readonly<Record<string, readonly (readonly [string, DataSummary])[]>> = {
  'batch-too-small': [
    ['data: iris\nnetwork: [dense: 8, dense: 3]\ntrain: { batchSize: 1 }\n', iris],
    // An image has many values a channel.
    [
      'data: mnist\nnetwork: [conv2d: { filters: 4, kernel: 3 }, batchnorm, dense: 10]\ntrain: { batchSize: 1 }\n',
      mnist,
    ],
  ],
  'odd-last-batch': [
    ['data: iris\nnetwork: [dense: 8, dense: 3]\ntrain: { batchSize: 12 }\n', odd],
    ['data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain: { batchSize: 12 }\n', iris],
    ['data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain: { batchSize: 119 }\n', odd],
    [
      'data: iris\nnetwork: [dense: 8, batchnorm: { state: freeze }, dense: 3]\ntrain: { batchSize: 12 }\n',
      odd,
    ],
  ],
  'bias-before-batchnorm': [
    ['data: iris\nnetwork: [dense: { units: 8, bias: true }, relu, batchnorm, dense: 3]\n', iris],
    ['data: iris\nnetwork: [dense: { units: 8, bias: false }, batchnorm, dense: 3]\n', iris],
  ],
  'decay-on-normalization': [
    [
      'data: iris\nnetwork: [dense: 8, dense: 3]\ntrain: { optimizer: { sgd: { weightDecay: 0.1 } } }\n',
      iris,
    ],
    ...['weights', 'all'].map(
      (on) =>
        [
          `data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain: { optimizer: { sgd: { weightDecay: 0.1, weightDecayOn: ${on} } } }\n`,
          iris,
        ] as const,
    ),
    [
      'data: iris\nnetwork: [dense: 8, batchnorm: { learningRate: 0 }, dense: 3]\ntrain: { optimizer: adamw }\n',
      iris,
    ],
  ],
  'batchnorm-momentum': [
    ['data: iris\nnetwork: [dense: 8, batchnorm: { momentum: 0.5 }, dense: 3]\n', iris],
    ['data: iris\nnetwork: [dense: 8, batchnorm: { momentum: 1 }, dense: 3]\n', iris],
  ],
  'slow-statistics': [
    ['data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain: { steps: 50 }\n', iris],
    [
      'data: iris\nnetwork: [dense: 8, batchnorm: { statistics: exact }, dense: 3]\ntrain: { steps: 5 }\n',
      iris,
    ],
    [
      'data: iris\nnetwork: [dense: 8, batchnorm: { state: freeze }, dense: 3]\ntrain: { steps: 5 }\n',
      iris,
    ],
  ],
};

for (const [code, files] of Object.entries(quiet)) {
  for (const [text, data] of files) {
    test(`no ${code}: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(checkNetworkFile(readNetworkFile(text), data), []);
    });
  }
}

test('a fix for each copy of an alias would change the others: none is offered', () => {
  const text =
    'data: iris\nnetwork: [dense: 8, &norm { batchnorm: { momentum: 0.01 } }, dense: 8, *norm, dense: 3]\ntrain: { steps: 50 }\n';
  const [{ code, fixes }] = checkNetworkFile(readNetworkFile(text), iris);
  assert.deepEqual([code, fixes], ['slow-statistics', undefined]);
});

test('a fix that would list a value of a grid twice is not offered', () => {
  const text = (sizes: string) =>
    `data: iris\nnetwork: [dense: 8, batchnorm, dense: 3]\ntrain: { batchSize: 16 }\nvariants:\n  g: { grid: { batchSize: ${sizes} } }\n`;
  const fixesOf = (sizes: string) =>
    checkNetworkFile(readNetworkFile(text(sizes)), odd).map(({ code, fixes }) => [
      code,
      fixes?.length,
    ]);
  assert.deepEqual(fixesOf('[8, 7]'), [['odd-last-batch', undefined]]);
  assert.deepEqual(fixesOf('[8, 9]'), [['odd-last-batch', 1]]);
});
