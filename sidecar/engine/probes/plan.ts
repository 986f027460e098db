/**
 * The plan of a probe: the network on a batch of its own, in a memory of its own where every tensor stays to be looked
 * at. Nothing of it touches the memory of training, so that a run's bits are the same with and without probes.
 */
import type { Layer, Network, Train } from '../../network/types.ts';
import { type Plan, planTraining } from '../plan.ts';

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
const leastHalved = 16;

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
  let rows = Math.min(wanted, examples);
  let probe = planOf(network, rows);
  while (probe.plan.bytes > allowed && rows >= 2 * leastHalved) {
    rows = Math.floor(rows / 2);
    probe = planOf(network, rows);
  }
  return probe;
}

function planOf(network: Network, batchSize: number): ProbePlan {
  const withGradients = network.train.probe === 'gradients';
  const train: Train = {
    ...network.train,
    ...{ batchSize, shuffle: false, augmentation: null, clipGradient: null },
    optimizer: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 },
  };
  const layers = network.layers.map((layer): Layer => {
    // Where nothing learns, no gradients are laid out.
    const learningRate = withGradients ? layer.learningRate : 0;
    return layer.kind === 'dropout'
      ? { ...layer, learningRate, rate: 0 }
      : { ...layer, learningRate };
  });
  const probed = { ...network, layers, train };
  return { network: probed, plan: planTraining(probed, { keep: true }) };
}
