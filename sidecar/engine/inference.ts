/** Forward passes with running statistics. */
import type { Examples, Network, Normalization, Weights } from '../network/types.ts';
import { unpackRows } from './blocked.ts';
import { bindCalls, instantiateKernels, type Kernels } from './kernels.ts';
import { writeNormalization, writeWeights } from './parameters.ts';
import { createMemory, type InferencePlan, planInference } from './plan.ts';

type Inputs = Pick<Examples, 'count' | 'inputs'>;

/** Outputs of the last layer, `[count, outputs]`, row-major. */
export type Infer = (examples: Inputs) => Float32Array;

/** Inference alone: the network with these weights, in memory of its own. */
export async function createInference(
  network: Network,
  weights: Weights,
  normalization: Normalization,
): Promise<Infer> {
  const plan = planInference(network);
  const memory = createMemory(plan);
  writeWeights(memory, plan, weights);
  writeNormalization(memory, plan, normalization);
  return bindInference(plan, memory, await instantiateKernels(memory));
}

/** Inference over parameters that lie in memory already. */
export function bindInference(
  { features, inference }: Pick<InferencePlan, 'features' | 'inference'>,
  memory: WebAssembly.Memory,
  kernels: Kernels,
): Infer {
  const { rows, staging, gather, forward, output } = inference;
  const runBytes = bindCalls(kernels, [gather.bytes, ...forward]);
  const runFloats = bindCalls(kernels, [gather.floats, ...forward]);
  const floats = new Float32Array(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  return ({ count, inputs }) => {
    checkInputs(inputs, count, features);
    const outputs = new Float32Array(count * output.units);
    for (let first = 0; first < count; first += rows) {
      const taken = Math.min(rows, count - first);
      const batch = inputs.subarray(first * features, (first + taken) * features);
      if (batch instanceof Uint8Array) {
        bytes.set(batch, staging);
        runBytes();
      } else {
        floats.set(batch, staging / 4);
        runFloats();
      }
      unpackRows(floats, output, taken, outputs, first * output.units);
    }
    return outputs;
  };
}

export function checkInputs(inputs: Examples['inputs'], count: number, features: number): void {
  if (inputs.length !== count * features) {
    throw new Error(
      `examples: expected ${count} times ${features} inputs, found ${inputs.length} values`,
    );
  }
}
