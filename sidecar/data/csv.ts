/**
 * A data set from a CSV file. Columns of numbers are features as they are; columns of few different texts become
 * one feature a text (`colour=red`). A label of texts, or of few different integers, names classes; other numbers
 * are values to predict.
 */
import { basename } from 'node:path';
import type { DataSource } from '../network/types.ts';
import type { CsvColumn } from './csv-column.ts';
import { readCsvTable } from './csv-table.ts';
import { DataError } from './error.ts';
import type { DataFile } from './files.ts';
import { type Table, tabularDataSet } from './tabular.ts';
import type { DataSet } from './types.ts';
import { quoted } from './wording.ts';

export type CsvSource = Extract<DataSource, { readonly kind: 'csv' }>;

export const maximumCsvBytes = 200e6;

/** One feature a text: more would be names or free text, which say nothing about other examples. */
const maximumCategories = 100;
/** Up to this many different texts are categories however few rows there are. */
const alwaysCategories = 10;
/** Integers in a label are classes up to this many, with two examples each on average. */
const maximumIntegerClasses = 20;
const maximumClasses = 1000;
/** Inputs of 1 GB in float32. */
const maximumInputs = 2 ** 28;

export async function loadCsv(source: CsvSource, file: DataFile): Promise<DataSet> {
  const csv = await readCsvTable(file, source.label, source.features);
  const { targets, classes } = readLabel(csv.label, file.place);
  const features = csv.features.flatMap((column) => readFeature(column, csv.rows, file.place));
  const table: Table = {
    name: basename(file.absolute),
    featureNames: features.map((feature) => feature.name),
    inputs: interleave(features, csv.rows, file.place),
    targets,
    classes,
    standardized: features.map((feature) => feature.standardized && source.standardize),
    hash: csv.hash,
  };
  return tabularDataSet(table, source, source.seed, file.place);
}

interface Feature {
  readonly name: string;
  value(row: number): number;
  readonly standardized: boolean;
}

/** A column's feature, or one for each of its texts in the order of `CsvColumn.texts`. */
function readFeature(column: CsvColumn, rows: number, place: string): Feature[] {
  const numbers = column.numbers();
  if (numbers !== null) {
    return [{ name: column.name, value: (row) => numbers[row], standardized: true }];
  }
  const limit = Math.max(alwaysCategories, Math.min(maximumCategories, Math.floor(rows / 2)));
  const categories = column.texts(limit);
  if (categories === null) {
    throw new DataError({
      place: `${place}, column ${quoted(column.name)}`,
      expected: `numbers, or at most ${limit} different texts in ${rows} rows`,
      found: 'more',
      remedy: 'leave the column out by listing the others under features',
    });
  }
  // Categories are those of the whole file, so that test examples have the same features.
  return categories.texts.map((text, code) => ({
    name: `${column.name}=${text}`,
    value: (row) => (categories.codes[row] === code ? 1 : 0),
    standardized: false,
  }));
}

function readLabel(column: CsvColumn, file: string): Pick<Table, 'targets' | 'classes'> {
  const place = `${file}, column ${quoted(column.name)}`;
  const numbers = column.numbers();
  if (numbers !== null) {
    refuseConstant(numbers, (first) => String(first), place);
    const classes = integerClasses(numbers);
    if (classes === null) return { targets: new Float32Array(numbers), classes: null };
    const index = new Map(classes.map((value, i) => [value, i]));
    const targets = new Int32Array(numbers.length).map((_, row) => index.get(numbers[row])!);
    return { targets, classes: classes.map(String) };
  }
  const texts = column.texts(maximumClasses);
  if (texts === null) {
    throw new DataError({
      place,
      expected: `numbers, or at most ${maximumClasses} classes`,
      found: 'more different texts',
      remedy: 'choose another column as label',
    });
  }
  refuseConstant(texts.codes, (first) => texts.texts[first], place);
  return { targets: texts.codes, classes: texts.texts };
}

/** The different values in ascending order, or null when they are values to predict. */
function integerClasses(numbers: Float64Array): number[] | null {
  const values = new Set<number>();
  for (const value of numbers) {
    if (!Number.isInteger(value)) return null;
    values.add(value);
    if (values.size > maximumIntegerClasses) return null;
  }
  return values.size * 2 <= numbers.length ? [...values].sort((a, b) => a - b) : null;
}

function refuseConstant(
  labels: Float64Array | Int32Array,
  nameOf: (label: number) => string,
  place: string,
): void {
  // A single row is refused where the examples are split, with a better reason.
  if (labels.length < 2 || labels.some((label) => label !== labels[0])) return;
  throw new DataError({
    place,
    expected: 'at least two classes, or values that differ',
    found: `${quoted(nameOf(labels[0]))} in every row`,
    remedy: 'add rows with another label, or choose another column as label',
  });
}

function interleave(features: readonly Feature[], rows: number, place: string): Float32Array {
  if (rows * features.length > maximumInputs) {
    throw new DataError({
      place,
      expected: `at most ${maximumInputs} inputs`,
      found: `${rows} rows with ${features.length} features`,
      remedy: 'use fewer rows or columns',
    });
  }
  const inputs = new Float32Array(rows * features.length);
  features.forEach(({ value }, column) => {
    for (let row = 0; row < rows; row++) inputs[row * features.length + column] = value(row);
  });
  return inputs;
}
