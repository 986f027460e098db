/** Inference over many examples that lets others have their turn in this process. */
import { setImmediate } from 'node:timers/promises';
import type { Infer } from '../engine/inference.ts';
import type { Examples } from '../network/types.ts';

/** So many examples are computed before others get their turn: a few milliseconds. */
const sliceExamples = 64;

/** Outputs of all examples, `[count, outputs]`, row-major; rejects with the signal's reason when aborted. */
export async function inferInSlices(
  infer: Infer,
  { count, inputs }: Examples,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const features = inputs.length / count;
  const slices: Float32Array[] = [];
  for (let first = 0; first < count; first += sliceExamples) {
    const last = Math.min(first + sliceExamples, count);
    const slice = inputs.subarray(first * features, last * features);
    slices.push(infer({ count: last - first, inputs: slice }));
    await setImmediate();
    signal?.throwIfAborted();
  }
  const outputs = new Float32Array(slices.reduce((length, slice) => length + slice.length, 0));
  for (const [index, slice] of slices.entries()) outputs.set(slice, index * slices[0].length);
  return outputs;
}
