/** Values over steps, and what one asks of them: the row at a step, the range in a window. */

export interface Samples {
  /** Number of rows; the arrays may be longer. */
  readonly count: number;
  /** Ascending. */
  readonly steps: ArrayLike<number>;
  readonly mid: ArrayLike<number>;
  /** Band over units around `mid`, where there is one. */
  readonly low: ArrayLike<number> | null;
  readonly high: ArrayLike<number> | null;
  /** Row of the first value that is NaN or infinite, -1 when there is none. */
  readonly firstNonFinite: number;
}

export interface Extent {
  min: number;
  max: number;
  /** The smallest value above zero of lines and upper edges of bands, for a logarithmic axis. */
  minPositive: number;
  /** The same of the lower edges of bands. */
  minPositiveLow: number;
}

/** The last row at or before a step, -1 when there is none. */
export function rowAt({ steps, count }: Samples, step: number): number {
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (steps[middle] <= step) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

/** The row whose step is nearest, -1 when there is none. */
export function nearestRow(samples: Samples, step: number): number {
  const before = rowAt(samples, step);
  if (before + 1 >= samples.count) return before;
  if (before < 0) return 0;
  const { steps } = samples;
  return step - steps[before] <= steps[before + 1] - step ? before : before + 1;
}

export function emptyExtent(): Extent {
  return {
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    minPositive: Number.POSITIVE_INFINITY,
    minPositiveLow: Number.POSITIVE_INFINITY,
  };
}

/** Widens an extent by the finite values between two steps, leaving out rows before `firstRow`. */
export function widen(
  extent: Extent,
  samples: Samples,
  from: number,
  to: number,
  firstRow = 0,
): void {
  const first = Math.max(firstRow, rowAt(samples, from));
  const last = Math.min(samples.count - 1, rowAt(samples, to) + 1);
  const { mid, low, high } = samples;
  for (const values of low && high ? [low, mid, high] : [mid]) {
    let minPositive = Number.POSITIVE_INFINITY;
    for (let row = first; row <= last; row++) {
      const value = values[row];
      if (!Number.isFinite(value)) continue;
      if (value < extent.min) extent.min = value;
      if (value > extent.max) extent.max = value;
      if (value > 0 && value < minPositive) minPositive = value;
    }
    const edge = values === low ? 'minPositiveLow' : 'minPositive';
    extent[edge] = Math.min(extent[edge], minPositive);
  }
}
