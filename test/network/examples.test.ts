/** The files that a newcomer opens first have nothing wrong with them. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { checkNetworkFile } from '../../sidecar/network/resolve.ts';
import type { DataSummary } from '../../sidecar/network/types.ts';
import { iris, mnist } from './summaries.ts';

const folder = join(import.meta.dirname, '..', '..', 'examples');

/** What the data of each example looks like. */
const summaries: Readonly<Record<string, DataSummary>> = {
  'mnist.bn.yaml': mnist,
  'mnist-conv.bn.yaml': mnist,
  'inception-small.bn.yaml': mnist,
  'residual.bn.yaml': mnist,
  'iris.bn.yaml': iris,
  'spirals.bn.yaml': {
    name: 'spirals',
    input: [2],
    classes: ['0', '1', '2'],
    trainExamples: 1200,
    testExamples: 300,
  },
  'csv.bn.yaml': {
    name: 'weather.csv',
    input: [7],
    classes: ['no', 'yes'],
    trainExamples: 225,
    testExamples: 75,
  },
};

for (const path of globSync('*.bn.yaml', { cwd: folder }).sort()) {
  test(`examples/${path}`, () => {
    const text = readFileSync(join(folder, path), 'utf8');
    const summary = summaries[basename(path)];
    assert.ok(summary, `describe the data of ${path} here`);
    assert.deepEqual(checkNetworkFile(readNetworkFile(text), summary), []);
    assert.match(text, /^# \S.*\.\n/, 'the first line says what it teaches');
  });
}

test('the first example compares with and without batch normalization', () => {
  const { variants } = readNetworkFile(readFileSync(join(folder, 'mnist.bn.yaml'), 'utf8'));
  assert.deepEqual(
    variants.map(({ name }) => name),
    ['base', 'without-batchnorm', 'lr-x5'],
  );
});
