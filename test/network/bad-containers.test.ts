/** Containers, convolutions and norms that are wrong or do not fit: every message, and the exact range it stands at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { checkNetworkFile } from '../../sidecar/network/resolve.ts';
import type { DataSummary } from '../../sidecar/network/types.ts';
import { told, unmark } from './marked.ts';
import { iris, mnist } from './summaries.ts';

interface Bad {
  readonly marked: string;
  readonly code: string;
  readonly message: string;
  readonly data?: DataSummary;
  readonly severity?: 'warning';
}

/** A file whose layers stand one a line. */
const net = (...entries: string[]) =>
  `data: mnist\nnetwork:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;
const last = 'dense: 10';

const files: readonly Bad[] = [
  // Containers that hold nothing, or not lists.
  {
    marked: net('⟦concat⟧', last),
    code: 'wrong-type',
    message:
      'concat1.branches: expected a list of two or more branches, each a list of layers, found nothing',
  },
  {
    marked: net('concat: ⟦[]⟧', last),
    code: 'wrong-type',
    message:
      'concat1: expected a list of two or more branches, each a list of layers, found an empty list',
  },
  {
    marked: net('concat: ⟦[[relu]]⟧', last),
    code: 'wrong-type',
    message:
      'concat1: expected a list of two or more branches, each a list of layers, found a list of one',
  },
  {
    marked: net('concat: ⟦[[], []]⟧', last),
    code: 'wrong-type',
    message: 'concat1: expected layers in at least one branch, found none',
  },
  {
    marked: net('concat: [[relu], ⟦tanh⟧]', last),
    code: 'wrong-type',
    message: 'concat1: expected branch 2 to be a list of layers, found "tanh"; write [tanh]',
  },
  {
    marked: net('concat: { branches: [[relu], ⟦dense: 3⟧] }', last),
    code: 'wrong-type',
    message:
      'concat1.branches: expected branch 2 to be a list of layers, found a map; put it in brackets, [ and ]',
  },
  {
    marked: net('residual: ⟦[]⟧', last),
    code: 'wrong-type',
    message: 'residual1: expected a list of layers, found an empty list',
  },
  {
    marked: net('residual: ⟦5⟧', last),
    code: 'wrong-type',
    message: 'residual1.layers: expected a list of layers, found 5',
  },
  {
    marked: net('repeat: { times: 2, layers: ⟦[]⟧ }', last),
    code: 'wrong-type',
    message: 'repeat1.layers: expected a list of layers, found an empty list',
  },
  {
    marked: net('⟦repeat⟧: { layers: [relu] }', last),
    code: 'missing-field',
    message:
      'repeat1: times is missing, expected a whole number from 1 to 1,000 (how many copies there are)',
  },
  {
    marked: net('repeat: ⟦[relu]⟧', last),
    code: 'wrong-type',
    message: 'repeat1: expected a map with name, times or layers, found a list',
  },
  {
    marked: net('concat: { ⟦branchs⟧: 3, branches: [[relu], [tanh]] }', last),
    code: 'unknown-field',
    message: 'concat1: unknown field "branchs"; did you mean "branches"?',
  },
  {
    marked: net('{ residual: [relu], ⟦name⟧: block }', last),
    code: 'unknown-field',
    message: 'layer 1: name stands beside residual; options go inside: residual: { name: … }',
  },

  // How much there may be.
  {
    marked: net('repeat: { times: ⟦10000⟧, layers: [relu] }', last),
    code: 'out-of-range',
    message: 'repeat1.times: expected a whole number from 1 to 1,000, found 10000',
  },
  {
    marked: net('dense: 5', '⟦repeat: { times: 600, layers: [dense: 5, relu] }⟧', last),
    code: 'out-of-range',
    message:
      'network: expected at most 1,000 layers, copies of a repeat and what is in containers included, found 1,203',
  },
  {
    marked: net('residual: [⟦repeat: { times: 1000, layers: [relu] }⟧]', last),
    code: 'out-of-range',
    message:
      'network: expected at most 1,000 layers, copies of a repeat and what is in containers included, found 1,003',
  },

  // Layers inside.
  {
    marked: net('concat: [[relu], [tanh, ⟦zigmoid⟧]]', last),
    code: 'unknown-layer',
    message: 'layer 2 in branch 2 of concat1: unknown layer "zigmoid"; did you mean "sigmoid"?',
  },
  {
    marked: net('residual: [relu, dense: { units: ⟦many⟧ }]', last),
    code: 'wrong-type',
    message: 'dense1.units: expected a whole number from 1 to 65,536, found "many"',
  },
  {
    marked: net('repeat: { times: 2, layers: [concat: [[relu], [⟦8⟧]]] }', last),
    code: 'wrong-type',
    message:
      'layer 1 in branch 2 of concat1: expected dense, conv2d, conv1d, batchnorm, sigmoid, tanh, relu, leaky-relu, softplus, gelu, silu, softmax, maxpool, avgpool, global-avgpool, layernorm, groupnorm, lrn, dropout, flatten, concat, residual or repeat, found 8',
  },
  {
    marked: net('residual: [relu, tanh: { name: ⟦relu1⟧ }]', last),
    code: 'duplicate-name',
    message: 'relu1: layer 1 of residual1 has this name too; choose another',
  },
  {
    marked: net('relu: { name: a-2 }', 'repeat: { times: 2, layers: [tanh: { name: ⟦a⟧ }] }', last),
    code: 'duplicate-name',
    message: 'a-2: layer 1 has this name too; choose another',
  },
  {
    marked: net('repeat: { times: 3, layers: [relu: { name: a }, tanh: { name: ⟦a⟧ }] }', last),
    code: 'duplicate-name',
    message: 'a-1: layer 1 of repeat1 has this name too; choose another',
  },
  {
    marked: net('relu: { name: ⟦input⟧ }', last),
    code: 'reserved-name',
    message: 'input: this name stands for what comes into the network; choose another',
  },

  // Shapes that do not go together.
  {
    marked: net(
      'conv2d: { filters: 8, kernel: 1 }',
      '⟦residual: [conv2d: { filters: 16, kernel: 1 }]⟧',
      last,
    ),
    code: 'shape-mismatch',
    message:
      'residual1: the layers inside give [16, 28, 28], which cannot be added to the input [8, 28, 28]; end them with a 1x1 convolution: - conv2d: { filters: 8, kernel: 1 }',
  },
  {
    marked: net('⟦residual:⟧\n      - conv2d: { filters: 1, kernel: 3 }', last),
    code: 'shape-mismatch',
    message:
      'residual1: the layers inside give [1, 26, 26], which cannot be added to the input [1, 28, 28]; keep every place: stride 1 and padding: same; layers that change the size go before the residual',
  },
  {
    marked: net('⟦residual: [dense: 4]⟧', last),
    code: 'shape-mismatch',
    message:
      'residual1: the layers inside give [4], which cannot be added to the input [1, 28, 28]; leave out what flattens or pools them, or put it behind the residual',
  },
  {
    marked: 'data: iris\nnetwork: [dense: 8, ⟦residual: [dense: 9]⟧, dense: 3]\n',
    data: iris,
    code: 'shape-mismatch',
    message:
      'residual1: the layers inside give [9], which cannot be added to the input [8]; end them with - dense: 8',
  },
  {
    marked: net('concat: [[relu], ⟦[conv2d: { filters: 4, kernel: 3 }]⟧]', last),
    code: 'shape-mismatch',
    message:
      'concat1: branches can only be joined where their places agree, found [1, 28, 28] from branch 1 and [4, 26, 26] from branch 2; give all branches the same strides, and their windows padding: same',
  },
  {
    marked: net('concat: { branches: [[relu], [tanh], ⟦[dense: 5]⟧] }', last),
    code: 'shape-mismatch',
    message:
      'concat1: branches can only be joined where their places agree, found [1, 28, 28] from branch 1 and [5] from branch 3; end every branch with the same kind of shape',
  },
  {
    marked: net('repeat: { times: 3, layers: [⟦maxpool: 4⟧] }', last),
    code: 'shape-mismatch',
    message:
      'maxpool3: a window of 4 x 4 does not fit into [1, 1, 1]; use a smaller kernel or padding: same',
  },
  {
    marked: `${net('conv2d: { filters: 4, kernel: 1 }', 'residual: [batchnorm, relu]', last)}variants: { a: { remove: ⟦dense⟧ } }\n`,
    code: 'output-mismatch',
    message:
      'variant a: residual1: the last layer gives the shape [4, 28, 28], but mnist has 10 classes; end the network with - dense: 10',
  },

  // Convolutions and pooling.
  {
    marked: net('dense: 5', '⟦conv2d: { filters: 4, kernel: 3 }⟧', last),
    code: 'shape-mismatch',
    message:
      'conv2d1: expected an input of [channels, height, width], found [5]; use dense here, or put it before what made one row of numbers',
  },
  {
    marked: net('⟦conv1d: { filters: 4, kernel: 3 }⟧', last),
    code: 'shape-mismatch',
    message: 'conv1d1: expected an input of [channels, length], found [1, 28, 28]; use conv2d',
  },
  {
    marked: net('⟦conv2d: { filters: 4, kernel: 11, dilation: 4 }⟧', last),
    code: 'shape-mismatch',
    message:
      'conv2d1: a window of 41 x 41 does not fit into [1, 28, 28]; use a smaller kernel or padding: same',
  },
  {
    marked: net('⟦conv2d: { filters: 4, kernel: 3, groups: 2 }⟧', last),
    code: 'shape-mismatch',
    message:
      'conv2d1: groups: 2 does not divide the 1 channels of its input; use a divisor of both channels and filters',
  },
  {
    marked: net(
      'conv2d: { filters: 4, kernel: 3 }',
      '⟦conv2d: { filters: 6, kernel: 3, groups: 4 }⟧',
      last,
    ),
    code: 'shape-mismatch',
    message:
      'conv2d2: groups: 4 does not divide the 6 filters; use a divisor of both channels and filters',
  },
  {
    marked: net('⟦conv2d⟧: { filters: 4 }', last),
    code: 'missing-field',
    message:
      'conv2d1: kernel is missing, expected a whole number from 1 to 64, or two as [height, width] (size of the window a filter looks at)',
  },
  {
    marked: net('conv2d: { filters: 4, kernel: ⟦0⟧ }', last),
    code: 'out-of-range',
    message:
      'conv2d1.kernel: expected a whole number from 1 to 64, or two as [height, width], found 0',
  },
  {
    marked: net('conv2d: { filters: 4, kernel: ⟦[3, 3, 3]⟧ }', last),
    code: 'wrong-type',
    message:
      'conv2d1.kernel: expected a whole number from 1 to 64, or two as [height, width], found a list',
  },
  {
    marked: net('conv2d: { filters: 4, kernel: 3, padding: ⟦full⟧ }', last),
    code: 'wrong-type',
    message: 'conv2d1.padding: expected same, valid or a whole number from 0 to 64, found "full"',
  },
  {
    marked: net('maxpool: { kernel: 2, padding: ⟦2⟧ }', last),
    code: 'out-of-range',
    message:
      'maxpool1.padding: the padding has to be smaller than the kernel, else a window sees nothing of its input',
  },
  {
    marked: net('dense: 5', '⟦global-avgpool⟧', last),
    code: 'shape-mismatch',
    message:
      'global-avgpool1: expected an input of channels with places, such as [channels, height, width], found [5]; put it before what made one row of numbers, or leave it out',
  },

  // Norms.
  {
    marked: net('conv2d: { filters: 6, kernel: 1 }', '⟦groupnorm: 4⟧', last),
    code: 'shape-mismatch',
    message: 'groupnorm1: expected groups that divide the 6 channels of its input, found 4',
  },
  {
    marked: net('dense: 6', '⟦groupnorm: 6⟧', last),
    code: 'shape-mismatch',
    message:
      'groupnorm1: expected several values a group, found 6 groups for 6 values, whose variance is 0; use fewer groups',
  },
  {
    marked: net('batchnorm: { state: ⟦frozen⟧ }', last),
    code: 'wrong-type',
    message: 'batchnorm1.state: expected train, freeze-statistics or freeze, found "frozen"',
  },
  {
    marked: net('batchnorm: { state: freeze, statistics: ⟦exact⟧ }', last),
    code: 'frozen-statistics',
    severity: 'warning',
    message:
      'batchnorm1.statistics: statistics stay as they are with state: freeze, so that exact ones are never taken; leave statistics out',
  },
  {
    marked: net('conv2d: { filters: 4, kernel: 3, bias: ⟦true⟧ }', 'batchnorm', last),
    code: 'bias-before-batchnorm',
    severity: 'warning',
    message:
      'conv2d1.bias: this bias has no effect: the batchnorm that follows subtracts the mean, and its beta takes the place of the bias (section 3.2 of the paper); remove bias: true',
  },
  {
    marked: net(
      'repeat: { times: 3, layers: [dense: { units: 4, bias: ⟦true⟧ }, batchnorm] }',
      last,
    ),
    code: 'bias-before-batchnorm',
    severity: 'warning',
    message:
      'dense1.bias: this bias has no effect: the batchnorm that follows subtracts the mean, and its beta takes the place of the bias (section 3.2 of the paper); remove bias: true',
  },
  {
    marked: net(last, '⟦softmax⟧'),
    code: 'softmax-twice',
    severity: 'warning',
    message:
      'softmax1: softmax-cross-entropy has a softmax of its own, so that this one makes gradients small; remove it',
  },
];

for (const { marked, code, message, data = mnist, severity = 'error' } of files) {
  test(`${code}: ${JSON.stringify(marked)}`, () => {
    const { text, range } = unmark(marked);
    assert.deepEqual(told(checkNetworkFile(readNetworkFile(text), data)), [
      { range, severity, code, message },
    ]);
  });
}

test('lists nested beyond reason are one problem of the text', () => {
  const text = `data: mnist\nnetwork:\n  - ${'residual: [{ '.repeat(60)}relu${' }]'.repeat(60)}\n`;
  const diagnostics = checkNetworkFile(readNetworkFile(text), mnist);
  assert.ok(diagnostics.length > 0);
  assert.match(diagnostics[0].message, /nested/);
});

test('an image has enough values for a batch of one, unless it has one place', () => {
  const check = (entries: string) =>
    checkNetworkFile(
      readNetworkFile(`data: mnist\nnetwork: [${entries}, dense: 10]\ntrain: { batchSize: 1 }\n`),
      mnist,
    ).map(({ code }) => code);
  assert.deepEqual(check('batchnorm'), []);
  assert.deepEqual(check('conv2d: { filters: 2, kernel: 28 }, batchnorm'), ['batch-too-small']);
  assert.deepEqual(check('dense: 4, batchnorm'), ['batch-too-small']);
  assert.deepEqual(check('dense: 4, batchnorm: { state: freeze-statistics }'), []);
});

test('a frozen batchnorm does not make a bias useless', () => {
  const text = net('dense: { units: 4, bias: true }', 'batchnorm: { state: freeze }', last);
  assert.deepEqual(checkNetworkFile(readNetworkFile(text), mnist), []);
});

test('several layers that are wrong inside containers are all told', () => {
  const text = net('concat: [[rellu, dense: x], [residual: [tanhh]]]', last);
  assert.deepEqual(
    checkNetworkFile(readNetworkFile(text), mnist).map(({ code, range }) => [code, range.start]),
    [
      ['unknown-layer', { line: 2, character: 14 }],
      ['wrong-type', { line: 2, character: 28 }],
      ['unknown-layer', { line: 2, character: 44 }],
    ],
  );
});
