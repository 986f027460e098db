/** What the loss of a classification makes of logits, in float64. */
import type { Loss } from '../network/types.ts';

/** The softmax of each example's logits, `[count, classes]`, row-major. */
export function softmax(logits: Float32Array, count: number): Float64Array {
  const classes = logits.length / count;
  const result = new Float64Array(logits.length);
  for (let first = 0; first < logits.length; first += classes) {
    const row = logits.subarray(first, first + classes);
    const largest = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const powers = Float64Array.from(row, (value) => Math.exp(value - largest));
    const sum = powers.reduce((total, value) => total + value, 0);
    result.set(
      powers.map((value) => value / sum),
      first,
    );
  }
  return result;
}

/** Rounded to float32, as a model gives them: of the second class for one logit, of all for several. */
export function probabilitiesOf(logits: Float32Array, count: number, loss: Loss): Float32Array {
  return loss === 'binary-cross-entropy'
    ? logits.map((logit) => 1 / (1 + Math.exp(-logit)))
    : Float32Array.from(softmax(logits, count));
}
