/** Everything that may be written is documented, and its documentation is what the reader does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { documentationAt } from '../../sidecar/network/documentation.ts';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { layerTable } from '../../sidecar/network/layers.ts';
import { fileSchema, inspect } from '../../sidecar/network/schema.ts';
import type { Path } from '../../sidecar/network/source.ts';

/** Every path of the schema: fields, words and options. Of the layers inside containers only the first list. */
function paths(schema: z.ZodType, path: Path = []): Path[] {
  if (path.filter((step) => step === 'layers' || step === 'branches').length > 1) return [];
  const seen = inspect(schema);
  const children: [string | number, z.ZodType | null][] =
    seen.type === 'map'
      ? Object.entries(seen.fields)
      : seen.type === 'choice'
        ? Object.entries(seen.words).map(([word, { options }]) => [word, options])
        : seen.type === 'list'
          ? [[0, seen.item]]
          : seen.type === 'record'
            ? [['any', seen.value]]
            : seen.type === 'words'
              ? seen.words.map((word) => [word, null])
              : [];
  return children.flatMap(([step, child]) => [
    [...path, step],
    ...(child ? paths(child, [...path, step]) : []),
  ]);
}

const documented = paths(fileSchema).filter(
  // Entries of lists of texts have nothing to add to the list.
  (path) => typeof path.at(-1) === 'string',
);

test('the schema has at least the fields, layers and words of the first version', () => {
  const written = documented.map((path) => path.join('.'));
  for (const path of [
    'network.0.batchnorm.momentum',
    'network.0.leaky-relu.slope',
    'train.optimizer.sgd.nesterov',
    'train.schedule.cosine.final',
    'data.csv.features',
    'loss.binary-cross-entropy',
    'variants.any.train.learningRate',
  ]) {
    assert.ok(written.includes(path), path);
  }
});

for (const path of documented) {
  test(`${path.join('.')} is documented`, () => {
    const documentation = documentationAt(path);
    assert.ok(documentation);
    assert.match(documentation.title, /^[A-Z]\S*( \S+)*$/);
    assert.match(documentation.markdown, /^[A-Z`].*[.:)]$/s);
  });
}

test('momentum says whose meaning it has, and its default and bounds', () => {
  const documentation = documentationAt(['network', 0, 'batchnorm', 'momentum'])!;
  assert.match(documentation.markdown, /PyTorch/);
  assert.match(documentation.markdown, /ONNX and Keras/);
  assert.equal(documentation.default, '0.1');
  assert.equal(documentation.allowed, 'a number above 0 and at most 1');
});

test('what the schema does not have is not documented', () => {
  for (const path of [['lost'], ['network', 0, 'conv9d'], ['train', 'toString'], ['loss', 'mae']]) {
    assert.equal(documentationAt(path), null, path.join('.'));
  }
});

test('every kind of layer can be written as its word, or says what it needs', () => {
  for (const [kind, { options }] of Object.entries(layerTable)) {
    const { diagnostics } = readNetworkFile(`data: iris\nnetwork: [${kind}]\n`);
    const needed = options.safeParse({}).error?.issues ?? [];
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      needed.map(() => 'missing-field'),
      kind,
    );
  }
});
