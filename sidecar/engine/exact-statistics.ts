/**
 * Population statistics for batch normalization, lines 8 to 11 of Algorithm 2 (Ioffe and Szegedy 2015): the mean of the
 * batches' means, and m / (m - 1) times the mean of their biased variances, m values a batch. The batches go through the
 * network as it trains, every layer normalized by the batch: all layers get their statistics from the same sweep, and
 * none depends on another's.
 */
import type { Layer, Network } from '../network/types.ts';
import { packParameter } from './blocked.ts';
import { size } from './layers/layer.ts';
import type { Plan } from './plan.ts';
import { fieldOf } from './statistics.ts';

export interface Population {
  /** Takes the batch that has just gone forward. */
  add(): void;
  /** Puts the statistics of all batches taken in place of the running ones. */
  write(): void;
}

/** Of all layers that ask for exact statistics; null when none does. */
export function createPopulation(
  network: Network,
  plan: Plan,
  memory: WebAssembly.Memory,
): Population | null {
  const layers = network.layers.filter(
    (layer) => layer.kind === 'batchnorm' && layer.statistics === 'exact',
  );
  if (layers.length === 0) return null;
  const parts = layers.flatMap((layer) => {
    const values = (network.train.batchSize * size(layer.input)) / layer.input[0];
    // A single value has no unbiased variance.
    const unbias = values > 1 ? values / (values - 1) : 1;
    return [
      averageOf(layer, 'inputMean', 'running_mean', 1, plan, memory),
      averageOf(layer, 'inputVariance', 'running_var', unbias, plan, memory),
    ];
  });
  return {
    add: () => {
      for (const part of parts) part.add();
    },
    write: () => {
      for (const part of parts) part.write();
    },
  };
}

/** The mean over batches of what the forward pass leaves in the statistics, in float64. */
function averageOf(
  { name }: Layer,
  quantity: 'inputMean' | 'inputVariance',
  tensor: string,
  factor: number,
  { statistics, parameters }: Plan,
  memory: WebAssembly.Memory,
): Population {
  const { offset, length } = fieldOf(statistics.fields, name, quantity);
  const batch = new Float32Array(memory.buffer, statistics.staging, statistics.length);
  const parameter = parameters.find((each) => each.name === `${name}.${tensor}`);
  if (!parameter) throw new Error(`${name}: has no ${tensor}`);
  const sums = new Float64Array(length);
  let batches = 0;
  return {
    add() {
      for (let unit = 0; unit < length; unit++) sums[unit] += batch[offset + unit];
      batches += 1;
    },
    write() {
      const values = Float32Array.from(sums, (sum) => (factor * sum) / batches);
      packParameter(new Float32Array(memory.buffer), parameter.place, values);
    },
  };
}
