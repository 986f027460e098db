/** Percentiles over units, the band that charts draw: 15th, 50th and 85th as in figure 1 of the paper. */

/**
 * Writes the {15, 50, 85}th percentiles of `values` (linear interpolation between order statistics) to
 * `out[at..at+3)`; all NaN when any value is NaN. Sorts `values` in place.
 */
export function writeBand(values: Float32Array, out: Float32Array, at: number): void {
  values.sort();
  const last = values.length - 1;
  // Typed arrays sort NaN behind everything else.
  if (last < 0 || Number.isNaN(values[last])) {
    out.fill(NaN, at, at + 3);
    return;
  }
  out[at] = interpolate(values, 0.15 * last);
  out[at + 1] = interpolate(values, 0.5 * last);
  out[at + 2] = interpolate(values, 0.85 * last);
}

function interpolate(sorted: Float32Array, position: number): number {
  const below = Math.floor(position);
  const fraction = position - below;
  if (fraction === 0) return sorted[below];
  return sorted[below] + fraction * (sorted[below + 1] - sorted[below]);
}
