/**
 * What difference population statistics make: the weights of a run once with the moving averages of its training and once
 * with the statistics of the whole training set (Algorithm 2 of the paper).
 */
import type { Trainer } from '../engine/trainer.ts';
import { type Examples, isTrainedBatchNorm, type Network, type Weights } from '../network/types.ts';
import type { PopulationDifference, PopulationScores, Score } from '../report/source.ts';

/**
 * Measures both on `test`, with `moving` as the weights; null without a batch normalization that trains. Leaves the exact
 * statistics in the trainer.
 */
export function comparePopulation(
  trainer: Trainer,
  { layers }: Network,
  test: Examples,
  moving: Weights,
): PopulationScores | null {
  const normalizations = layers.filter(isTrainedBatchNorm);
  if (normalizations.length === 0) return null;
  trainer.load(moving);
  const before = scoreOf(trainer, test);
  trainer.settleStatistics('all');
  const exact = trainer.weights();
  return {
    moving: before,
    exact: scoreOf(trainer, test),
    layers: normalizations.map(({ name }) => differenceOf(name, moving, exact)),
  };
}

function scoreOf(trainer: Trainer, test: Examples): Score {
  const { loss, accuracy } = trainer.evaluate(test);
  return { loss: Number.isFinite(loss) ? loss : null, accuracy };
}

/** A unit that never varies has no deviation to measure by, and does not count. */
function differenceOf(layer: string, moving: Weights, exact: Weights): PopulationDifference {
  const values = (weights: Weights, role: string) => weights.get(`${layer}.${role}`)!.values;
  const means = values(moving, 'running_mean');
  const variances = values(moving, 'running_var');
  const exactMeans = values(exact, 'running_mean');
  const exactVariances = values(exact, 'running_var');
  let mean = 0;
  let worst = 0;
  for (let unit = 0; unit < means.length; unit++) {
    if (!(exactVariances[unit] > 0 && variances[unit] > 0)) continue;
    const difference = Math.abs(means[unit] - exactMeans[unit]) / Math.sqrt(exactVariances[unit]);
    mean = Math.max(mean, difference);
    const logarithm = Math.log(variances[unit] / exactVariances[unit]) / 2;
    if (Math.abs(logarithm) > Math.abs(worst)) worst = logarithm;
  }
  return { layer, mean, deviation: Math.exp(worst) };
}
