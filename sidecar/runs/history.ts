/**
 * A run's history: rows of float32, the step first, in memory shared between the trainer thread, which alone
 * appends, and any thread that reads. Its size is known before training, so nothing grows while training.
 */
import type { Column } from '../protocol/statistics.ts';

/** What is handed to the trainer thread. */
export interface HistoryBuffers {
  readonly columns: readonly Column[];
  readonly count: SharedArrayBuffer;
  readonly values: SharedArrayBuffer;
}

/** About this many rows a run are kept, whatever its length. */
const targetRows = 1000;

/** Steps between two rows, so that a run of `steps` keeps at most about a thousand. */
export function recordInterval(steps: number): number {
  return Math.max(1, Math.ceil(steps / targetRows));
}

/** Allocates room for every row of a run of `steps`, its first and last step included. */
export function allocateHistory(columns: readonly Column[], steps: number): HistoryBuffers {
  const capacity = Math.ceil(steps / recordInterval(steps)) + 1;
  return {
    columns,
    count: new SharedArrayBuffer(4),
    values: new SharedArrayBuffer(4 * capacity * (columns.length + 1)),
  };
}

export class History {
  readonly columns: readonly Column[];
  readonly #count: Int32Array;
  readonly #values: Float32Array;
  /** Floats a row: the step and one a column. */
  readonly #width: number;

  constructor(buffers: HistoryBuffers) {
    this.columns = buffers.columns;
    this.#count = new Int32Array(buffers.count);
    this.#values = new Float32Array(buffers.values);
    this.#width = buffers.columns.length + 1;
  }

  get rows(): number {
    return Atomics.load(this.#count, 0);
  }

  /** The next row to fill; it becomes visible with `commit`. */
  draft(): Float32Array {
    const row = this.rows;
    return this.#values.subarray(row * this.#width, (row + 1) * this.#width);
  }

  commit(): void {
    Atomics.add(this.#count, 0, 1);
  }

  /** Rows from `first` on, each the step and its columns, as one view `[rows, 1 + columns]`. */
  since(first: number): { readonly count: number; readonly values: Float32Array } {
    const rows = this.rows;
    return {
      count: rows - first,
      values: this.#values.subarray(first * this.#width, rows * this.#width),
    };
  }

  /** One column over all rows (-1: the steps), at most the last `most` of them, oldest first. */
  column(index: number, most = Number.POSITIVE_INFINITY): number[] {
    const rows = this.rows;
    const series: number[] = [];
    for (let row = Math.max(0, rows - most); row < rows; row++) {
      series.push(this.#values[row * this.#width + index + 1]);
    }
    return series;
  }
}
