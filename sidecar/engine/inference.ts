/** Forward passes with running statistics. */
import type { Examples, Network, Normalization, Weights } from '../network/types.ts';
import { unpackRows } from './blocked.ts';
import type { Call } from './calls.ts';
import { bindCalls, instantiateKernels } from './kernels.ts';
import { writeNormalization, writeWeights } from './parameters.ts';
import { type BatchPlan, createMemory, type InferencePlan, planInference } from './plan.ts';

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
  const kernels = await instantiateKernels(memory);
  const [runBytes, runFloats] = inferenceLists(plan.inference).map((calls) =>
    bindCalls(kernels, calls),
  );
  return bindInference(plan, memory, runBytes, runFloats);
}

/** The calls that bring a batch of bytes or of float32 through the network. */
export function inferenceLists({ gather, forward }: BatchPlan): readonly (readonly Call[])[] {
  return [
    [gather.bytes, ...forward],
    [gather.floats, ...forward],
  ];
}

/** Inference over parameters that lie in memory already; the functions run the `inferenceLists`. */
export function bindInference(
  { features, inference }: Pick<InferencePlan, 'features' | 'inference'>,
  memory: WebAssembly.Memory,
  runBytes: () => void,
  runFloats: () => void,
): Infer {
  const { rows, staging, output } = inference;
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
