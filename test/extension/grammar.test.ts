/** Whatever word the network file knows is highlighted as such, wherever it may stand. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { containerTable, layerTable } from '../../sidecar/network/layers.ts';
import { inspect, schemaAt } from '../../sidecar/network/schema.ts';
import type { Path } from '../../sidecar/network/source.ts';

const grammar = JSON.parse(
  readFileSync(new URL('../../extension/language/grammar.json', import.meta.url), 'utf8'),
);

/** What the patterns of the given names find in a line. */
function found(line: string, ...names: string[]): string[] {
  return names.flatMap((name) =>
    [...line.matchAll(new RegExp(grammar.repository[name].match, 'g'))].map(([word]) => word),
  );
}

/** The words that may stand at a path of the file. */
function wordsAt(...path: Path): string[] {
  const seen = inspect(schemaAt(path)!);
  if (seen.type === 'choice') return Object.keys(seen.words);
  assert.ok(seen.type === 'words', path.join('.'));
  return [...seen.words];
}

for (const kind of [...Object.keys(layerTable), ...Object.keys(containerTable)]) {
  test(`${kind} is highlighted as a layer`, () => {
    for (const line of [`  - ${kind}`, `  - - ${kind}: { a: 1 }`, `[[${kind}, ${kind}: 5]]`]) {
      const times = line.split(kind).length - 1;
      assert.deepEqual(found(line, 'layer'), Array(times).fill(kind), line);
    }
    assert.deepEqual(found(`  - ${kind}-like`, 'layer'), []);
  });
}

const choices = [
  ...wordsAt('data'),
  ...wordsAt('loss'),
  ...wordsAt('initialization'),
  ...wordsAt('train', 'optimizer'),
  ...wordsAt('train', 'schedule'),
  ...wordsAt('network', 0, 'conv2d', 'padding'),
  ...wordsAt('network', 0, 'batchnorm', 'statistics'),
];

for (const word of choices) {
  test(`${word} is highlighted as a choice`, () => {
    for (const line of [`field: ${word}`, `{ field: ${word}, other: 5 }`]) {
      assert.deepEqual(found(line, 'choice'), [word], line);
    }
  });
}

for (const state of wordsAt('network', 0, 'batchnorm', 'state')) {
  test(`${state} is highlighted as a state`, () => {
    assert.deepEqual(found(`  - batchnorm: { state: ${state} }`, 'choice', 'state'), [state]);
  });
}

test('both layers of a replacement are highlighted', () => {
  assert.deepEqual(
    found('  a: { replace: { relu: sigmoid, tanh: { leaky-relu: 0.1 } } }', 'layer'),
    [...['relu', 'sigmoid', 'tanh', 'leaky-relu']],
  );
});

test('the field train is no choice', () => {
  assert.deepEqual(found('a: { remove: relu, train: { steps: 5 } }', 'choice', 'state'), []);
});
