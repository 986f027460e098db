/** Running statistics beside those of the probe's batch: what inference makes of a layer. */
import type { Layer } from '../../network/types.ts';
import type { Plan } from '../plan.ts';
import { statisticsOffset } from '../statistics.ts';
import { quantile } from './sample.ts';

export interface GapMeasures {
  readonly layer: string;
  readonly meanLargest: number;
  readonly meanMedian: number;
  readonly deviationWorst: number;
  readonly deviationMedian: number;
}

/**
 * A function that measures after a forward pass; null for layers that are no batch normalization. Deviations are what
 * the layer divides by, sqrt(variance + epsilon); units with a value that is not finite are left out, and the layer
 * (null) when no unit is left.
 */
export function gapProbe(
  layer: Layer,
  plan: Plan,
): ((memory: Float32Array) => GapMeasures | null) | null {
  if (layer.kind !== 'batchnorm') return null;
  const [units] = layer.input;
  const measured = (quantity: 'inputMean' | 'inputVariance') =>
    statisticsOffset(plan.statistics, layer, quantity) / 4;
  const kept = (tensor: string) =>
    plan.parameters.find((each) => each.layer === layer.name && each.tensor === tensor)!.place
      .offset / 4;
  const batch = { mean: measured('inputMean'), variance: measured('inputVariance') };
  const running = { mean: kept('running_mean'), variance: kept('running_var') };
  return (memory) => {
    const gaps = Array.from({ length: units }, (_, unit) => {
      const deviation = Math.sqrt(memory[batch.variance + unit] + layer.epsilon);
      const difference = Math.abs(memory[running.mean + unit] - memory[batch.mean + unit]);
      const used = Math.sqrt(memory[running.variance + unit] + layer.epsilon);
      return { mean: difference / deviation, ratio: used / deviation };
    }).filter(({ mean, ratio }) => Number.isFinite(mean) && Number.isFinite(ratio) && ratio > 0);
    if (gaps.length === 0) return null;
    const means = Float64Array.from(gaps, ({ mean }) => mean).sort();
    const ratios = Float64Array.from(gaps, ({ ratio }) => ratio).sort();
    const [least, most] = [ratios[0], ratios[ratios.length - 1]];
    return {
      layer: layer.name,
      meanLargest: means[means.length - 1],
      meanMedian: quantile(means, 0.5),
      // Half as large is as far off as twice as large.
      deviationWorst: least * most < 1 ? least : most,
      deviationMedian: quantile(ratios, 0.5),
    };
  };
}
