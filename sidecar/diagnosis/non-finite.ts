/** The end of a run by a number that is not finite: where it appeared first, and in which batch. */
import { count } from '../figures.ts';
import type { Network } from '../network/types.ts';
import type { Finding } from '../protocol/findings.ts';
import { thread } from './references.ts';

/** What the trainer knows of it. */
export interface Divergence {
  readonly step: number;
  /** First layer in the order of computation with such a value, and which of its tensors. Null: only the loss itself. */
  readonly where: { readonly layer: string; readonly tensor: string } | null;
  /** What it was: a loss of training, of this value, or one of the test set. */
  readonly loss: number | null;
  /** Examples of the batch as indices into the training set, in the batch's order; empty for the test set's loss. */
  readonly examples: readonly number[];
}

/** Indices that a sentence has room for. */
const mostNamed = 8;

export function nonFinite(
  { step, where, loss, examples }: Divergence,
  network: Network,
  trainExamples: number,
): Finding {
  const place = where === null ? 'the loss' : `${where.layer} (${where.tensor})`;
  const normalized = network.layers.some(({ kind }) => kind === 'batchnorm');
  return {
    kind: 'non-finite',
    // The network's own input is no layer.
    layer: network.layers.find(({ name }) => name === where?.layer)?.name ?? null,
    step,
    severity: 'error',
    title: `Step ${count(step)} has a value that is not finite, first in ${place}`,
    measured:
      loss === null
        ? `After step ${count(step)} the loss on the test set is not finite, while that of training is.`
        : `Step ${count(step)}, ${batchText(step, network, trainExamples)}, has a loss of ${loss}; the first value that is not finite is in ${place}. The batch's examples: ${namesText(examples)}.`,
    matters: 'Nothing can be learned from it; training ends and the last good weights are kept.',
    remedy: `${normalized ? 'A smaller learning rate, a limit under clipGradient or smaller initial weights' : 'A smaller learning rate, smaller initial weights, a limit under clipGradient or batch normalization'} would do, or a look at these examples for values out of range.`,
    reference: thread('tensorflow/playground', 77),
  };
}

/**
 * `batch 3 of epoch 2`: epochs follow each other within a batch where their length is no multiple of it, so that a batch
 * belongs to the epoch of its first example.
 */
export function batchText(step: number, { train }: Network, trainExamples: number): string {
  const position = (step - 1) * train.batchSize;
  const epoch = Math.floor(position / trainExamples);
  const first = Math.ceil((epoch * trainExamples) / train.batchSize);
  return `batch ${count(step - first)} of epoch ${count(epoch + 1)}`;
}

function namesText(examples: readonly number[]): string {
  const named = examples.slice(0, mostNamed).map((example) => `#${example}`);
  const more = examples.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${count(more)} more` : named.join(', ');
}
