/**
 * A data set from arrays in an NPZ file. Inputs are `[examples, features]`, `[examples, height, width]` (one channel)
 * or, as in PyTorch, `[examples, channels, height, width]`; bytes are taken as 0 to 255 and divided by 255, other
 * numbers as they are. Targets are `[examples]` or `[examples, 1]`: integers and booleans name classes, floats are
 * values to predict. Converts large arrays in one go: for a thread of its own.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type DataSource,
  type DataSummary,
  type Examples,
  type Normalization,
  type Shape,
  sizeOf,
} from '../network/types.ts';
import { DataError } from './error.ts';
import type { DataFile } from './files.ts';
import { byteNormalization } from './mnist.ts';
import type { NpyArray, NpyHeader } from './npy.ts';
import { type Npz, withNpz } from './npz.ts';
import { sharedBytes, sharedFloats, sharedIntegers } from './shared.ts';
import { type Parts, splitExamples } from './split.ts';
import type { DataSet } from './types.ts';
import { listed } from './wording.ts';

export type NpzSource = Extract<DataSource, { readonly kind: 'npz' }>;

const maximumClasses = 1000;
/** Inputs of 1 GB in float32. */
const maximumInputs = 2 ** 28;

export function loadNpz(source: NpzSource, file: DataFile): Promise<DataSet> {
  return withNpz(file, async (npz) => {
    const { parts, summary, targets, test } = await check(source, file, npz);
    const inputs = await readInputs(npz, source.inputs);
    const testInputs = test === null ? inputs : await readInputs(npz, test.inputs);
    const held = test === null ? parts.test : everyIndex(test.targets.length);
    return {
      summary,
      train: gather(inputs, targets, parts.train),
      validation: source.validation > 0 ? gather(inputs, targets, parts.validation) : null,
      test: gather(testInputs, test?.targets ?? targets, held),
      normalization: inputs instanceof Uint8Array ? byteNormalization() : identity(),
      featureNames: null,
      hash: await hashFile(file),
    };
  });
}

/** Reads the targets, but of the inputs only the headers. */
export function summarizeNpz(source: NpzSource, file: DataFile): Promise<DataSummary> {
  return withNpz(file, async (npz) => (await check(source, file, npz)).summary);
}

interface Checked {
  readonly summary: DataSummary;
  readonly parts: Parts;
  readonly targets: Targets;
  /** Null when a part of the training examples is split off. */
  readonly test: { readonly inputs: string; readonly targets: Targets } | null;
}

type Targets = Int32Array | Float32Array;

async function check(source: NpzSource, file: DataFile, npz: Npz): Promise<Checked> {
  const header = await npz.header(source.inputs);
  const input = inputShape(header, npz.place(source.inputs));
  const raw = await readTargets(npz, source.targets, header.shape[0], source.inputs);
  const classes = raw.classified ? classesOf(raw.values, npz.place(source.targets)) : null;
  const targets = asTargets(raw.values, classes, npz.place(source.targets));
  const test = await checkTest(source, npz, header, classes);
  const shares = { test: test === null ? source.test : 0, validation: source.validation };
  const labels = classes === null ? null : (targets as Int32Array);
  const parts = splitExamples(targets.length, labels, shares, source.seed, file.place);
  const summary = {
    name: basename(file.absolute),
    input,
    classes: classes?.map(String) ?? null,
    trainExamples: parts.train.length,
    testExamples: test?.targets.length ?? parts.test.length,
  };
  return { summary, parts, targets, test };
}

async function checkTest(
  source: NpzSource,
  npz: Npz,
  train: NpyHeader,
  classes: readonly number[] | null,
): Promise<Checked['test']> {
  const { testInputs: inputs, testTargets: name } = source;
  if (inputs === undefined || name === undefined) return null;
  const header = await npz.header(inputs);
  const place = npz.place(inputs);
  const kind = ({ shape, descr }: NpyHeader) =>
    `examples of shape (${shape.slice(1).join(', ')}) in ${descr.endsWith('u1') ? 'bytes' : 'numbers'}`;
  inputShape(header, place);
  if (kind(header) !== kind(train)) {
    const expected = `${kind(train)}, as ${npz.place(source.inputs)} has`;
    const remedy = 'make test inputs like training inputs';
    throw new DataError({ place, expected, found: kind(header), remedy });
  }
  const { values, classified } = await readTargets(npz, name, header.shape[0], inputs);
  if (classified !== (classes !== null)) {
    const found = classified ? 'integers' : 'floats';
    const remedy = 'save both with the same type';
    const expected = `the type of ${npz.place(source.targets)}`;
    throw new DataError({ place: npz.place(name), expected, found, remedy });
  }
  return { inputs, targets: asTargets(values, classes, npz.place(name)) };
}

/** One channel is put before `[height, width]`. */
function inputShape({ shape }: NpyHeader, place: string): Shape {
  const found = `shape (${shape.join(', ')})`;
  if (shape.length < 2 || shape.length > 4) {
    const expected =
      '[examples, features], [examples, height, width] or [examples, channels, height, width]';
    const remedy = 'reshape it, as x.reshape(len(x), -1) does';
    throw new DataError({ place, expected, found, remedy });
  }
  if (shape.includes(0) || sizeOf(shape) > maximumInputs) {
    const remedy = 'use another number of examples';
    throw new DataError({ place, expected: `1 to ${maximumInputs} values`, found, remedy });
  }
  // Images as most programs but PyTorch keep them; three columns of many channels would be no image.
  if (shape.length === 4 && shape[1] > 4 && shape[2] > 4 && [1, 3, 4].includes(shape[3])) {
    throw new DataError({
      place,
      expected: '[examples, channels, height, width], as in PyTorch',
      found: `${found}, whose channels seem to come last`,
      remedy: 'save np.moveaxis(x, -1, 1)',
    });
  }
  return shape.length === 3 ? [1, ...shape.slice(1)] : shape.slice(1);
}

async function readTargets(npz: Npz, name: string, count: number, inputs: string) {
  const { shape, kind } = await npz.header(name);
  const column = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!column || shape[0] !== count) {
    throw new DataError({
      place: npz.place(name),
      expected: `${count} targets, one for each example of ${JSON.stringify(inputs)}`,
      found: `shape (${shape.join(', ')})`,
      remedy: column
        ? 'check that inputs and targets belong together'
        : 'give one target an example; a one-hot array becomes one with y.argmax(1)',
    });
  }
  const { values } = await npz.array(name);
  return { values, classified: kind !== 'float' };
}

/** The different values in ascending order. */
function classesOf(values: NpyArray['values'], place: string): number[] {
  const classes = new Set<number>();
  for (const value of values) {
    classes.add(value);
    if (classes.size > maximumClasses) break;
  }
  if (classes.size >= 2 && classes.size <= maximumClasses) {
    return [...classes].sort((a, b) => a - b);
  }
  const few = classes.size < 2;
  throw new DataError({
    place,
    expected: `integers that name 2 to ${maximumClasses} classes`,
    found: few ? 'the same in every example' : 'more different ones',
    remedy: few
      ? 'add examples of another class'
      : "for values to predict, save y.astype('float32')",
  });
}

/** Class indices, or the values to predict. */
function asTargets(
  values: NpyArray['values'],
  classes: readonly number[] | null,
  place: string,
): Targets {
  if (classes === null) return finiteFloats(values, place);
  const index = new Map(classes.map((value, i) => [value, i]));
  // Int32Array.from would first list all values, and lists end at some 100 million.
  return new Int32Array(values.length).map((_, i) => {
    const label = index.get(values[i]);
    if (label !== undefined) return label;
    throw new DataError({
      place: `${place}, target ${i}`,
      expected: `a class that training examples have (${listed(classes.map(String))})`,
      found: String(values[i]),
      remedy: 'check that training and test arrays belong together',
    });
  });
}

async function readInputs(npz: Npz, name: string): Promise<Uint8Array | Float32Array> {
  const { values } = await npz.array(name);
  return values instanceof Uint8Array ? values : finiteFloats(values, npz.place(name));
}

function finiteFloats(values: NpyArray['values'], place: string): Float32Array {
  const floats = values instanceof Float32Array ? values : new Float32Array(values);
  const wrong = floats.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return floats;
  throw new DataError({
    place: `${place}, value ${wrong} in C order`,
    expected: 'a number that float32 can hold',
    found: String(values[wrong]),
    remedy: 'clean or scale the array before saving it',
  });
}

/** Copies the examples at the given indices into shared memory. */
function gather(
  inputs: Uint8Array | Float32Array,
  targets: Targets,
  indices: Uint32Array,
): Examples {
  const size = inputs.length / targets.length;
  const gathered = (inputs instanceof Uint8Array ? sharedBytes : sharedFloats)(
    indices.length * size,
  );
  const chosen = targets instanceof Int32Array ? sharedIntegers : sharedFloats;
  const gatheredTargets = chosen(indices.length);
  indices.forEach((index, row) => {
    gathered.set(inputs.subarray(index * size, (index + 1) * size), row * size);
    gatheredTargets[row] = targets[index];
  });
  return { count: indices.length, inputs: gathered, targets: gatheredTargets };
}

function everyIndex(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => i);
}

function identity(): Normalization {
  return { mean: Float32Array.of(0), deviation: Float32Array.of(1) };
}

async function hashFile(file: DataFile): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file.absolute), hash);
  return hash.digest('hex');
}
