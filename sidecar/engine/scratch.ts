/**
 * A training's forward and backward pass in memory of its own, to try something on a batch without touching the
 * training: no dropout, no augmentation, batch normalization by the batch as while training. Every layer has its
 * gradient, one whose learning rate is 0 too.
 */
import type { Examples, Network, Normalization, Weights } from '../network/types.ts';
import { unpackParameter, unpackRows } from './blocked.ts';
import { bindCalls, instantiateKernels } from './kernels.ts';
import { writeNormalization, writeWeights } from './parameters.ts';
import { createMemory, type Plan, planTraining } from './plan.ts';
import { createStager } from './sampler.ts';
import { stillNetwork } from './still.ts';

export interface Scratch {
  /** Examples in a batch. */
  readonly rows: number;
  /** Puts the weights in place that the next passes are to use. */
  load(weights: Weights): void;
  /** Outputs of the last layer, `[rows, outputs]`, row-major, for the examples with these indices, `rows` of them. */
  forward(chosen: Uint32Array): Float32Array;
  /**
   * Gradients of the loss of the last forward pass, by the names of the parameters, in PyTorch's layouts; without weight
   * decay and clipping. The weights in place are spent after it: load them anew.
   */
  backward(): Weights;
}

/** `rows` is the training's batch size, less where there are not as many examples. */
export async function createScratch(
  network: Network,
  normalization: Normalization,
  examples: Examples,
): Promise<Scratch> {
  const rows = Math.min(network.train.batchSize, examples.count);
  const plan = planTraining(stillNetwork(network, rows, () => 1));
  const { training } = plan;
  const memory = createMemory(plan);
  writeNormalization(memory, plan, normalization);
  const kernels = await instantiateKernels(memory);
  const bytes = examples.inputs instanceof Uint8Array;
  const gather = bytes ? training.gather.bytes : training.gather.floats;
  const runForward = bindCalls(kernels, [gather, ...training.forward]);
  const runBackward = bindCalls(kernels, training.backward);
  const stage = createStager(examples, training, memory);
  const floats = new Float32Array(memory.buffer);
  return {
    rows,
    load: (weights) => writeWeights(memory, plan, weights),
    forward(chosen) {
      stage(chosen);
      runForward();
      const outputs = new Float32Array(rows * training.output.units);
      unpackRows(floats, training.output, rows, outputs, 0);
      return outputs;
    },
    backward() {
      runBackward();
      return gradients(plan, floats);
    },
  };
}

function gradients({ parameters }: Plan, floats: Float32Array): Weights {
  return new Map(
    parameters.flatMap(({ name, shape, gradient }) =>
      gradient ? [[name, { shape, values: unpackParameter(floats, gradient) }] as const] : [],
    ),
  );
}
