/** Containers: how they are flattened and named, what removals leave of them, and where their layers stand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { checkNetworkFile, resolveVariant } from '../../sidecar/network/resolve.ts';
import type { Layer } from '../../sidecar/network/types.ts';
import { iris, mnist } from './summaries.ts';

function layersOf(text: string, variant = 'base', data = mnist): readonly Layer[] {
  const file = readNetworkFile(text);
  assert.deepEqual(checkNetworkFile(file, data), []);
  return resolveVariant(file, variant, data).network!.layers;
}

/** `name: inputs → shape` of every layer. */
function edges(layers: readonly Layer[]): string[] {
  return layers.map(
    ({ name, inputs, output }) => `${name}: ${inputs.join(' ')} → ${output.join(' ')}`,
  );
}

const branches = `data: mnist
network:
  - conv2d: { filters: 4, kernel: 1 }
  - concat:
      - - conv2d: { filters: 3, kernel: 3, padding: same }
        - batchnorm
      - - residual:
            - batchnorm
            - relu
      - []
  - global-avgpool
  - dense: 10
variants:
  no-batchnorm: { remove: batchnorm }
  no-sum: { remove: residual1 }
  no-branches: { remove: concat }
  no-second: { remove: [batchnorm2, relu] }
`;

test('branches take the same input and are joined in order; a sum takes its layers and its input', () => {
  assert.deepEqual(edges(layersOf(branches)), [
    'conv2d1: input → 4 28 28',
    'conv2d2: conv2d1 → 3 28 28',
    'batchnorm1: conv2d2 → 3 28 28',
    'batchnorm2: conv2d1 → 4 28 28',
    'relu1: batchnorm2 → 4 28 28',
    'residual1: relu1 conv2d1 → 4 28 28',
    'concat1: batchnorm1 residual1 conv2d1 → 11 28 28',
    'global-avgpool1: concat1 → 11',
    'dense1: global-avgpool1 → 10',
  ]);
});

test('a join has the kind of its container and stands at its line', () => {
  const { network, lines } = resolveVariant(readNetworkFile(branches), 'base', mnist);
  const kinds = network!.layers.filter(({ inputs }) => inputs.length > 1);
  assert.deepEqual(
    kinds.map(({ kind, name, input }) => [kind, name, input]),
    [
      ['add', 'residual1', [4, 28, 28]],
      ['concat', 'concat1', [3, 28, 28]],
    ],
  );
  assert.deepEqual([lines.get('concat1'), lines.get('residual1')], [3, 6]);
  assert.deepEqual([lines.get('batchnorm1'), lines.get('batchnorm2')], [5, 7]);
});

const removed: Readonly<Record<string, readonly string[]>> = {
  'no-batchnorm': [
    'conv2d1: input → 4 28 28',
    'conv2d2: conv2d1 → 3 28 28',
    'relu1: conv2d1 → 4 28 28',
    'residual1: relu1 conv2d1 → 4 28 28',
    'concat1: conv2d2 residual1 conv2d1 → 11 28 28',
    'global-avgpool1: concat1 → 11',
    'dense1: global-avgpool1 → 10',
  ],
  'no-sum': [
    'conv2d1: input → 4 28 28',
    'conv2d2: conv2d1 → 3 28 28',
    'batchnorm1: conv2d2 → 3 28 28',
    'batchnorm2: conv2d1 → 4 28 28',
    'relu1: batchnorm2 → 4 28 28',
    'concat1: batchnorm1 relu1 conv2d1 → 11 28 28',
    'global-avgpool1: concat1 → 11',
    'dense1: global-avgpool1 → 10',
  ],
  'no-branches': [
    'conv2d1: input → 4 28 28',
    'global-avgpool1: conv2d1 → 4',
    'dense1: global-avgpool1 → 10',
  ],
  // A residual without layers is gone too, and its branch passes the input on.
  'no-second': [
    'conv2d1: input → 4 28 28',
    'conv2d2: conv2d1 → 3 28 28',
    'batchnorm1: conv2d2 → 3 28 28',
    'concat1: batchnorm1 conv2d1 conv2d1 → 11 28 28',
    'global-avgpool1: concat1 → 11',
    'dense1: global-avgpool1 → 10',
  ],
};

for (const [variant, expected] of Object.entries(removed)) {
  test(`removing inside containers: ${variant}`, () => {
    assert.deepEqual(edges(layersOf(branches, variant)), expected);
  });
}

test('every copy of a repetition has a name of its own', () => {
  const text = `data: iris
network:
  - dense: 8
  - repeat:
      times: 2
      layers:
        - dense: { units: 8, name: mix }
        - relu
        - repeat: { times: 2, layers: [residual: [dense: 8, tanh]] }
  - dense: 3
`;
  assert.deepEqual(edges(layersOf(text, 'base', iris)), [
    'dense1: input → 8',
    'mix-1: dense1 → 8',
    'relu1: mix-1 → 8',
    'dense3: relu1 → 8',
    'tanh1: dense3 → 8',
    'residual1: tanh1 relu1 → 8',
    'dense4: residual1 → 8',
    'tanh2: dense4 → 8',
    'residual2: tanh2 residual1 → 8',
    'mix-2: residual2 → 8',
    'relu2: mix-2 → 8',
    'dense6: relu2 → 8',
    'tanh3: dense6 → 8',
    'residual3: tanh3 relu2 → 8',
    'dense7: residual3 → 8',
    'tanh4: dense7 → 8',
    'residual4: tanh4 residual3 → 8',
    'dense8: residual4 → 3',
  ]);
});

const repeated = `data: iris
network:
  - repeat: { times: 3, layers: [dense: { units: 4, name: mix }, relu] }
  - dense: 3
variants:
  by-given-name: { remove: mix }
  one-copy: { remove: [mix-2, relu3] }
  all: { remove: repeat }
`;

test('a variant removes all copies by the name they share, or one of them by its own', () => {
  const names = (variant: string) => layersOf(repeated, variant, iris).map(({ name }) => name);
  assert.deepEqual(names('by-given-name'), ['relu1', 'relu2', 'relu3', 'dense4']);
  assert.deepEqual(names('one-copy'), ['mix-1', 'relu1', 'relu2', 'mix-3', 'dense4']);
  assert.deepEqual(names('all'), ['dense4']);
});

test('the layers of a file are told in its order, with all names of their copies', () => {
  const { layers } = readNetworkFile(repeated);
  assert.deepEqual(
    layers.map(({ names, kind, kindRange: { start } }) => [
      kind,
      names,
      start.line,
      start.character,
    ]),
    [
      ['repeat', ['repeat1'], 2, 4],
      ['dense', ['mix-1', 'mix-2', 'mix-3'], 2, 33],
      ['relu', ['relu1', 'relu2', 'relu3'], 2, 65],
      ['dense', ['dense4'], 3, 4],
    ],
  );
});

test('a layer has no bias only where all that takes its output is batchnorm', () => {
  const text = `data: mnist
network:
  - conv2d: { filters: 4, kernel: 1 }
  - concat: [[batchnorm], [batchnorm, relu]]
  - conv2d: { filters: 4, kernel: 1 }
  - residual: [batchnorm]
  - conv1d: { filters: 4, kernel: 1 }
`.replace('  - conv1d: { filters: 4, kernel: 1 }\n', '  - dense: 10\n');
  const biases = layersOf(text).flatMap((layer) =>
    layer.kind === 'conv2d' ? [[layer.name, layer.bias]] : [],
  );
  assert.deepEqual(biases, [
    ['conv2d1', false],
    // Its output is also added to what the batchnorm gives.
    ['conv2d2', true],
  ]);
});

test('a container may be written in full, with a name, or in short', () => {
  const full = `data: mnist
network:
  - concat: { name: fork, branches: [[relu], [tanh]] }
  - residual: { name: block, layers: [conv2d: { filters: 2, kernel: 3, padding: same }] }
  - dense: 10
`;
  assert.deepEqual(edges(layersOf(full)), [
    'relu1: input → 1 28 28',
    'tanh1: input → 1 28 28',
    'fork: relu1 tanh1 → 2 28 28',
    'conv2d1: fork → 2 28 28',
    'block: conv2d1 fork → 2 28 28',
    'dense1: block → 10',
  ]);
  const short = full
    .replace('{ name: fork, branches: [[relu], [tanh]] }', '[[relu], [tanh]]')
    .replace(/\{ name: block, layers: (.*) \}\n/, '$1\n');
  assert.deepEqual(
    edges(layersOf(short)),
    edges(layersOf(full)).map((edge) =>
      edge.replaceAll('fork', 'concat1').replaceAll('block', 'residual1'),
    ),
  );
});

test('without data, what is inside containers is known as far as it can be', () => {
  const file = readNetworkFile(
    'data: iris\nnetwork: [dense: 8, residual: [dense: 8, batchnorm], concat: [[tanh], [relu]], dense: 3]\n',
  );
  const { parameters, lines, diagnostics } = resolveVariant(file, 'base', null);
  assert.deepEqual(diagnostics, []);
  assert.equal(lines.size, 8);
  assert.deepEqual(
    ['dense1', 'dense2', 'batchnorm1', 'dense3'].map((name) => parameters.get(name)),
    [undefined, 64, 16, 51],
  );
});
