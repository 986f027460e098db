/** Batches too small to know their own variance: every step normalizes by another one. */
import { count, percent } from '../figures.ts';
import { type BatchNorm, isTrainedBatchNorm } from '../network/types.ts';
import type { Finding } from '../protocol/findings.ts';
import { type Evidence, meanOf, median, seriesOf, valuesPerChannel } from './evidence.ts';

/**
 * Relative deviation of a batch's variance from step to step. For m independent values it is sqrt(2 / (m - 1)): a half
 * at m = 9, where Wu and He (2018, figure 1) see the error begin to rise.
 */
const mostNoise = 0.5;
/**
 * The same of independent examples, below which it is not the batch that is too small: variances that jump all the same
 * are those of weights that do. Batches of 33.
 */
const noiseOfSmall = 0.25;
/** Fewer blocks say nothing about a spread. */
const fewestBlocks = 4;

export function noisyStatistics(evidence: Evidence): Finding | null {
  const { network, probe, recent } = evidence;
  const { batchSize } = network.train;
  if (recent.length < fewestBlocks || predicted(batchSize) < noiseOfSmall) return null;
  const noises = network.layers.filter(isTrainedBatchNorm).flatMap((layer) => {
    const noise = measureNoise(layer, evidence);
    return noise === null ? [] : [{ layer, noise }];
  });
  const worst = noises.toSorted((a, b) => b.noise.variance - a.noise.variance)[0];
  if (worst === undefined || !(worst.noise.variance > mostNoise)) return null;
  const { layer, noise } = worst;
  const values = valuesPerChannel(layer, network);
  const steps = `${count(recent.length)} steps from ${count(recent[0].step)} to ${count(probe.step)}`;
  return {
    kind: 'noisy-statistics',
    layer: layer.name,
    step: probe.step,
    severity: 'warning',
    title: `${layer.name} normalizes by noise: its batches are too small`,
    measured: `Over ${steps} the batch variance of a unit deviates from its running one by ${percent(noise.variance)}, the batch mean by ${percent(noise.mean)} of the deviation; ${count(values)} independent values a channel would give ${percent(predicted(values))} and ${percent(Math.sqrt(1 / values))}.`,
    matters:
      'What a unit says of an example depends on which others happen to be in the batch, in training alone: evaluation sees another network.',
    remedy: `Use a larger batchSize than ${count(batchSize)}, or groupnorm or layernorm, which need no batch.`,
    reference: {
      title: 'Wu and He 2018, Group Normalization',
      url: 'https://arxiv.org/abs/1803.08494',
    },
  };
}

/** Relative deviation of the variance of so many independent values. */
function predicted(values: number): number {
  return Math.sqrt(2 / (values - 1));
}

/**
 * Deviation over blocks of the batch's statistics around the running ones before that batch, the median unit's; null where
 * no unit can be measured.
 */
function measureNoise(layer: BatchNorm, evidence: Evidence) {
  const values = valuesPerChannel(layer, evidence.network);
  const quantities = ['inputMean', 'inputVariance', 'runningMean', 'runningVariance'] as const;
  const series = quantities.map((quantity) => seriesOf(evidence, layer.name, quantity));
  // A running average that is the last batch, or a batch whose variance is 0, leaves nothing to compare.
  if (values < 2 || layer.momentum === 1 || series.some((one) => one === null)) return null;
  const [means, variances, runningMeans, runningVariances] = series as Float32Array[][];
  const before = (running: number, batch: number) =>
    (running - layer.momentum * batch) / (1 - layer.momentum);
  const unbias = values / (values - 1);
  const perUnit = Array.from(means[0], (_, unit) => {
    const distances: number[] = [];
    const ratios: number[] = [];
    for (const [t, mean] of means.entries()) {
      const variance = unbias * variances[t][unit];
      const expected = before(runningVariances[t][unit], variance);
      const distance = mean[unit] - before(runningMeans[t][unit], mean[unit]);
      distances.push(distance / Math.sqrt(expected));
      ratios.push(variance / expected);
    }
    // Running averages that trail behind are off by a common factor and distance: that is no noise.
    const level = meanOf(ratios);
    return {
      mean: deviation(distances) / Math.sqrt(level),
      variance: deviation(ratios) / level,
    };
  }).filter(({ mean, variance }) => Number.isFinite(mean) && Number.isFinite(variance));
  if (perUnit.length === 0) return null;
  return {
    mean: median(perUnit.map(({ mean }) => mean)),
    variance: median(perUnit.map(({ variance }) => variance)),
  };
}

function deviation(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
