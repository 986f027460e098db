/** A network in training with a prober beside it, and the same network in float64. */
import { initialWeights } from '../../../sidecar/engine/initialize.ts';
import { readWeights } from '../../../sidecar/engine/parameters.ts';
import { createMemory, planTraining } from '../../../sidecar/engine/plan.ts';
import { planProbe } from '../../../sidecar/engine/probes/plan.ts';
import { createProber } from '../../../sidecar/engine/probes/probe.ts';
import { createTrainer } from '../../../sidecar/engine/trainer.ts';
import type { Examples, Network, Weights } from '../../../sidecar/network/types.ts';
import { examplesFor, identity, sizeOf } from '../networks.ts';
import { inFloat64, layerOutputs, rowsOf, type Values } from '../reference.ts';

/** As many examples as fit into the probe whole, in their order; not a multiple of anything. */
const count = 13;

export async function createProbed(
  network: Network,
  train: Examples = examplesFor(network, count),
  initial: Weights = initialWeights(network),
) {
  const plan = planTraining(network);
  const memory = createMemory(plan);
  const trainer = await createTrainer({
    ...{ network, plan, memory, train, normalization: identity, initial, build: 'simd' },
  });
  const planned = planProbe(network, train.count, plan.bytes)!;
  const prober = await createProber(planned, {
    ...{ plan, memory, train, normalization: identity, build: 'simd' },
  });
  const values = () => inFloat64(readWeights(memory, plan));
  return {
    trainer,
    prober,
    train,
    memory,
    probePlan: planned.plan,
    /** The weights as they are now, in float64. */
    values,
    /** Output of every layer in float64, with the weights as they are now; `input` is the network's own. */
    outputs(mode: 'training' | 'inference', weights: Values = values()) {
      const inputs = rowsOf(train.inputs, sizeOf(network.input));
      const outputs = layerOutputs(network, weights, inputs, mode);
      return outputs.set('input', inputs);
    },
  };
}
