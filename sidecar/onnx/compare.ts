/** Compares what a runtime computed with what the engine computed, example by example, over any number of passes. */
import type { Loss } from '../network/types.ts';

/** What is known before a runtime has computed anything. */
export interface Reference {
  readonly count: number;
  /** The engine's logits (or predictions), `[count, outputs]`. */
  readonly expected: Float32Array;
  /** Class of each example, or `[count, outputs]` for regression. */
  readonly targets: Int32Array | Float32Array;
  readonly loss: Loss;
  /** What `expected` and the model's output are, for classes; logits when absent. */
  readonly output?: 'logits' | 'probabilities';
}

export interface Agreement {
  readonly maxAbsoluteError: number;
  /** Relative to the largest magnitude among the example's logits, since single ones may be near 0. */
  readonly maxRelativeError: number;
  readonly classAgreement: number | null;
  readonly nearTies: number;
  readonly engineAccuracy: number | null;
  readonly runtimeAccuracy: number | null;
  readonly tolerance: number;
  /** The first difference beyond the tolerance, or the first number that is none; null when all agree. */
  readonly fault: string | null;
}

/** Bound on the absolute difference of logits. */
const logitTolerance = 1e-4;

/**
 * Bound for this loss. Predictions of a regression have units of their own, so there the bound grows with the
 * largest prediction above 1.
 */
export function toleranceFor(loss: Loss, expected: Float32Array): number {
  if (loss !== 'mse') return logitTolerance;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return logitTolerance * largest;
}

export class Comparison {
  readonly #reference: Reference;
  readonly #outputs: number;
  readonly #tolerance: number;
  readonly #classes: boolean;
  /** A single output above this is the second class. */
  readonly #threshold: number;
  /** Predicted class of each example in the last pass that reached it. */
  readonly #predicted: Int32Array;
  readonly #ties = new Set<number>();
  readonly #disagreements = new Set<number>();
  #maxAbsoluteError = 0;
  #maxRelativeError = 0;
  #fault: string | null = null;

  constructor(reference: Reference) {
    const { count, expected, targets, loss, output } = reference;
    this.#reference = reference;
    this.#outputs = expected.length / count;
    this.#tolerance = toleranceFor(loss, expected);
    this.#classes =
      targets instanceof Int32Array && (loss === 'binary-cross-entropy' || this.#outputs > 1);
    this.#threshold = output === 'probabilities' ? 0.5 : 0;
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
    const { count, targets } = this.#reference;
    const differing = this.#ties.size + this.#disagreements.size;
    const accuracy = (predict: (example: number) => number) => {
      let right = 0;
      for (let example = 0; example < count; example += 1) {
        if (predict(example) === targets[example]) right += 1;
      }
      return right / count;
    };
    return {
      maxAbsoluteError: this.#maxAbsoluteError,
      maxRelativeError: this.#maxRelativeError,
      classAgreement: this.#classes ? 1 - differing / count : null,
      nearTies: this.#ties.size,
      engineAccuracy: this.#classes
        ? accuracy((example) => this.#classOf(this.#expected(example)))
        : null,
      runtimeAccuracy: this.#classes ? accuracy((example) => this.#predicted[example]) : null,
      tolerance: this.#tolerance,
      fault: this.#fault,
    };
  }

  #expected(example: number): Float32Array {
    const { expected } = this.#reference;
    return expected.subarray(example * this.#outputs, (example + 1) * this.#outputs);
  }

  #compareValues(example: number, actual: Float32Array, pass: string): void {
    const expected = this.#expected(example);
    const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let output = 0; output < actual.length; output += 1) {
      const error = Math.abs(actual[output] - expected[output]);
      if (!(error <= this.#tolerance)) {
        this.#fault ??= `example ${example}, output ${output}, ${pass}: expected the engine's ${expected[output]} within ${this.#tolerance}, found ${actual[output]}`;
      }
      // Numbers that are none are told by the fault; the largest error stays a number.
      if (!Number.isFinite(error)) continue;
      this.#maxAbsoluteError = Math.max(this.#maxAbsoluteError, error);
      if (scale > 0) this.#maxRelativeError = Math.max(this.#maxRelativeError, error / scale);
    }
  }

  #compareClass(example: number, actual: Float32Array, pass: string): void {
    const expected = this.#expected(example);
    const found = this.#classOf(actual);
    const wanted = this.#classOf(expected);
    this.#predicted[example] = found;
    if (found === wanted) return;
    const margin =
      expected.length === 1
        ? Math.abs(expected[0] - this.#threshold)
        : expected[wanted] - expected[found];
    if (margin <= this.#tolerance) {
      if (!this.#disagreements.has(example)) this.#ties.add(example);
      return;
    }
    this.#ties.delete(example);
    this.#disagreements.add(example);
    this.#fault ??= `example ${example}, ${pass}: expected the engine's class ${wanted}, found ${found}`;
  }

  /** The largest output's index, or for a single output whether it is above the threshold. */
  #classOf(outputs: Float32Array): number {
    if (outputs.length === 1) return outputs[0] > this.#threshold ? 1 : 0;
    let best = 0;
    for (let index = 1; index < outputs.length; index += 1) {
      if (outputs[index] > outputs[best]) best = index;
    }
    return best;
  }
}
