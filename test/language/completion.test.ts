import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CompletionItem,
  CompletionRequest,
  CompletionTriggerKind,
  InsertTextFormat,
  type MarkupContent,
  type TextEdit,
} from 'vscode-languageserver/node';
import { connect } from './client.ts';
import { hostWith, marked } from './fixtures.ts';

const uri = 'file:///net.bn.yaml';

/** What is proposed at the `|`. */
async function complete(text: string, triggerCharacter?: string): Promise<CompletionItem[]> {
  const client = await connect(hostWith());
  const { text: bare, position } = marked(text);
  await client.open(uri, bare);
  const triggerKind = triggerCharacter
    ? CompletionTriggerKind.TriggerCharacter
    : CompletionTriggerKind.Invoked;
  const items = await client.connection.sendRequest(CompletionRequest.type, {
    textDocument: { uri },
    position,
    context: { triggerKind, triggerCharacter },
  });
  client.dispose();
  return items as CompletionItem[];
}

const kinds = [
  'dense',
  'conv2d',
  'conv1d',
  'batchnorm',
  'sigmoid',
  'tanh',
  'relu',
  'leaky-relu',
  'softplus',
  'gelu',
  'silu',
  'softmax',
  'maxpool',
  'avgpool',
  'global-avgpool',
  'layernorm',
  'groupnorm',
  'lrn',
  'dropout',
  'flatten',
  'concat',
  'residual',
  'repeat',
];
const states = ['train', 'freeze-statistics', 'freeze'];
const optimizers = ['sgd', 'adam', 'adamw', 'rmsprop', 'adagrad'];
const top = ['data', 'network', 'initialization', 'loss', 'train', 'variants', 'report'];
const train = [
  'optimizer',
  'learningRate',
  'schedule',
  'warmup',
  'batchSize',
  'steps',
  'epochs',
  'seed',
  'evaluateEvery',
  'shuffle',
  'clipGradient',
  'labelSmoothing',
  'earlyStopping',
  'augmentation',
];
const without = (list: readonly string[], ...gone: string[]) =>
  list.filter((word) => !gone.includes(word));
const network = 'network:\n  - dense: 100\n  - batchnorm\n  - dense: { units: 10, name: out }\n';

const labels: readonly [string, readonly string[]][] = [
  ['|', top],
  ['da|', top],
  ['data: iris\nnet|\ntrain:\n  steps: 5\n', without(top, 'data', 'train')],
  ['network:\n  - |', kinds],
  ['network:\n  - ba|', kinds],
  ['network:\n- ba|\n- sigmoid\n', kinds],
  ['network: [dense: 100, |', kinds],
  ['network:\n  - { |', kinds],
  ['network:\n  |', kinds.map((kind) => `- ${kind}`)],
  ['network:\n  - dense: 100\n  |', kinds.map((kind) => `- ${kind}`)],
  ['network:\n  - dense: 100\n    |', []],
  ['network:\n  - dense:\n      |', ['name', 'units', 'bias', 'learningRate']],
  [
    'network:\n  - batchnorm: { epsilon: 1e-3, | }',
    ['name', 'momentum', 'state', 'statistics', 'learningRate'],
  ],
  ['network:\n  - dense: |', []],
  ['network:\n  - nonsense: { |', []],
  ['network:\n  - concat:\n      - - |', kinds],
  ['network:\n  - concat:\n      - |', kinds.map((kind) => `- ${kind}`)],
  ['network:\n  - concat: [[relu, |', kinds],
  ['network:\n  - concat: { |', ['name', 'branches']],
  ['network:\n  - concat:\n      branches:\n        - - relu\n          - |', kinds],
  ['network:\n  - residual:\n      - relu\n      - |', kinds],
  ['network:\n  - residual: [relu, |', kinds],
  ['network:\n  - residual: { layers: [relu], | }', ['name']],
  ['network:\n  - repeat:\n      |', ['name', 'times', 'layers']],
  ['network:\n  - repeat:\n      times: 3\n      layers:\n        - |', kinds],
  ['network:\n  - residual: [conv2d: { padding: |', ['same', 'valid']],
  ['network:\n  - residual:\n      - batchnorm: { state: |', states],
  [
    'network:\n  - residual:\n      - batchnorm:\n          epsilon: 1e-3\n          |',
    ['name', 'momentum', 'state', 'statistics', 'learningRate'],
  ],
  [
    'network:\n  - repeat: { times: 2, layers: [tanh: { name: a }, relu] }\nvariants:\n  b:\n    remove: |',
    ['repeat', 'tanh', 'relu', 'repeat1', 'a', 'relu1', 'relu2'],
  ],
  ['train:\n  |', train],
  ['train:\n  earlyStopping: { |', ['patience']],
  ['train:\n  augmentation:\n    |', ['shift', 'flip', 'crop']],
  ['train:\n  lear|\n  steps: 5\n', without(train, 'steps')],
  ['train: { seed: 1, | }', without(train, 'seed')],
  ['train:\n  optimizer: |', optimizers],
  ['train:\n  optimizer:\n    |', optimizers],
  ['train:\n  optimizer:\n    sgd:\n      momentum: 0.9\n    |', []],
  ['train:\n  optimizer: { sgd: { mom|', ['momentum', 'nesterov', 'weightDecay', 'weightDecayOn']],
  ['train:\n  optimizer: { sgd: { weightDecayOn: |', ['all', 'weights']],
  ['train:\n  optimizer: { sgd: { nesterov: |', ['true', 'false']],
  ['train:\n  schedule: |', ['constant', 'step', 'exponential', 'cosine']],
  ['train:\n  shuffle: f|', ['true', 'false']],
  ['train:\n  steps: |', []],
  ['data: |', ['mnist', 'iris', 'spirals', 'moons', 'circles', 'csv', 'idx', 'images', 'npz']],
  [
    'data:\n  csv:\n    |',
    ['path', 'label', 'features', 'standardize', 'test', 'validation', 'seed'],
  ],
  ['loss: |', ['softmax-cross-entropy', 'binary-cross-entropy', 'mse']],
  ['initialization: |', ['gaussian', 'glorot', 'he']],
  ['variants:\n  |', []],
  [
    'variants:\n  a:\n    |',
    ['remove', 'replace', 'grid', 'network', 'initialization', 'loss', 'train'],
  ],
  ['variants:\n  a:\n    train: { |', train],
  [
    `${network}variants:\n  a:\n    replace: { |`,
    ['dense', 'batchnorm', 'dense1', 'batchnorm1', 'out'],
  ],
  [
    `${network}variants:\n  a:\n    replace:\n      batchnorm: layernorm\n      |`,
    ['dense', 'dense1', 'batchnorm1', 'out'],
  ],
  [
    `${network}variants:\n  a: { replace: { batchnorm: |`,
    without(kinds, 'concat', 'residual', 'repeat'),
  ],
  [
    'variants:\n  a:\n    grid: { |',
    ['learningRate', 'batchSize', 'seed', 'optimizer', 'initialization', 'deviation'],
  ],
  ['variants:\n  a:\n    grid: { optimizer: [|', optimizers],
  [
    'report:\n  title: a\n  |',
    ['baseline', 'percentiles', 'ensemble', 'populationStatistics', 'published'],
  ],
  [`${network}variants:\n  a: {}\nreport:\n  baseline: |`, ['base', 'a']],
  [
    `${network}variants:\n  a: { grid: { seed: [1, 2] } }\nreport:\n  ensemble: |`,
    ['a', 'base', 'a-seed1', 'a-seed2'],
  ],
  [`${network}variants:\n  a: {}\nreport:\n  published: { base: {}, |`, ['a']],
  ['network: [dense: 8, relu, sigmoid]\nreport:\n  percentiles: |', ['relu1', 'sigmoid1']],
  ['network: [dense: 8, relu]\nreport:\n  percentiles: { layer: |', ['relu1']],
  ['network: [dense: 8, relu]\nreport:\n  percentiles:\n    |', ['layer', 'unit']],
  [
    `${network}variants:\n  a:\n    remove: |`,
    ['dense', 'batchnorm', 'dense1', 'batchnorm1', 'out'],
  ],
  [
    `${network}variants:\n  a:\n    remove: [batchnorm, |`,
    ['dense', 'batchnorm', 'dense1', 'batchnorm1', 'out'],
  ],
  [
    `${network}variants:\n  a:\n    remove:\n      - |`,
    ['dense', 'batchnorm', 'dense1', 'batchnorm1', 'out'],
  ],
  [`${network}variants:\n  a:\n    network:\n      - |`, kinds],
  ['# da|', []],
  ['data: iris # |', []],
  ['data:|', []],
  ['nonsense:\n  |', []],
];

for (const [text, expected] of labels) {
  test(`proposed in ${JSON.stringify(text)}`, async () => {
    const items = await complete(text);
    const sorted = items.toSorted((a, b) => a.sortText!.localeCompare(b.sortText!));
    assert.deepEqual(
      sorted.map(({ label }) => label),
      expected,
    );
  });
}

/** The line that comes of accepting a proposal, with `<name>` for a place of its snippet that has one. */
async function accept(text: string, label: string): Promise<string> {
  const item = (await complete(text)).find((candidate) => candidate.label === label);
  assert.ok(item, `${label} is proposed`);
  assert.equal(item.insertTextFormat, InsertTextFormat.Snippet);
  const { range, newText } = item.textEdit as TextEdit;
  const { text: bare, position } = marked(text);
  assert.deepEqual([range.start.line, range.end.line], [position.line, position.line]);
  assert.ok(range.start.character <= position.character);
  assert.ok(range.end.character >= position.character);
  const line = bare.split('\n')[position.line];
  // An editor gives every line of a snippet the indentation of the line it is put in.
  const indentation = /^ */.exec(line)![0];
  const inserted = newText.replace(/\$\{\d:(\w+)\}/g, '<$1>').replaceAll('\n', `\n${indentation}`);
  return line.slice(0, range.start.character) + inserted + line.slice(range.end.character);
}

const accepted: readonly [string, string, string][] = [
  ['network:\n  - de|', 'dense', '  - dense: <units>'],
  ['network:\n  - ba|', 'batchnorm', '  - batchnorm'],
  ['network:\n  - dr|', 'dropout', '  - dropout'],
  ['network:\n  de|', '- dense', '  - dense: <units>'],
  ['network:\n  - d|: 5', 'dense', '  - dense: 5'],
  ['network:\n  - con|', 'concat', '  - concat:\n      - - $0'],
  ['network:\n  con|', '- concat', '  - concat:\n      - - $0'],
  ['network:\n  - concat:\n      - - res|', 'residual', '      - - residual:\n            - $0'],
  ['network: [con|', 'concat', 'network: [concat: [[$0]]'],
  ['network:\n  - re|', 'repeat', '  - repeat:\n      times: <times>\n      layers:\n        - $0'],
  ['network: [re|', 'repeat', 'network: [repeat: { times: <times>, layers: [$0] }'],
  ['network:\n  - con|', 'conv2d', '  - conv2d: { filters: <filters>, kernel: <kernel> }'],
  ['network:\n  - concat:\n      br|', 'branches', '      branches:\n        - - $0'],
  ['network:\n  - repeat:\n      la|', 'layers', '      layers:\n        - $0'],
  ['da|', 'data', 'data: $0'],
  ['net|', 'network', 'network:\n  - $0'],
  ['tr|', 'train', 'train:\n  $0'],
  ['data: |', 'iris', 'data: iris'],
  ['data: c|', 'csv', 'data: { csv: { path: <path>, label: <label> } }'],
  ['data:\n  c|', 'csv', '  csv: { path: <path>, label: <label> }'],
  ['data: { csv: { f| } }', 'features', 'data: { csv: { features: [$0] } }'],
  ['initialization: |', 'gaussian', 'initialization: { gaussian: <deviation> }'],
  ['train:\n  lear|', 'learningRate', '  learningRate: $0'],
  ['train:\n  le|arn: 5', 'learningRate', '  learningRate: 5'],
  ['variants:\n  a: { |', 'train', '  a: { train: { $0 }'],
  ['variants:\n  a:\n    re|', 'remove', '    remove: $0'],
  ['network: [relu]\nvariants:\n  a:\n    replace: { |', 'relu', '    replace: { relu: $0'],
  ['variants:\n  a:\n    grid:\n      se|', 'seed', '      seed: [$0]'],
  ['report:\n  |', 'percentiles', '  percentiles: $0'],
];

for (const [text, label, expected] of accepted) {
  test(`${label} accepted in ${JSON.stringify(text)}`, async () => {
    assert.equal(await accept(text, label), expected);
  });
}

test('proposals say what they mean, take and default to', async () => {
  const items = await complete('network:\n  - batchnorm: { | }');
  const momentum = items.find(({ label }) => label === 'momentum');
  assert.equal(momentum?.detail, 'takes a number above 0 and at most 1 · default: 0.1');
  assert.ok(momentum);
  const { kind, value } = momentum.documentation as MarkupContent;
  assert.equal(kind, 'markdown');
  assert.match(value, /ONNX and Keras mean the weight of the old value/);
  const dense = (await complete('network:\n  - |')).find(({ label }) => label === 'dense');
  assert.equal(dense?.detail, 'Dense layer');
});

test('names out of the file are inserted as they are', async () => {
  const text = 'network:\n  - dense: { units: 1, name: "a$1}" }\nvariants:\n  a:\n    remove: |';
  assert.equal(await accept(text, 'a$1}'), '    remove: a\\$1\\}');
});

test('indenting a line proposes nothing until something is asked for', async () => {
  assert.deepEqual(await complete('network:\n  |', ' '), []);
  assert.equal((await complete('network:\n  - |', ' ')).length, kinds.length);
});
