/** Puts examples of plain numbers together as a data set: splits them and learns the normalization. */
import type { Examples, Normalization } from '../network/types.ts';
import { sharedFloats, sharedIntegers } from './shared.ts';
import { type Shares, splitExamples } from './split.ts';
import type { DataSet } from './types.ts';

export interface Table {
  readonly name: string;
  readonly featureNames: readonly string[];
  /** `[examples, features]`, row-major. */
  readonly inputs: Float32Array;
  /** Class indices, or `[examples]` values to predict. */
  readonly targets: Int32Array | Float32Array;
  /** Null for regression. */
  readonly classes: readonly string[] | null;
  /** Whether a feature is standardized; the others keep mean 0 and deviation 1. */
  readonly standardized: readonly boolean[];
  readonly hash: string;
}

/** `place` names the source in messages. */
export function tabularDataSet(
  table: Table,
  shares: Shares,
  seed: number,
  place: string = table.name,
): DataSet {
  const { targets } = table;
  const classes = targets instanceof Int32Array ? targets : null;
  const parts = splitExamples(targets.length, classes, shares, seed, place);
  const width = table.featureNames.length;
  const train = gather(table.inputs, targets, width, parts.train);
  return {
    summary: {
      name: table.name,
      input: [width],
      classes: table.classes,
      trainExamples: parts.train.length,
      testExamples: parts.test.length,
    },
    train,
    validation:
      shares.validation > 0 ? gather(table.inputs, targets, width, parts.validation) : null,
    test: gather(table.inputs, targets, width, parts.test),
    normalization: learnNormalization(train, table.standardized),
    featureNames: table.featureNames,
    hash: table.hash,
  };
}

/** Copies the rows at the given indices into shared memory. */
function gather(
  inputs: Float32Array,
  targets: Int32Array | Float32Array,
  width: number,
  indices: Uint32Array,
): Examples {
  const gathered = sharedFloats(indices.length * width);
  const chosen = targets instanceof Int32Array ? sharedIntegers : sharedFloats;
  const gatheredTargets = chosen(indices.length);
  indices.forEach((index, row) => {
    gathered.set(inputs.subarray(index * width, (index + 1) * width), row * width);
    gatheredTargets[row] = targets[index];
  });
  return { count: indices.length, inputs: gathered, targets: gatheredTargets };
}

/** Mean and biased deviation of each standardized feature; the others keep mean 0 and deviation 1. */
function learnNormalization(train: Examples, standardized: readonly boolean[]): Normalization {
  const mean = sharedFloats(standardized.length);
  const deviation = sharedFloats(standardized.length).fill(1);
  standardized.forEach((wanted, column) => {
    if (!wanted) return;
    const moments = columnMoments(train, column, standardized.length);
    mean[column] = moments.mean;
    deviation[column] = moments.deviation;
  });
  return { mean, deviation };
}

/** In two passes of float64. A column that never changes gets deviation 1, so that it becomes 0 and not NaN. */
function columnMoments({ count, inputs }: Examples, column: number, width: number) {
  let sum = 0;
  let constant = true;
  for (let i = column; i < inputs.length; i += width) {
    sum += inputs[i];
    if (inputs[i] !== inputs[column]) constant = false;
  }
  if (constant) return { mean: inputs[column], deviation: 1 };
  const mean = sum / count;
  let squares = 0;
  for (let i = column; i < inputs.length; i += width) squares += (inputs[i] - mean) ** 2;
  // Differences too small for float32 are no differences.
  return { mean, deviation: Math.fround(Math.sqrt(squares / count)) || 1 };
}
