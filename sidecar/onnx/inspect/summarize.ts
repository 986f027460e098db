/** Sums up the values of one tensor, read a piece at a time, so that a large one neither fills memory nor holds up others. */
import { setImmediate } from 'node:timers/promises';
import type { TensorSummary } from '../../protocol/inspect.ts';
import { ModelFileError } from '../errors.ts';
import { OpenModel } from './open-model.ts';
import { constantTensors } from './tensors.ts';

/** Rejects with a ModelFileError where there is no such tensor or its values cannot be had. */
export function summarizeFile(
  path: string,
  name: string,
  signal?: AbortSignal,
): Promise<TensorSummary> {
  return OpenModel.with(path, async (model) => {
    const place = `${path}: tensor ${JSON.stringify(name)}`;
    const found = constantTensors(model).find((each) => each.name === name);
    if (found === undefined) {
      throw new ModelFileError(`${place}: expected a tensor of the file, found none of this name`);
    }
    const sum = new Sum();
    try {
      for await (const values of model.values(await model.place(found.tensor))) {
        signal?.throwIfAborted();
        sum.add(values);
        await setImmediate();
      }
    } catch (error) {
      if (!(error instanceof ModelFileError)) throw error;
      throw new ModelFileError(`${place}: ${error.message}`, { cause: error });
    }
    return sum.result();
  });
}

/** Mean and variance in one pass, by Welford's way, in float64. */
class Sum {
  #count = 0;
  #finite = 0;
  #zeros = 0;
  #minimum = Number.POSITIVE_INFINITY;
  #maximum = Number.NEGATIVE_INFINITY;
  #mean = 0;
  /** Sum of squared distances from the mean. */
  #squares = 0;

  add(values: Float64Array): void {
    this.#count += values.length;
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      this.#finite += 1;
      if (value === 0) this.#zeros += 1;
      if (value < this.#minimum) this.#minimum = value;
      if (value > this.#maximum) this.#maximum = value;
      const distance = value - this.#mean;
      this.#mean += distance / this.#finite;
      this.#squares += distance * (value - this.#mean);
    }
  }

  result(): TensorSummary {
    const some = this.#finite > 0;
    return {
      count: this.#count,
      minimum: some ? this.#minimum : null,
      maximum: some ? this.#maximum : null,
      mean: some ? this.#mean : null,
      deviation: some ? Math.sqrt(this.#squares / this.#finite) : null,
      zeros: this.#zeros,
      nonFinite: this.#count - this.#finite,
    };
  }
}
