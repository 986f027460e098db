/** One variant's rows as columns: typed arrays that grow by doubling, so that appending costs no more than the rows. */
import type { Column, Quantity, Rows } from '../sidecar/protocol/statistics.ts';
import { decodeFloats } from './decode.ts';

export class History {
  /** Number of rows; entries of the arrays behind it are not valid. */
  count = 0;
  /** Step of every row, ascending. */
  steps = new Float32Array(64);
  #values: Float32Array[];
  #firstNonFinite: number[];
  #index: Map<string, number>;
  readonly columns: readonly Column[];

  constructor(columns: readonly Column[]) {
    this.columns = columns;
    this.#values = columns.map(() => new Float32Array(64));
    this.#firstNonFinite = columns.map(() => -1);
    this.#index = new Map(
      columns.map(({ layer, quantity, statistic }, index) => [
        key(layer, quantity, statistic),
        index,
      ]),
    );
  }

  /** Appends rows that follow those here. False when rows between are missing, or the columns are not known yet. */
  append({ first, count, values }: Rows): boolean {
    if (first > this.count || (count > 0 && this.columns.length === 0)) return false;
    const width = this.columns.length + 1;
    const numbers = decodeFloats(values, count * width);
    // Rows sent twice, as when a frame overlaps the snapshot, are the same rows.
    for (let row = this.count - first; row < count; row++) this.#push(numbers, row * width);
    return true;
  }

  /** Index of a column, -1 when this variant does not record it. */
  indexOf(layer: string | null, quantity: Quantity, statistic: Column['statistic']): number {
    return this.#index.get(key(layer, quantity, statistic)) ?? -1;
  }

  /** A column's values. Not to be kept: growing replaces the array. */
  values(column: number): Float32Array {
    return this.#values[column];
  }

  /** Row of a column's first NaN or infinity, -1 when all are finite. */
  firstNonFinite(column: number): number {
    return this.#firstNonFinite[column];
  }

  #push(numbers: Float32Array, offset: number): void {
    if (this.count === this.steps.length) this.#grow();
    const row = this.count++;
    this.steps[row] = numbers[offset];
    for (let column = 0; column < this.#values.length; column++) {
      const value = numbers[offset + 1 + column];
      this.#values[column][row] = value;
      if (this.#firstNonFinite[column] < 0 && !Number.isFinite(value)) {
        this.#firstNonFinite[column] = row;
      }
    }
  }

  #grow(): void {
    const longer = (array: Float32Array) => {
      const copy = new Float32Array(array.length * 2);
      copy.set(array);
      return copy;
    };
    this.steps = longer(this.steps);
    this.#values = this.#values.map(longer);
  }
}

function key(layer: string | null, quantity: Quantity, statistic: Column['statistic']): string {
  return JSON.stringify([layer, quantity, statistic]);
}
