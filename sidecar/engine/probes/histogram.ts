/** Histograms with bins from the data. */

export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
  /** Values below `low` and above `high`. */
  readonly below: number;
  readonly above: number;
}

const bins = 40;

/** Share of values at each end that may lie far out: they do not stretch the bins. */
const tail = 0.005;

/**
 * Of ascending finite values. The bins reach from the smallest to the largest value, but no further beyond the middle
 * 99 % than half of what those span: a few values far out are only counted as such.
 */
export function histogramOf(sorted: Float32Array): Histogram {
  const counts = new Array<number>(bins).fill(0);
  if (sorted.length === 0) return { low: 0, high: 1, counts, below: 0, above: 0 };
  const ends = [Math.floor(tail * sorted.length), Math.ceil((1 - tail) * sorted.length) - 1];
  const [from, to] = ends.map((end) => sorted[end]);
  const margin = (to - from) / 2;
  const { low, high } = widen(
    Math.max(sorted[0], from - margin),
    Math.min(sorted[sorted.length - 1], to + margin),
  );
  let [below, above] = [0, 0];
  for (const value of sorted) {
    if (value < low) below += 1;
    else if (value > high) above += 1;
    else counts[Math.min(bins - 1, Math.floor((bins * (value - low)) / (high - low)))] += 1;
  }
  return { low, high, counts, below, above };
}

/** Equal values still need bins of some width around them. */
function widen(low: number, high: number): { low: number; high: number } {
  if (low < high) return { low, high };
  const half = Math.max(Math.abs(low), 1) / 2;
  return { low: low - half, high: high + half };
}
