/** A data set from a folder of images. Blocks while it reads and decodes: for a thread of its own. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { DataSource, DataSummary, Examples } from '../network/types.ts';
import { DataError } from './error.ts';
import { type DataFolder, unreadable } from './files.ts';
import { decodeImage, type Pixels, readImageSize } from './image-decode.ts';
import { type ImageFile, type ImageFolder, listImages } from './image-folder.ts';
import { writeImage } from './image-scale.ts';
import { byteNormalization } from './mnist.ts';
import { sharedBytes, sharedIntegers } from './shared.ts';
import { type Parts, splitExamples } from './split.ts';
import type { DataSet } from './types.ts';
import { megabytes } from './wording.ts';

export type ImagesSource = Extract<DataSource, { readonly kind: 'images' }>;

const maximumFileBytes = 64e6;
/** Of all images together, one byte a value. */
const maximumBytes = 2 ** 30;

export async function loadImages(source: ImagesSource, folder: DataFolder): Promise<DataSet> {
  const { listing, shape, parts, summary } = check(source, folder);
  const order = [...parts.train, ...parts.validation, ...parts.test];
  const size = shape[0] * shape[1] * shape[2];
  const inputs = sharedBytes(order.length * size);
  const targets = sharedIntegers(order.length);
  const hash = createHash('sha256');
  const rows = new Map(order.map((index, row) => [index, row]));
  for (const [index, file] of listing.files.entries()) {
    const row = rows.get(index)!;
    const bytes = readImage(file);
    hash.update(`${file.place.slice(folder.place.length)}\0${bytes.length}\0`).update(bytes);
    const pixels = await decodeImage(bytes, file.place);
    if (source.size === undefined) checkSize(pixels, shape, file, listing.files[0]);
    writeImage(pixels, shape, inputs.subarray(row * size, (row + 1) * size));
    targets[row] = listing.labels[index];
  }
  const part = (start: number, count: number): Examples => ({
    count,
    inputs: inputs.subarray(start * size, (start + count) * size),
    targets: targets.subarray(start, start + count),
  });
  const { length: trained } = parts.train;
  const { length: validated } = parts.validation;
  return {
    summary,
    train: part(0, trained),
    validation: source.validation > 0 ? part(trained, validated) : null,
    test: part(trained + validated, parts.test.length),
    normalization: byteNormalization(),
    featureNames: null,
    hash: hash.digest('hex'),
  };
}

/** Reads names, and without `size` the first image's header; damaged images are found only by loading them all. */
export function summarizeImages(source: ImagesSource, folder: DataFolder): DataSummary {
  return check(source, folder).summary;
}

interface Checked {
  readonly listing: ImageFolder;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly parts: Parts;
  readonly summary: DataSummary;
}

function check(source: ImagesSource, { absolute, place }: DataFolder): Checked {
  const listing = listImages(absolute, place);
  const { files, labels, classes } = listing;
  const [height, width] = source.size ?? readImageSize(readImage(files[0]), files[0].place);
  const bytes = files.length * source.channels * height * width;
  if (bytes > maximumBytes) {
    throw new DataError({
      place,
      expected: `at most ${megabytes(maximumBytes)} of pixels`,
      found: `${megabytes(bytes)} (${files.length} images of ${source.channels} × ${height} × ${width})`,
      remedy: 'use fewer images, or scale them down, as size: [64, 64] does',
    });
  }
  const parts = splitExamples(files.length, labels, source, source.seed, place);
  const shape = [source.channels, height, width] as const;
  const summary = {
    name: basename(absolute),
    input: shape,
    classes,
    trainExamples: parts.train.length,
    testExamples: parts.test.length,
  };
  return { listing, shape, parts, summary };
}

function readImage({ absolute, place }: ImageFile): Uint8Array {
  try {
    const status = statSync(absolute);
    // Reading a pipe would wait for ever.
    if (!status.isFile()) throw new Error('it is no regular file');
    if (status.size <= maximumFileBytes) return readFileSync(absolute);
    const expected = `at most ${megabytes(maximumFileBytes)}`;
    const remedy = 'scale the image down';
    throw new DataError({ place, expected, found: megabytes(status.size), remedy });
  } catch (cause) {
    throw cause instanceof DataError ? cause : unreadable(place, cause);
  }
}

function checkSize(
  { width, height }: Pixels,
  shape: Checked['shape'],
  file: ImageFile,
  first: ImageFile,
): void {
  if (height === shape[1] && width === shape[2]) return;
  throw new DataError({
    place: file.place,
    expected: `${shape[2]} × ${shape[1]} pixels, as ${first.place} has`,
    found: `${width} × ${height}`,
    remedy: `write size: [${shape[1]}, ${shape[2]}] to scale all images`,
  });
}
