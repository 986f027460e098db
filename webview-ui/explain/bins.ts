/** Histograms of several variants on one axis: every one comes with bins of its own, from its own data. */
import type { Histogram } from '../../sidecar/protocol/probes.ts';
import { linearTicks } from '../axes.ts';

export interface Bins {
  readonly low: number;
  readonly width: number;
  readonly count: number;
  /** Share of each histogram's values in each bin; those far out, which no bin counts, are in none. */
  readonly shares: readonly Float64Array[];
}

/** At most so many common bins, of a round width. */
const mostBins = 60;

/** Null when no histogram has a finite range. */
export function mergeBins(histograms: readonly Histogram[]): Bins | null {
  const ranged = histograms.filter(hasRange);
  if (ranged.length === 0) return null;
  const min = Math.min(...ranged.map(({ low }) => low));
  const max = Math.max(...ranged.map(({ high }) => high));
  const margin = max > min ? 0 : Math.abs(max) / 2 || 0.5;
  const ticks = linearTicks([min - margin, max + margin], mostBins - 2);
  const width = ticks[1] - ticks[0];
  const low = Math.floor((min - margin) / width + 1e-9) * width;
  const count = Math.max(1, Math.ceil((max + margin - low) / width - 1e-9));
  const shares = histograms.map((histogram) => spread(histogram, low, width, count));
  return { low, width, count, shares };
}

function hasRange({ low, high }: Histogram): boolean {
  return Number.isFinite(low) && Number.isFinite(high) && low <= high;
}

/** Values of a bin are taken to be evenly spread over it. */
function spread(histogram: Histogram, low: number, width: number, count: number): Float64Array {
  const shares = new Float64Array(count);
  const { counts, below = 0, above = 0 } = histogram;
  const total = counts.reduce((sum, each) => sum + each, below + above);
  if (!hasRange(histogram) || total === 0) return shares;
  const own = (histogram.high - histogram.low) / counts.length;
  counts.forEach((values, index) => {
    const from = (histogram.low + index * own - low) / width;
    const to = from + own / width;
    const first = Math.min(count - 1, Math.max(0, Math.floor(from)));
    const last = Math.min(count - 1, Math.max(first, Math.ceil(to) - 1));
    for (let bin = first; bin <= last; bin++) {
      const overlap = Math.min(to, bin + 1) - Math.max(from, bin);
      const part = first === last ? 1 : overlap / (to - from);
      shares[bin] += (part * values) / total;
    }
  });
  return shares;
}
