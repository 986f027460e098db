/** The files that a newcomer opens first have nothing wrong with them. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { checkNetworkFile, resolveVariant } from '../../sidecar/network/resolve.ts';
import type { DataSummary, Network } from '../../sidecar/network/types.ts';
import { iris, mnist } from './summaries.ts';

const folder = join(import.meta.dirname, '..', '..', 'examples');

/** What the data of each example looks like. */
const summaries: Readonly<Record<string, DataSummary>> = {
  'mnist.bn.yaml': mnist,
  'mnist-conv.bn.yaml': mnist,
  'inception-small.bn.yaml': mnist,
  'residual.bn.yaml': mnist,
  'paper/1-activations.bn.yaml': mnist,
  'paper/2-inception.bn.yaml': mnist,
  'paper/3-learning-rates.bn.yaml': mnist,
  'paper/4-regularization.bn.yaml': { ...mnist, trainExamples: 1000 },
  'paper/5-ensemble.bn.yaml': mnist,
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

for (const path of globSync('{,paper/}*.bn.yaml', { cwd: folder }).sort()) {
  test(`examples/${path}`, () => {
    const text = readFileSync(join(folder, path), 'utf8');
    const summary = summaries[path];
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

test('the paper’s experiment on images has the depth and the changes that the paper speaks of', () => {
  const text = readFileSync(join(folder, 'paper', '2-inception.bn.yaml'), 'utf8');
  const file = readNetworkFile(text);
  const networks = new Map(
    ['base', 'inception', 'bn-x5', 'bn-x30', 'bn-x5-sigmoid', 'inception-sigmoid'].map((name) => {
      return [name, resolveVariant(file, name, mnist).network!];
    }),
  );
  const has = (name: string, kind: string) =>
    networks.get(name)!.layers.some((layer) => layer.kind === kind);
  assert.equal(longestPath(networks.get('base')!), 14);
  for (const name of networks.keys()) {
    assert.equal(has(name, 'batchnorm'), !name.startsWith('inception'), name);
    assert.equal(has(name, 'sigmoid'), name.endsWith('sigmoid'), name);
    assert.equal(has(name, 'relu'), !name.endsWith('sigmoid'), name);
    assert.equal(has(name, 'dropout'), !name.startsWith('bn-'), name);
    assert.equal(has(name, 'lrn'), !name.startsWith('bn-'), name);
  }
  const { train: base } = networks.get('base')!;
  for (const [name, factor] of [
    ['bn-x5', 5],
    ['bn-x30', 30],
    ['bn-x5-sigmoid', 5],
  ] as const) {
    const { train } = networks.get(name)!;
    const close = (found: number, expected: number) =>
      assert.ok(Math.abs(found / expected - 1) < 1e-9, `${name}: ${found} for ${expected}`);
    close(train.learningRate, factor * base.learningRate);
    close(train.optimizer.weightDecay, base.optimizer.weightDecay / 5);
    assert.ok(train.schedule.kind === 'exponential' && base.schedule.kind === 'exponential');
    assert.equal(train.schedule.every, base.schedule.every / 6);
    assert.equal(train.shuffle, true);
    assert.ok(train.augmentation!.shift < base.augmentation!.shift);
  }
});

/** Dense layers and convolutions on the path that has most of them. */
function longestPath({ layers }: Network): number {
  const depths = new Map([['input', 0]]);
  for (const { name, kind, inputs } of layers) {
    const weighted = kind === 'dense' || kind === 'conv2d' ? 1 : 0;
    depths.set(name, weighted + Math.max(...inputs.map((input) => depths.get(input)!)));
  }
  return depths.get(layers.at(-1)!.name)!;
}
