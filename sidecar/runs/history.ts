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

/**
 * The step to record after `step` (0: before the first). Rows lie densely at the start, then at a 250th of the steps
 * made, so that a chart from 0 to now is fine at any time, and never further apart than a thousandth of the whole run.
 */
export function nextRecord(step: number, steps: number): number {
  const interval = Math.min(Math.ceil(steps / 1000), Math.max(1, Math.floor(step / 250)));
  return Math.min(step + interval, steps);
}

/** Rows of a whole run of `steps`; grows with the logarithm of the steps, some 3,000 for ten million. */
function countRecords(steps: number): number {
  let rows = 0;
  for (let step = 0; step < steps; step = nextRecord(step, steps)) rows += 1;
  return rows;
}

/** Allocates room for every row of a run of `steps`. */
export function allocateHistory(columns: readonly Column[], steps: number): HistoryBuffers {
  return {
    columns,
    count: new SharedArrayBuffer(4),
    values: new SharedArrayBuffer(4 * countRecords(steps) * (columns.length + 1)),
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
