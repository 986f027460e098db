/**
 * The plan of a probe: the network on a batch of its own, in a memory of its own where every tensor stays to be looked
 * at. Nothing of it touches the memory of training, so that a run's bits are the same with and without probes.
 */
import type { Network } from '../../network/types.ts';
import { type Plan, planTraining } from '../plan.ts';
import { stillNetwork } from '../still.ts';

export interface ProbePlan {
  /** The network as it is probed: without dropout and augmentation, its steps plain gradient descent. */
  readonly network: Network;
  readonly plan: Plan;
}

/** Examples of a probe: as many as a batch has, within what makes statistics of little noise and little work. */
const fewestExamples = 60;
const mostExamples = 256;

/** A probe may take as much memory as training, and this much in any case; with more it looks at fewer examples. */
const alwaysAllowed = 2 ** 28;
const fewestInLittleMemory = 8;

/** Examples in memory are padded to a multiple of this. */
const multiple = 4;

/**
 * Null when the network is not to be probed. `examples` are there to choose from, `trainingBytes` is what the memory of
 * training takes.
 */
export function planProbe(
  network: Network,
  examples: number,
  trainingBytes: number,
): ProbePlan | null {
  if (network.train.probe === 'none') return null;
  const wanted = Math.max(fewestExamples, Math.min(mostExamples, network.train.batchSize));
  const allowed = Math.max(alwaysAllowed, trainingBytes);
  const rows = Math.min(wanted, examples);
  const probe = planOf(network, rows);
  const { bytes, shares } = probe.plan;
  if (bytes <= allowed) return probe;
  // Only activations take less for fewer examples.
  const fitting = (rows * (allowed - bytes + shares.activations)) / shares.activations;
  const fewer = Math.max(fewestInLittleMemory, Math.floor(fitting / multiple) * multiple);
  return fewer < rows ? planOf(network, fewer) : probe;
}

function planOf(network: Network, batchSize: number): ProbePlan {
  const withGradients = network.train.probe === 'gradients';
  // Where nothing learns, no gradients are laid out.
  const probed = stillNetwork(network, batchSize, ({ learningRate }) =>
    withGradients ? learningRate : 0,
  );
  return {
    network: probed,
    plan: planTraining(probed, { keep: true, evaluationBatch: batchSize }),
  };
}
