/** A trainer together with a view into its memory. */
import { unpackParameter, unpackRows } from '../../sidecar/engine/blocked.ts';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import type { KernelBuild } from '../../sidecar/engine/kernels.ts';
import { createMemory, planTraining } from '../../sidecar/engine/plan.ts';
import { fieldOf, readStatistics, type StatisticsField } from '../../sidecar/engine/statistics.ts';
import { createTrainer } from '../../sidecar/engine/trainer.ts';
import type { Examples, Network, Normalization, Weights } from '../../sidecar/network/types.ts';
import { identity } from './networks.ts';

interface Options {
  readonly normalization?: Normalization;
  readonly initial?: Weights;
  readonly build?: KernelBuild;
  readonly threads?: number;
}

export async function createSession(network: Network, train: Examples, options: Options = {}) {
  const { normalization = identity, initial = initialWeights(network), build, threads } = options;
  const plan = planTraining(network, { keep: true });
  const memory = createMemory(plan);
  const trainer = await createTrainer({
    ...{ network, plan, memory, train, normalization, initial, build, threads },
  });
  const floats = new Float32Array(memory.buffer);
  return {
    plan,
    memory,
    trainer,
    initial,
    /** Gradient of a parameter in the last step, in the parameter's own order. */
    gradient(name: string): Float32Array {
      const parameter = plan.parameters.find((each) => each.name === name);
      return unpackParameter(floats, parameter!.gradient!);
    },
    /** A tensor of the last step's activations, `[examples][units][pixels]`. */
    activation(layer: string, tensor: string): Float32Array {
      const { place } = plan.training.tensors.find(
        (each) => each.layer === layer && each.tensor === tensor,
      )!;
      const values = new Float32Array(place.rows * place.units * place.pixels);
      unpackRows(floats, place, place.rows, values, 0);
      return values;
    },
    /** One quantity of the last published block. */
    statistic(layer: string, quantity: StatisticsField['quantity']): Float32Array {
      const { values } = readStatistics(memory, plan)!;
      const { offset, length } = fieldOf(plan.statistics.fields, layer, quantity);
      return values.slice(offset, offset + length);
    },
  };
}
