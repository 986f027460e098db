import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DataError } from '../../sidecar/data/error.ts';
import type { IdxSource } from '../../sidecar/data/idx-source.ts';
import { loadData, summarizeData } from '../../sidecar/data/load.ts';
import { folderWith } from './files.ts';

const source: IdxSource = {
  kind: 'idx',
  trainImages: 'images',
  trainLabels: 'labels',
  testImages: 'test-images',
  testLabels: 'test-labels',
  validation: 0,
  seed: 1,
};

/** An IDX file; its values count up unless given. */
function idx(dimensions: readonly number[], values?: readonly number[], type = 0x08): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.set([0, 0, type, dimensions.length]);
  for (const [i, size] of dimensions.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  const length = dimensions.reduce((product, size) => product * size, 1);
  return Buffer.concat([header, Buffer.from(values ?? Array.from({ length }, (_, i) => i))]);
}

/** Six training and two test images of 2 by 3 pixels; labels 3 and 7. */
const good = {
  images: idx([6, 2, 3]),
  labels: idx([6], [7, 3, 7, 3, 7, 3]),
  'test-images': idx([2, 2, 3]),
  'test-labels': idx([2], [3, 7]),
};

test('images and labels become examples; labels that occur are the classes', async (context) => {
  const data = await loadData(source, folderWith(context, good));
  assert.deepEqual(data.summary, {
    name: 'images',
    input: [1, 2, 3],
    classes: ['3', '7'],
    trainExamples: 6,
    testExamples: 2,
  });
  assert.deepEqual(
    [...data.train.inputs],
    Array.from({ length: 36 }, (_, i) => i),
  );
  assert.deepEqual([...data.train.targets], [1, 0, 1, 0, 1, 0]);
  assert.deepEqual([...data.test.targets], [0, 1]);
  assert.deepEqual(data.normalization, {
    mean: Float32Array.of(0),
    deviation: Float32Array.of(255),
  });
  const bytes = Buffer.concat(Object.values(good));
  assert.equal(data.hash, createHash('sha256').update(bytes).digest('hex'));
  for (const { inputs, targets } of [data.train, data.test]) {
    assert.ok(
      inputs.buffer instanceof SharedArrayBuffer && targets.buffer instanceof SharedArrayBuffer,
    );
  }
});

test('gzipped files are read like plain ones', async (context) => {
  const plain = folderWith(context, good);
  const zipped = folderWith(
    context,
    Object.fromEntries(Object.entries(good).map(([name, bytes]) => [name, gzipSync(bytes)])),
  );
  assert.deepEqual(await loadData(source, zipped), await loadData(source, plain));
  assert.deepEqual(await summarizeData(source, zipped), await summarizeData(source, plain));
});

test('a validation part is taken from the training examples, by class', async (context) => {
  const folder = folderWith(context, good);
  const withValidation = { ...source, validation: 1 / 3 };
  const { train, validation, summary } = await loadData(withValidation, folder);
  assert.deepEqual([...validation!.targets].sort(), [0, 1]);
  assert.equal(train.count, 4);
  const pixels = [...train.inputs, ...validation!.inputs].sort((a, b) => a - b);
  assert.deepEqual(
    pixels,
    Array.from({ length: 36 }, (_, i) => i),
  );
  assert.deepEqual(await summarizeData(withValidation, folder), summary);
});

for (const [dimensions, input] of [
  [[6, 5], [5]],
  [
    [6, 3, 2, 2],
    [3, 2, 2],
  ],
] as const) {
  test(`${dimensions.length} dimensions make examples of shape ${input.join(' × ')}`, async (context) => {
    const files = { ...good, images: idx(dimensions), 'test-images': idx([2, ...input]) };
    const { summary } = await loadData(source, folderWith(context, files));
    assert.deepEqual(summary.input, input);
  });
}

const zippedShort = gzipSync(good.labels).subarray(0, -6);

const faults: readonly [title: string, files: Record<string, Uint8Array>, message: string][] = [
  [
    'images that are cut short',
    { images: good.images.subarray(0, -1) },
    'images: expected 52 bytes, as its header says (6 × 2 × 3 values), found 51 bytes; copy the file again, it is cut short',
  ],
  [
    'images with bytes left over',
    { images: Buffer.concat([good.images, Buffer.of(1)]) },
    'images: expected 52 bytes, as its header says (6 × 2 × 3 values), found 53 bytes; copy the file again, it holds more than it says',
  ],
  [
    'a header that is cut short',
    { images: good.images.subarray(0, 9) },
    'images: expected a header of 16 bytes for 3 dimensions, found a file of 9 bytes; copy the file again, it is cut short',
  ],
  [
    'labels in place of images',
    { images: good.labels },
    'images: expected images: 2 to 4 dimensions, the first of them their count, found 1 dimension, as files of labels have; check that images and labels are not exchanged',
  ],
  [
    'images in place of labels',
    { labels: good.images },
    'labels: expected labels: 1 dimension, found 3 dimensions (6 × 2 × 3); check that images and labels are not exchanged',
  ],
  [
    'another number of labels than images',
    { labels: idx([5], [3, 7, 3, 7, 3]) },
    'labels: expected 6 labels, one for each image in images, found 5; check that images and labels belong together',
  ],
  [
    'another number of test labels than test images',
    { 'test-labels': idx([1], [3]) },
    'test-labels: expected 2 labels, one for each image in test-images, found 1; check that images and labels belong together',
  ],
  [
    'a test label that training never saw',
    { 'test-labels': idx([2], [3, 8]) },
    'test-labels, label 2: expected a label that training images have (3, 7), found 8; check that training and test files belong together',
  ],
  [
    'test images of another size',
    { 'test-images': idx([2, 3, 3]) },
    'test-images: expected images of shape 1 × 2 × 3, as in images, found 1 × 3 × 3; give test images made like the training images',
  ],
  [
    'one class only',
    { labels: idx([6], [3, 3, 3, 3, 3, 3]), 'test-labels': idx([2], [3, 3]) },
    'labels: expected at least two classes, found label 3 for every image; add images of another class',
  ],
  [
    'no images',
    { images: idx([0, 2, 3]) },
    'images: expected at least one image of at least one pixel, found 0 × 2 × 3; give a file with images',
  ],
  [
    'values of another type',
    { images: idx([6, 2, 3], undefined, 0x0d) },
    'images: expected unsigned bytes (type 0x08), found 32-bit floats (type 0x0d); convert the values to bytes from 0 to 255',
  ],
  [
    'an empty file',
    { labels: Buffer.alloc(0) },
    'labels: expected an IDX file (two zero bytes, type, number of dimensions, dimensions), found an empty file; give a file in MNIST’s format, plain or gzipped',
  ],
  [
    'another kind of file',
    { images: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1') },
    'images: expected an IDX file (two zero bytes, type, number of dimensions, dimensions), found a file that begins with 89 50 4e 47; give a file in MNIST’s format, plain or gzipped',
  ],
  [
    'a gzip file that is cut short',
    { labels: zippedShort },
    'labels: expected an intact gzip file, found a damaged one (unexpected end of file); copy or download the file again',
  ],
  [
    'a gzip file whose content is cut short',
    { labels: gzipSync(good.labels.subarray(0, -1)) },
    'labels: expected 14 bytes, as its header says (6 values), found 13 bytes; copy the file again, it is cut short',
  ],
];

for (const [title, files, message] of faults) {
  test(`refuses ${title}`, async (context) => {
    const folder = folderWith(context, { ...good, ...files });
    const refused = (error: unknown) => {
      assert.ok(error instanceof DataError, String(error));
      assert.equal(error.message, message);
      return true;
    };
    await assert.rejects(loadData(source, folder), refused);
    await assert.rejects(summarizeData(source, folder), refused);
  });
}

test('names a file that is not there', async (context) => {
  const folder = folderWith(context, good);
  await assert.rejects(
    loadData({ ...source, testLabels: 'test-label' }, folder),
    /^DataError: test-label: expected a file, found none at .*; did you mean "test-labels"\?$/,
  );
});
