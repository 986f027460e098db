/** Compares what a runtime computed with what the engine computed, example by example, over any number of passes. */
import { percent } from '../figures.ts';
import type { Loss } from '../network/types.ts';
import type { ExportChoices, Validation } from '../protocol/onnx.ts';

/** What is known before a runtime has computed anything. */
export interface Reference {
  readonly count: number;
  /** What the engine makes of the model's weights, `[count, outputs]`: logits, probabilities or predictions. */
  readonly expected: Float32Array;
  /** The same with the weights as they were trained, where they are known and the model stores others. */
  readonly trained?: Float32Array;
  /** Class of each example, or `[count, outputs]` for regression. */
  readonly targets: Int32Array | Float32Array;
  readonly loss: Loss;
  /** What the outputs of a classification are; logits when absent. */
  readonly output?: ExportChoices['output'];
  /** float32 when absent. With int8, activations are rounded too, and the outcome is judged by what that costs. */
  readonly precision?: ExportChoices['precision'];
}

export interface Agreement extends Pick<Validation, 'tolerance' | 'bounds'> {
  readonly maxAbsoluteError: number;
  /** Relative to the largest magnitude among the example's logits, since single ones may be near 0. */
  readonly maxRelativeError: number;
  readonly classAgreement: number | null;
  readonly nearTies: number;
  readonly engineAccuracy: number | null;
  readonly runtimeAccuracy: number | null;
  /** The first difference beyond the tolerance, or the first number that is none; null when all agree. */
  readonly fault: string | null;
}

/** Bound on the absolute difference of logits. */
export const logitTolerance = 1e-4;

/**
 * Bound for this loss. Predictions of a regression have units of their own, so there the bound grows with the
 * largest prediction above 1.
 */
export function toleranceFor(loss: Loss, expected: Float32Array): number {
  if (loss !== 'mse') return logitTolerance;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return logitTolerance * largest;
}

/** Share of right answers that int8 may cost, but one example of a small test set is never too many. */
const accuracyLoss = 0.01;
/** Mean difference of an int8 regression's predictions, as a share of the range that the trained ones take. */
const rangeShare = 0.02;

/** How a model is judged. */
export function boundFor(reference: Reference): Pick<Validation, 'tolerance' | 'bounds'> {
  const { loss, expected, count, precision } = reference;
  if (precision !== 'int8') return { tolerance: toleranceFor(loss, expected) };
  return hasClasses(reference)
    ? { tolerance: Math.max(accuracyLoss, 1 / count), bounds: 'accuracy' }
    : { tolerance: rangeShare, bounds: 'range' };
}

/** Share of examples whose class is right, 0 to 1; null without classes. */
export function accuracyOf(reference: Reference, outputs: Float32Array): number | null {
  const { count, targets } = reference;
  if (!hasClasses(reference)) return null;
  const width = outputs.length / count;
  let right = 0;
  for (let example = 0; example < count; example += 1) {
    const row = outputs.subarray(example * width, (example + 1) * width);
    if (predictedClass(row, thresholdOf(reference)) === targets[example]) right += 1;
  }
  return right / count;
}

function hasClasses({ targets, loss, expected, count }: Reference): boolean {
  return (
    targets instanceof Int32Array && (loss === 'binary-cross-entropy' || expected.length > count)
  );
}

/** A single output above this is the second class. */
function thresholdOf({ output }: Reference): number {
  return output === 'probabilities' ? 0.5 : 0;
}

/** Examples whose class may come out either way among results that are all within the tolerance of the engine's. */
export function closeCalls(reference: Reference): number {
  const { count, expected, loss } = reference;
  const threshold = thresholdOf(reference);
  const outputs = expected.length / count;
  const bound = 2 * toleranceFor(loss, expected);
  let found = 0;
  for (let first = 0; first < expected.length; first += outputs) {
    if (marginOf(expected.subarray(first, first + outputs), threshold) <= bound) found += 1;
  }
  return found;
}

export class Comparison {
  readonly #reference: Reference;
  readonly #outputs: number;
  /** Bound on each value's difference; null where what is judged is what int8 costs. */
  readonly #tolerance: number | null;
  readonly #classes: boolean;
  readonly #threshold: number;
  /** Predicted class of each example in the last pass that reached it. */
  readonly #predicted: Int32Array;
  readonly #ties = new Set<number>();
  readonly #disagreements = new Set<number>();
  #maxAbsoluteError = 0;
  #maxRelativeError = 0;
  /** Over all values that were compared. */
  #sumOfErrors = 0;
  #values = 0;
  #fault: string | null = null;

  constructor(reference: Reference) {
    const { count, expected } = reference;
    const { tolerance, bounds } = boundFor(reference);
    this.#reference = reference;
    this.#outputs = expected.length / count;
    this.#tolerance = bounds === undefined ? tolerance : null;
    this.#classes = hasClasses(reference);
    this.#threshold = thresholdOf(reference);
    this.#predicted = new Int32Array(count).fill(-1);
  }

  /** Adds the logits of the examples from `first` on; `pass` says how they were computed, for messages. */
  add(first: number, logits: Float32Array, pass: string): void {
    for (let row = 0; row < logits.length / this.#outputs; row += 1) {
      const actual = logits.subarray(row * this.#outputs, (row + 1) * this.#outputs);
      this.#compareValues(first + row, actual, pass);
      if (this.#classes) this.#compareClass(first + row, actual, pass);
    }
  }

  result(): Agreement {
    const { count, targets, expected } = this.#reference;
    const differing = this.#ties.size + this.#disagreements.size;
    const right = this.#predicted.filter((found, example) => found === targets[example]).length;
    const runtimeAccuracy = this.#classes ? right / count : null;
    return {
      maxAbsoluteError: this.#maxAbsoluteError,
      maxRelativeError: this.#maxRelativeError,
      classAgreement: this.#classes ? 1 - differing / count : null,
      nearTies: this.#ties.size,
      engineAccuracy: accuracyOf(this.#reference, expected),
      runtimeAccuracy,
      ...boundFor(this.#reference),
      fault: this.#fault ?? this.#cost(runtimeAccuracy),
    };
  }

  /** What int8 costs, where that is more than it may. */
  #cost(runtimeAccuracy: number | null): string | null {
    if (this.#tolerance !== null) return null;
    const { trained = this.#reference.expected } = this.#reference;
    const { tolerance } = boundFor(this.#reference);
    const before = accuracyOf(this.#reference, trained);
    if (before !== null && runtimeAccuracy !== null) {
      // The bound may be one example exactly.
      if (before - runtimeAccuracy <= tolerance + Number.EPSILON) return null;
      return `int8: expected an accuracy of at least ${percent(before - tolerance)}, ${percent(tolerance)} below the engine's before, found ${percent(runtimeAccuracy)}`;
    }
    const least = trained.reduce((some, value) => Math.min(some, value), Number.POSITIVE_INFINITY);
    const most = trained.reduce((some, value) => Math.max(some, value), Number.NEGATIVE_INFINITY);
    // Of predictions that are all the same, their size.
    const range = most > least ? most - least : Math.max(Math.abs(most), 1);
    const share = this.#sumOfErrors / Math.max(this.#values, 1) / range;
    if (share <= tolerance) return null;
    return `int8: expected a mean difference of at most ${percent(tolerance)} of the range of predictions, found ${percent(share)}`;
  }

  #expected(example: number): Float32Array {
    const { expected } = this.#reference;
    return expected.subarray(example * this.#outputs, (example + 1) * this.#outputs);
  }

  #compareValues(example: number, actual: Float32Array, pass: string): void {
    const expected = this.#expected(example);
    const { trained } = this.#reference;
    const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let output = 0; output < actual.length; output += 1) {
      const error = Math.abs(actual[output] - expected[output]);
      if (!(this.#tolerance === null ? Number.isFinite(error) : error <= this.#tolerance)) {
        const bound =
          this.#tolerance === null
            ? 'a finite number'
            : `the engine's ${expected[output]} within ${this.#tolerance}`;
        this.#fault ??= `example ${example}, output ${output}, ${pass}: expected ${bound}, found ${actual[output]}`;
      }
      // Numbers that are none are told by the fault; the largest error stays a number.
      if (!Number.isFinite(error)) continue;
      const aim = trained?.[example * this.#outputs + output] ?? expected[output];
      this.#sumOfErrors += Math.abs(actual[output] - aim);
      this.#values += 1;
      this.#maxAbsoluteError = Math.max(this.#maxAbsoluteError, error);
      if (scale > 0) this.#maxRelativeError = Math.max(this.#maxRelativeError, error / scale);
    }
  }

  #compareClass(example: number, actual: Float32Array, pass: string): void {
    const expected = this.#expected(example);
    const found = predictedClass(actual, this.#threshold);
    const wanted = predictedClass(expected, this.#threshold);
    this.#predicted[example] = found;
    if (found === wanted) return;
    const margin =
      expected.length === 1
        ? Math.abs(expected[0] - this.#threshold)
        : expected[wanted] - expected[found];
    if (margin <= (this.#tolerance ?? logitTolerance)) {
      if (!this.#disagreements.has(example)) this.#ties.add(example);
      return;
    }
    this.#ties.delete(example);
    this.#disagreements.add(example);
    if (this.#tolerance === null) return;
    this.#fault ??= `example ${example}, ${pass}: expected the engine's class ${wanted}, found ${found}`;
  }
}

/** The largest output's index, or for a single output whether it is above the threshold. */
function predictedClass(outputs: Float32Array, threshold: number): number {
  if (outputs.length === 1) return outputs[0] > threshold ? 1 : 0;
  let best = 0;
  for (let index = 1; index < outputs.length; index += 1) {
    if (outputs[index] > outputs[best]) best = index;
  }
  return best;
}

/** How far the winning output is from another class. */
function marginOf(outputs: Float32Array, threshold: number): number {
  if (outputs.length === 1) return Math.abs(outputs[0] - threshold);
  const [first, second] = Float32Array.from(outputs).sort().reverse();
  return first - second;
}
