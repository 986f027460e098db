/** Several trained networks as one: the mean of their class probabilities (section 4.2.3 of the paper). */
import type { DataSet } from '../data/types.ts';
import { createInference } from '../engine/inference.ts';
import type { Examples, Network, Normalization, Weights } from '../network/types.ts';
import type { EnsembleScores, Score } from '../report/source.ts';
import { inferInSlices } from './infer.ts';
import { softmax } from './probabilities.ts';

export interface Member {
  readonly variant: string;
  readonly network: Network;
  readonly weights: Weights;
}

/** Class probabilities of each member and their mean, `[examples, classes]`, row-major. */
interface Probabilities {
  readonly members: readonly Float64Array[];
  readonly mean: Float64Array;
}

/** Why these networks cannot be averaged, as what was expected and found; null when they can. */
export function ensembleMisfit(
  members: readonly Pick<Member, 'variant' | 'network'>[],
): string | null {
  const wrong = members.find(({ network }) => network.loss !== 'softmax-cross-entropy');
  if (wrong === undefined) return null;
  return `expected members that give class probabilities (loss: softmax-cross-entropy), found ${wrong.variant} with ${wrong.network.loss}`;
}

export async function ensembleProbabilities(
  members: readonly Member[],
  normalization: Normalization,
  examples: Examples,
  signal?: AbortSignal,
): Promise<Probabilities> {
  const all: Float64Array[] = [];
  for (const { network, weights } of members) {
    const infer = await createInference(network, weights, normalization);
    all.push(softmax(await inferInSlices(infer, examples, signal), examples.count));
  }
  const mean = all[0].map((_, i) => all.reduce((sum, each) => sum + each[i], 0) / all.length);
  return { members: all, mean };
}

/** On the test set, which must not be empty. */
export async function scoreEnsemble(
  members: readonly Member[],
  { normalization, test }: DataSet,
): Promise<EnsembleScores> {
  const probabilities = await ensembleProbabilities(members, normalization, test);
  const targets = test.targets as Int32Array;
  return {
    members: members.map(({ variant }, i) => ({
      variant,
      ...scoreOf(probabilities.members[i], targets),
    })),
    whole: scoreOf(probabilities.mean, targets),
  };
}

/** Cross-entropy and the share of examples whose most probable class is theirs. */
function scoreOf(probabilities: Float64Array, targets: Int32Array): Score {
  const classes = probabilities.length / targets.length;
  let loss = 0;
  let right = 0;
  for (const [example, target] of targets.entries()) {
    const row = probabilities.subarray(example * classes, (example + 1) * classes);
    loss -= Math.log(row[target]);
    right += Number(row.indexOf(row.reduce((most, value) => Math.max(most, value))) === target);
  }
  const mean = loss / targets.length;
  return { loss: Number.isFinite(mean) ? mean : null, accuracy: right / targets.length };
}
