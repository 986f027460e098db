/**
 * Loss and accuracy by the statistics of the batches themselves: batch normalization does what it does while training,
 * dropout nothing. Batches have the training's size and are drawn at random, since examples that lie in the order of
 * their classes would make batches like none that were trained on. Every example counts once: the last batch is the
 * last so many of the order, whether or not some of them have been counted, so that no batch is smaller than others.
 */
import type { Examples, Network, Normalization, Weights } from '../network/types.ts';
import { score } from './loss.ts';
import { shuffledOrder } from './sampler.ts';
import { createScratch } from './scratch.ts';

/** With one set of weights the same figures every time. */
export type EvaluateByBatch = (weights: Weights) => { loss: number; accuracy: number | null };

/** Throws where a batch of one example leaves a batch normalization nothing to normalize. */
export async function createBatchEvaluation(
  network: Network,
  normalization: Normalization,
  examples: Examples,
): Promise<EvaluateByBatch> {
  const { rows, load, forward } = await createScratch(network, normalization, examples);
  const { count } = examples;
  const order = shuffledOrder(count, network.train.seed, 0);
  return (weights) => {
    load(weights);
    let outputs = new Float32Array();
    for (let next = 0; next < count; next += rows) {
      const first = Math.min(next, count - rows);
      const chosen = order.subarray(first, first + rows);
      const batch = forward(chosen);
      const units = batch.length / rows;
      if (next === 0) outputs = new Float32Array(count * units);
      for (const [row, example] of chosen.entries()) {
        outputs.set(batch.subarray(row * units, (row + 1) * units), example * units);
      }
    }
    return score(network.loss, outputs, outputs.length / count, examples);
  };
}
