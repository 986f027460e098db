/** What stands at a position, for hover. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { locate, type Place } from '../../sidecar/network/locate.ts';
import { unmark } from './marked.ts';

const file = (marked: string) => {
  const { text, range } = unmark(marked);
  return { file: readNetworkFile(text), range };
};

type Expected = Pick<Place, 'kind' | 'layer' | 'variant'> & { readonly title: string };

const places: readonly [marked: string, expected: Expected][] = [
  ['⟦data⟧: iris\n', { kind: 'field', layer: null, variant: null, title: 'Data' }],
  ['data: ⟦iris⟧\n', { kind: 'word', layer: null, variant: null, title: 'Iris' }],
  [
    'data: { ⟦csv⟧: { path: a } }\n',
    { kind: 'word', layer: null, variant: null, title: 'CSV file' },
  ],
  ['data: { csv: { ⟦path⟧: a } }\n', { kind: 'field', layer: null, variant: null, title: 'Path' }],
  ['⟦network⟧:\n  - relu\n', { kind: 'field', layer: null, variant: null, title: 'Network' }],
  [
    'network:\n  - relu\n  - ⟦relu⟧\n',
    { kind: 'layer', layer: 'relu2', variant: null, title: 'ReLU' },
  ],
  [
    'network:\n  - ⟦dense⟧: 5\n',
    { kind: 'layer', layer: 'dense1', variant: null, title: 'Dense layer' },
  ],
  ['network:\n  - dense: ⟦5⟧\n', { kind: 'field', layer: 'dense1', variant: null, title: 'Units' }],
  [
    'network:\n  - batchnorm:\n      ⟦momentum⟧: 0.2\n      name: a\n',
    { kind: 'field', layer: 'a', variant: null, title: 'Momentum' },
  ],
  [
    'network:\n  - batchnorm: { momentum: ⟦0.2⟧ }\n',
    { kind: 'field', layer: 'batchnorm1', variant: null, title: 'Momentum' },
  ],
  ['loss: ⟦mse⟧\n', { kind: 'word', layer: null, variant: null, title: 'Mean squared error' }],
  [
    'initialization: { gaussian: ⟦0.1⟧ }\n',
    { kind: 'field', layer: null, variant: null, title: 'Deviation' },
  ],
  ['train:\n  optimizer: ⟦adam⟧\n', { kind: 'word', layer: null, variant: null, title: 'Adam' }],
  [
    'network: [relu]\n⟦train⟧:\n  steps: 5\n',
    { kind: 'field', layer: null, variant: null, title: 'Training' },
  ],
  [
    'variants:\n  ⟦small⟧: { remove: relu }\n',
    { kind: 'variant', layer: null, variant: 'small', title: 'Variant' },
  ],
  [
    'network: [relu]\nvariants:\n  small: { remove: ⟦relu⟧ }\n',
    { kind: 'reference', layer: null, variant: 'small', title: 'ReLU' },
  ],
  [
    'variants:\n  small: { train: { learningRate: ⟦5x⟧ } }\n',
    { kind: 'field', layer: null, variant: 'small', title: 'Learning rate' },
  ],
  [
    'network: [relu]\nvariants:\n  small: { network: [tanh, ⟦relu⟧] }\n',
    { kind: 'layer', layer: 'relu1', variant: 'small', title: 'ReLU' },
  ],
];

for (const [marked, { kind, layer, variant, title }] of places) {
  test(JSON.stringify(marked), () => {
    const { file: read, range } = file(marked);
    for (const position of [range.start, range.end]) {
      const place = locate(read, position);
      assert.deepEqual(place?.range, range);
      assert.deepEqual(
        [place.kind, place.layer, place.variant, place.documentation?.title],
        [kind, layer, variant, title],
      );
    }
  });
}

test('a variant that removes one layer refers to it', () => {
  const { file: read, range } = file(
    'network: [relu, relu]\nvariants: { a: { remove: ⟦relu2⟧ } }\n',
  );
  const place = locate(read, range.start);
  assert.deepEqual([place?.kind, place?.layer], ['reference', 'relu2']);
});

const nowhere: readonly string[] = [
  '# a comm⟦⟧ent\ndata: iris\n',
  'data: iris\n⟦⟧\nnetwork: [relu]\n',
  'network:\n  ⟦⟧- relu\n',
  'network:\n  - ⟦⟧zigmoid\n',
  'data: iris ⟦⟧ \n',
];

for (const marked of nowhere) {
  test(`nothing at ${JSON.stringify(marked)}`, () => {
    const { file: read, range } = file(marked);
    assert.equal(locate(read, range.start), null);
  });
}

test('a position beyond the text counts as its end, as in the protocol', () => {
  const beyond = { line: 9, character: 0 };
  assert.equal(locate(readNetworkFile('data: iris'), beyond)?.text, 'iris');
  assert.equal(locate(readNetworkFile('data: iris\n'), beyond), null);
  assert.equal(locate(readNetworkFile(''), beyond), null);
});
