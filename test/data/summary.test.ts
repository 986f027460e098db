import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadData, summarizeData } from '../../sidecar/data/load.ts';
import type { DataSource } from '../../sidecar/network/types.ts';
import { folderWith } from './files.ts';

const base = { test: 0.2, validation: 0.1, seed: 1 };
const csv: DataSource = { kind: 'csv', path: 'd.csv', label: 'y', standardize: true, ...base };
const content = `a,y\n${Array.from({ length: 30 }, (_, i) => `${i},${'abc'[i % 3]}\n`).join('')}`;

const sources: readonly DataSource[] = [
  { kind: 'iris', ...base },
  { kind: 'spirals', examples: 100, noise: 0.1, classes: 3, ...base },
  { kind: 'moons', examples: 100, noise: 0.1, classes: 2, ...base },
  { kind: 'circles', examples: 100, noise: 0.1, classes: 2, ...base },
  csv,
];

for (const source of sources) {
  test(`the summary of ${source.kind} is that of the loaded data`, async (context) => {
    const folder = folderWith(context, { 'd.csv': content });
    const { summary, train, test } = await loadData(source, folder);
    assert.deepEqual(await summarizeData(source, folder), summary);
    assert.equal(summary.trainExamples, train.count);
    assert.equal(summary.testExamples, test.count);
  });
}

test('a built-in set that is in use is loaded once', async () => {
  const source: DataSource = { kind: 'moons', examples: 100, noise: 0.1, classes: 2, ...base };
  const first = await loadData(source, '');
  assert.equal(await loadData({ ...source }, ''), first);
  assert.notEqual(await loadData({ ...source, seed: 2 }, ''), first);
});

test('a summary is computed once while file and source stay the same', async (context) => {
  const folder = folderWith(context, { 'd.csv': content });
  const first = await summarizeData(csv, folder);
  assert.equal(await summarizeData({ ...csv }, folder), first, 'the same object');
  assert.notEqual(await summarizeData({ ...csv, seed: 2 }, folder), first);
});

test('a summary follows its file, also from bad to good', async (context) => {
  const folder = folderWith(context, { 'd.csv': content });
  assert.equal((await summarizeData(csv, folder)).classes?.length, 3);
  writeFileSync(join(folder, 'd.csv'), 'a,z\n1,2\n');
  await assert.rejects(summarizeData(csv, folder), /expected a column "y"/);
  await assert.rejects(summarizeData(csv, folder), /expected a column "y"/);
  writeFileSync(join(folder, 'd.csv'), content.replaceAll('c', 'b'));
  assert.equal((await summarizeData(csv, folder)).classes?.length, 2);
});
