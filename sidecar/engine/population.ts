/**
 * Exact statistics of batch normalization (Ioffe and Szegedy 2015, Algorithm 2, lines 8 to 12): with the weights as they
 * are, the batches of the whole training set go through the network as in training, and the averages of their means and
 * of their unbiased variances take the place of the running ones.
 */
import { type BatchNorm, isTrainedBatchNorm, locationsOf, type Network } from '../network/types.ts';
import { type Place, packParameter } from './blocked.ts';
import type { Plan } from './plan.ts';
import { statisticsOffset } from './statistics.ts';

/** Which batch normalizations get them: those that ask for it with `statistics: exact`, or all that normalize by batches. */
export type Settled = 'exact' | 'all';

/** `forward` brings a batch, counted from 0, through the network, its statistics into the plan's staging block. */
export function writePopulationStatistics(
  { layers }: Network,
  which: Settled,
  plan: Plan,
  memory: WebAssembly.Memory,
  batches: number,
  forward: (batch: number) => void,
): void {
  const floats = new Float32Array(memory.buffer);
  const settled = layers.filter(isTrainedBatchNorm).filter(({ statistics }) => {
    return which === 'all' || statistics === 'exact';
  });
  const exact = settled.map((layer) => {
    const [channels] = layer.input;
    const values = plan.training.rows * locationsOf(layer.input);
    const unbias = values / (values - 1);
    return [
      average(plan, layer, 'inputMean', 'running_mean', channels, 1 / batches),
      average(plan, layer, 'inputVariance', 'running_var', channels, unbias / batches),
    ];
  });
  if (exact.length === 0) return;
  for (let batch = 0; batch < batches; batch++) {
    forward(batch);
    for (const { measured, sums } of exact.flat()) {
      for (let i = 0; i < sums.length; i++) sums[i] += floats[measured / 4 + i];
    }
  }
  for (const { place, sums, factor } of exact.flat()) {
    packParameter(
      floats,
      place,
      Float32Array.from(sums, (sum) => sum * factor),
    );
  }
}

/** Where a quantity is measured, its sums over batches in float64, and what they are to become. */
function average(
  { statistics, parameters }: Plan,
  layer: BatchNorm,
  quantity: 'inputMean' | 'inputVariance',
  tensor: string,
  channels: number,
  factor: number,
): { measured: number; sums: Float64Array; place: Place; factor: number } {
  const { place } = parameters.find((each) => each.layer === layer.name && each.tensor === tensor)!;
  const measured = statisticsOffset(statistics, layer, quantity);
  return { measured, sums: new Float64Array(channels), place, factor };
}
