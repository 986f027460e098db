/** A data set from four IDX files, plain or gzipped: images and labels for training and for testing. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { createGunzip, gunzip } from 'node:zlib';
import {
  type DataSource,
  type DataSummary,
  type Examples,
  type Shape,
  sizeOf,
} from '../network/types.ts';
import { DataError } from './error.ts';
import { type DataFile, unreadable } from './files.ts';
import { checkIdxLength, type Idx, parseIdx, parseIdxHeader } from './idx.ts';
import { byteNormalization } from './mnist.ts';
import { hashFiles } from './packed-file.ts';
import { sharedBytes, sharedIntegers } from './shared.ts';
import { type Parts, splitExamples } from './split.ts';
import type { DataSet } from './types.ts';

export type IdxSource = Extract<DataSource, { readonly kind: 'idx' }>;

/** Also bounds what a gzipped file may become. */
export const maximumIdxBytes = 2 ** 30;

const unzip = promisify(gunzip);

/** Images and labels for training, then for testing. */
export type IdxFiles = readonly [DataFile, DataFile, DataFile, DataFile];

export async function loadIdx(source: IdxSource, files: IdxFiles): Promise<DataSet> {
  const contents = await Promise.all(files.map(readUnzipped));
  const [images, labels, testImages, testLabels] = files.map((file, i) =>
    parseIdx(contents[i], file.place),
  );
  const checked = check(source, files, [images, labels, testImages, testLabels]);
  const { parts, classes, summary } = checked;
  const size = sizeOf(summary.input);
  const train = (indices: Uint32Array) =>
    gather(images.values, labels.values, size, indices, classes);
  const all = Uint32Array.from({ length: summary.testExamples }, (_, i) => i);
  return {
    summary,
    train: train(parts.train),
    validation: source.validation > 0 ? train(parts.validation) : null,
    test: gather(testImages.values, testLabels.values, size, all, classes),
    normalization: byteNormalization(),
    featureNames: null,
    hash: hashFiles(contents),
  };
}

/** Reads the labels, but of the images only the headers. */
export async function summarizeIdx(source: IdxSource, files: IdxFiles): Promise<DataSummary> {
  const [images, labels, testImages, testLabels] = await Promise.all([
    readHeader(files[0]),
    readUnzipped(files[1]).then((bytes) => parseIdx(bytes, files[1].place)),
    readHeader(files[2]),
    readUnzipped(files[3]).then((bytes) => parseIdx(bytes, files[3].place)),
  ]);
  return check(source, files, [images, labels, testImages, testLabels]).summary;
}

type Header = Pick<Idx, 'dimensions'>;

interface Checked {
  readonly summary: DataSummary;
  readonly parts: Parts;
  /** The different training labels in ascending order; a label's index is its class. */
  readonly classes: readonly number[];
}

/** Whether the four files belong together, and what they make. */
function check(
  source: IdxSource,
  files: IdxFiles,
  [images, labels, testImages, testLabels]: readonly [Header, Idx, Header, Idx],
): Checked {
  const input = imageShape(images.dimensions, files[0].place);
  const testInput = imageShape(testImages.dimensions, files[2].place);
  if (input.join() !== testInput.join()) {
    throw new DataError({
      place: files[2].place,
      expected: `images of shape ${input.join(' × ')}, as in ${files[0].place}`,
      found: testInput.join(' × '),
      remedy: 'give test images made like the training images',
    });
  }
  checkLabels(labels, images, files[1].place, files[0].place);
  checkLabels(testLabels, testImages, files[3].place, files[2].place);
  const classes = [...new Set(labels.values)].sort((a, b) => a - b);
  if (classes.length < 2) {
    throw new DataError({
      place: files[1].place,
      expected: 'at least two classes',
      found: `label ${classes[0]} for every image`,
      remedy: 'add images of another class',
    });
  }
  const unknown = testLabels.values.findIndex((label) => !classes.includes(label));
  if (unknown >= 0) {
    throw new DataError({
      place: `${files[3].place}, label ${unknown + 1}`,
      expected: `a label that training images have (${classes.join(', ')})`,
      found: String(testLabels.values[unknown]),
      remedy: 'check that training and test files belong together',
    });
  }
  const targets = new Int32Array(labels.values).map((label) => classes.indexOf(label));
  const shares = { test: 0, validation: source.validation };
  const parts = splitExamples(targets.length, targets, shares, source.seed, files[0].place);
  const summary = {
    name: basename(source.trainImages),
    input,
    classes: classes.map(String),
    trainExamples: parts.train.length,
    testExamples: testLabels.values.length,
  };
  return { summary, parts, classes };
}

/** `[count, height, width]` has one channel, `[count, channels, height, width]` several, `[count, features]` no image. */
function imageShape(dimensions: readonly number[], place: string): Shape {
  if (dimensions.length < 2 || dimensions.length > 4) {
    const labels = dimensions.length === 1 ? ', as files of labels have' : '';
    throw new DataError({
      place,
      expected: 'images: 2 to 4 dimensions, the first of them their count',
      found: `${dimensions.length} dimension${dimensions.length === 1 ? '' : 's'}${labels}`,
      remedy: 'check that images and labels are not exchanged',
    });
  }
  if (dimensions.includes(0)) {
    throw new DataError({
      place,
      expected: 'at least one image of at least one pixel',
      found: dimensions.join(' × '),
      remedy: 'give a file with images',
    });
  }
  return dimensions.length === 3 ? [1, ...dimensions.slice(1)] : dimensions.slice(1);
}

function checkLabels(labels: Idx, images: Header, place: string, imagesPlace: string): void {
  if (labels.dimensions.length !== 1) {
    throw new DataError({
      place,
      expected: 'labels: 1 dimension',
      found: `${labels.dimensions.length} dimensions (${labels.dimensions.join(' × ')})`,
      remedy: 'check that images and labels are not exchanged',
    });
  }
  if (labels.dimensions[0] !== images.dimensions[0]) {
    throw new DataError({
      place,
      expected: `${images.dimensions[0]} labels, one for each image in ${imagesPlace}`,
      found: String(labels.dimensions[0]),
      remedy: 'check that images and labels belong together',
    });
  }
}

function gather(
  images: Uint8Array,
  labels: Uint8Array,
  size: number,
  indices: Uint32Array,
  classes: readonly number[],
): Examples {
  const inputs = sharedBytes(indices.length * size);
  const targets = sharedIntegers(indices.length);
  indices.forEach((index, row) => {
    inputs.set(images.subarray(index * size, (index + 1) * size), row * size);
    targets[row] = classes.indexOf(labels[index]);
  });
  return { count: indices.length, inputs, targets };
}

async function readUnzipped(file: DataFile): Promise<Uint8Array> {
  const bytes = await readFile(file.absolute).catch((cause: unknown) => {
    throw unreadable(file.place, cause);
  });
  if (!isGzip(bytes)) return bytes;
  return unzip(bytes, { maxOutputLength: maximumIdxBytes }).catch((cause: unknown) => {
    throw badGzip(file.place, cause);
  });
}

/** The header from the file's first block, and for a plain file whether its length fits. */
async function readHeader(file: DataFile): Promise<Header> {
  const first = await firstBlock(createReadStream(file.absolute)).catch((cause: unknown) => {
    throw unreadable(file.place, cause);
  });
  if (!isGzip(first)) {
    const { dimensions, start } = parseIdxHeader(first, file.place);
    checkIdxLength(dimensions, start, file.size, file.place);
    return { dimensions };
  }
  const zipped = createReadStream(file.absolute);
  const unzipped = await firstBlock(zipped.pipe(createGunzip())).catch((cause: unknown) => {
    throw badGzip(file.place, cause);
  });
  zipped.destroy();
  return parseIdxHeader(unzipped, file.place);
}

/** A header is at most 1024 bytes long, far less than a block. */
async function firstBlock(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  for await (const block of stream) return block;
  return Buffer.alloc(0);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function badGzip(place: string, cause: unknown): DataError {
  const tooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
  return new DataError(
    {
      place,
      expected: tooLarge ? `at most ${maximumIdxBytes} bytes once unzipped` : 'an intact gzip file',
      found: tooLarge ? 'more' : `a damaged one (${(cause as Error).message})`,
      remedy: tooLarge ? 'use fewer images' : 'copy or download the file again',
    },
    cause,
  );
}
