/** The unit that stands for its layer where nobody has chosen one. */
import type { Probe } from '../../sidecar/protocol/probes.ts';
import { activationIn, percentilesOf } from './probes.ts';

/**
 * The unit whose percentiles, over all probes, lie nearest to the median of the layer's; null without probes.
 * Probes that are not finite say nothing about it.
 */
export function typicalUnit(probes: readonly Probe[], layer: string): number | null {
  let distances: Float64Array | null = null;
  for (const probe of probes) {
    const activation = activationIn(probe, layer);
    if (!activation) continue;
    const { units, values } = percentilesOf(activation);
    distances ??= new Float64Array(units);
    for (let percentile = 0; percentile < 3; percentile++) {
      const own = values.subarray(percentile * units, (percentile + 1) * units);
      const middle = median(own);
      if (!own.every(Number.isFinite)) continue;
      own.forEach((value, unit) => {
        distances![unit] += Math.abs(value - middle);
      });
    }
  }
  if (!distances) return null;
  return distances.indexOf(Math.min(...distances));
}

function median(values: Float32Array): number {
  const sorted = values.toSorted();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
