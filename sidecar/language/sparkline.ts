/** A curve in one line of text, of block characters an eighth of a line high each. */

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const notFinite = '×';

/**
 * Oldest value first, scaled between the curve's own least and largest finite value. A curve longer than `width` is
 * averaged piece by piece; a flat one stays in the middle, so that rounding noise does not look like movement.
 */
export function sparkline(values: readonly number[], width: number): string {
  const points = condense(values, width);
  const finite = points.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  const flat = !(range > 1e-6 * Math.max(...finite.map(Math.abs)));
  return points
    .map((point) => {
      if (!Number.isFinite(point)) return notFinite;
      return flat ? blocks[3] : blocks[Math.min(7, Math.floor(((point - low) / range) * 8))];
    })
    .join('');
}

/** Means of `width` pieces of nearly equal length; a piece with a value that is not finite is not finite. */
function condense(values: readonly number[], width: number): readonly number[] {
  if (values.length <= width) return values;
  return Array.from({ length: width }, (_, piece) => {
    const from = Math.floor((piece * values.length) / width);
    const to = Math.floor(((piece + 1) * values.length) / width);
    return values.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  });
}
