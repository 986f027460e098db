/** What a training ends with: its outcome, the weights that are kept, their evaluation, and why. */
import { batchText, type Divergence } from '../diagnosis/non-finite.ts';
import { examplesOf } from '../engine/sampler.ts';
import type { Trainer } from '../engine/trainer.ts';
import { isTrainedBatchNorm, type Layer, type Network } from '../network/types.ts';
import type { Evaluation } from '../protocol/statistics.ts';
import type { Kept, KeptWeights } from './kept-weights.ts';
import type { Scores } from './scores.ts';
import type { TrainerEnd, TrainerTask } from './trainer-messages.ts';

function remedyFor({ layers }: Network): string {
  return layers.some(({ kind }) => kind === 'batchnorm')
    ? 'A smaller learning rate or a smaller weight deviation would do.'
    : 'A smaller learning rate, a smaller weight deviation or batch normalization would do.';
}

/**
 * The end of a training whose last loss was finite: exact statistics where they are asked for, and an evaluation that
 * knows them. `evaluate` gives that of the last step, anew where it is told so.
 */
export function conclude(
  trainer: Trainer,
  { network }: TrainerTask,
  keeper: KeptWeights,
  scores: Scores,
  evaluate: (again: boolean) => Evaluation,
): TrainerEnd {
  const { steps, earlyStopping } = network.train;
  const { stepsDone } = trainer;
  const outcome = stepsDone === steps || keeper.exhausted ? 'finished' : 'stopped';
  if (stepsDone === 0) return { outcome, ...keeper.kept };
  const settles = network.layers.some(takesExactStatistics);
  if (settles && earlyStopping === null) trainer.settleStatistics();
  const evaluation = evaluate(settles && earlyStopping === null);
  const { kept } = keeper;
  if (kept.evaluation === null || (earlyStopping === null && evaluation.testLoss === null)) {
    const divergence = { step: stepsDone, where: null, loss: null, examples: [] };
    const error = describeOverflow(stepsDone, network, kept.step);
    return { outcome: 'failed', ...kept, error, divergence };
  }
  const note = keeper.note(stepsDone, steps);
  if (!settles || earlyStopping === null) return { outcome, ...kept, note };
  trainer.load(kept.weights);
  trainer.settleStatistics();
  const settled = scores.measure('running', kept.step);
  return { outcome, step: kept.step, weights: trainer.weights(), evaluation: settled, note };
}

/** The end of a training whose last loss was not finite: what was kept before is all there is. */
export function concludeDiverged(
  trainer: Trainer,
  task: TrainerTask,
  { kept }: KeptWeights,
): TrainerEnd {
  const good = kept.step > 0 ? kept : (lastFinite(trainer) ?? kept);
  const divergence = findDivergence(trainer, task);
  const error = describeDivergence(divergence, task, good.step);
  return { outcome: 'failed', ...good, error, divergence };
}

function takesExactStatistics(layer: Layer): boolean {
  return isTrainedBatchNorm(layer) && layer.statistics === 'exact';
}

/** The weights before the step without a finite loss, where that step was not the first and they are finite. */
function lastFinite(trainer: Trainer): Kept | null {
  const step = trainer.stepsDone - 1;
  const weights = trainer.weights();
  const finite = [...weights.values()].every(({ values }) => values.every(Number.isFinite));
  return step > 0 && finite ? { step, weights, evaluation: null } : null;
}

function describeOverflow(step: number, network: Network, keptStep: number): string {
  return `After step ${step}: expected a finite loss on the test set, found none. The weights of step ${keptStep} are kept. ${remedyFor(network)}`;
}

/** The step just made, whose loss is not finite. */
function findDivergence(trainer: Trainer, { network, train }: TrainerTask): Divergence {
  const { stepsDone, loss } = trainer;
  const examples = examplesOf(network, train.count, stepsDone - 1);
  return { step: stepsDone, where: trainer.firstNonFinite(), loss, examples };
}

function describeDivergence(
  { step, where, loss }: Divergence,
  { network, train }: TrainerTask,
  keptStep: number,
): string {
  const place = where === null ? 'the loss itself' : `${where.layer} (${where.tensor})`;
  return (
    `Step ${step} (${batchText(step, network, train.count)}): expected a finite loss, found ${loss}; the first value ` +
    `that is not finite is in ${place}. The weights of step ${keptStep} are kept. ${remedyFor(network)}`
  );
}
