/**
 * The loop of a trainer thread: steps, history rows, evaluations, and the end with its weights (kept-weights.ts). A loss
 * that is not finite ends it; what was kept before is then all there is.
 */
import { readStatistics } from '../engine/statistics.ts';
import { createTrainer, type Trainer } from '../engine/trainer.ts';
import type { Examples, Layer } from '../network/types.ts';
import type { Evaluation } from '../protocol/statistics.ts';
import { History, nextRecord } from './history.ts';
import { type Kept, type KeptWeights, keepWeights } from './kept-weights.ts';
import { comparePopulation } from './population.ts';
import { createProbing } from './probing.ts';
import { Recorder } from './recorder.ts';
import {
  control,
  type FromTrainer,
  mostAhead,
  type TrainerEnd,
  type TrainerTask,
} from './trainer-messages.ts';

const remedy =
  'A smaller learning rate, a smaller weight deviation or batch normalization would do.';

/**
 * Trains to the end, telling `send` on the way; resolves when the last message, `ended`, has been sent. `clock` gives
 * milliseconds.
 */
export async function trainVariant(
  task: TrainerTask,
  send: (message: FromTrainer) => void,
  clock: () => number,
): Promise<void> {
  const { network, plan } = task;
  const trainer = await createTrainer({ ...task, clock });
  const probe = await createProbing(task, send);
  const words = new Int32Array(task.control);
  const recorder = new Recorder(plan.statistics.fields, new History(task.history));
  const { steps, evaluateEvery } = network.train;
  let toRecord = nextRecord(0, steps);
  /** A copy of the statistics of the step just made. */
  const block = () =>
    readStatistics(task.memory, plan)?.values ?? new Float32Array(plan.statistics.length);
  let sent = 0;
  const judge = task.validation === null ? 'test' : 'validation';
  const keeper = keepWeights(network.train, judge, task.initial);

  let last: Evaluation | null = null;
  /** Of the step just made; once, though a run may be stopped while it evaluates, but for statistics that have changed. */
  const evaluate = (again = false) => {
    if (!again && last?.step === trainer.stepsDone) return last;
    last = evaluateBoth(trainer, task, trainer.stepsDone);
    send({ type: 'evaluation', evaluation: last });
    keeper.take(last, trainer.weights);
    probe(trainer);
    return last;
  };
  const sendStatistics = (values: Float32Array) => {
    while (sent - Atomics.load(words, control.taken) >= mostAhead) {
      Atomics.wait(words, control.taken, Atomics.load(words, control.taken), 100);
      if (Atomics.load(words, control.stop) === 1) return;
    }
    send({ type: 'statistics', step: trainer.stepsDone, values });
    sent += 1;
  };

  send({ type: 'started' });
  const goesOn = () => Atomics.load(words, control.stop) === 0 && !keeper.exhausted;
  while (trainer.stepsDone < steps && goesOn()) {
    trainer.step();
    const step = trainer.stepsDone;
    Atomics.store(words, control.steps, step);
    recorder.add(trainer.loss, trainer.accuracy);
    const finite = Number.isFinite(trainer.loss);
    if (step === toRecord || !finite) {
      recorder.record(step, trainer.learningRate, trainer.bands());
      toRecord = nextRecord(step, steps);
    }
    if (task.statisticsEvery > 0 && step % task.statisticsEvery === 0) {
      sendStatistics(block());
    }
    if (!finite) {
      const kept = keeper.kept.step > 0 ? keeper.kept : (lastFinite(trainer) ?? keeper.kept);
      const error = describeDivergence(trainer, kept.step);
      send({ type: 'ended', end: { outcome: 'failed', ...kept, error } });
      return;
    }
    if (step % evaluateEvery === 0 && step < steps) evaluate();
  }
  const moving = trainer.weights();
  const end = conclude(trainer, task, keeper, evaluate);
  const population =
    task.populationStatistics && end.outcome !== 'failed' && end.step > 0
      ? comparePopulation(
          trainer,
          network,
          task.test,
          network.train.earlyStopping === null ? moving : keeper.kept.weights,
        )
      : null;
  send({ type: 'ended', end: { ...end, population } });
}

/** What a run ends with: exact statistics where they are asked for, and an evaluation that knows them. */
function conclude(
  trainer: Trainer,
  task: TrainerTask,
  keeper: KeptWeights,
  evaluate: (again: boolean) => Evaluation,
): TrainerEnd {
  const { steps, earlyStopping } = task.network.train;
  const { stepsDone } = trainer;
  const outcome = stepsDone === steps || keeper.exhausted ? 'finished' : 'stopped';
  if (stepsDone === 0) return { outcome, ...keeper.kept };
  const settles = task.network.layers.some(takesExactStatistics);
  if (settles && earlyStopping === null) trainer.settleStatistics();
  const evaluation = evaluate(settles && earlyStopping === null);
  const { kept } = keeper;
  if (kept.evaluation === null || (earlyStopping === null && evaluation.testLoss === null)) {
    return { outcome: 'failed', ...kept, error: describeOverflow(stepsDone, kept.step) };
  }
  const note = keeper.note(stepsDone, steps);
  if (!settles || earlyStopping === null) return { outcome, ...kept, note };
  trainer.load(kept.weights);
  trainer.settleStatistics();
  const settled = evaluateBoth(trainer, task, kept.step);
  return { outcome, step: kept.step, weights: trainer.weights(), evaluation: settled, note };
}

function takesExactStatistics(layer: Layer): boolean {
  return layer.kind === 'batchnorm' && layer.statistics === 'exact' && layer.state === 'train';
}

function evaluateBoth(trainer: Trainer, task: TrainerTask, step: number): Evaluation {
  const test = finiteOrNull(trainer, task.test);
  const validation = task.validation === null ? null : finiteOrNull(trainer, task.validation);
  return {
    step,
    testLoss: test.loss,
    testAccuracy: test.accuracy,
    validationLoss: validation?.loss ?? null,
    validationAccuracy: validation?.accuracy ?? null,
  };
}

function finiteOrNull(trainer: Trainer, examples: Examples) {
  const { loss, accuracy } = trainer.evaluate(examples);
  return { loss: Number.isFinite(loss) ? loss : null, accuracy };
}

/** The weights before the step without a finite loss, where that step was not the first and they are finite. */
function lastFinite(trainer: Trainer): Kept | null {
  const step = trainer.stepsDone - 1;
  const weights = trainer.weights();
  const finite = [...weights.values()].every(({ values }) => values.every(Number.isFinite));
  return step > 0 && finite ? { step, weights, evaluation: null } : null;
}

function describeOverflow(step: number, keptStep: number): string {
  return `After step ${step}: expected a finite loss on the test set, found none. The weights of step ${keptStep} are kept. ${remedy}`;
}

function describeDivergence(trainer: Trainer, keptStep: number): string {
  const where = trainer.firstNonFinite();
  const place = where === null ? 'the loss itself' : `${where.layer} (${where.tensor})`;
  return (
    `Step ${trainer.stepsDone}: expected a finite loss, found ${trainer.loss}; the first value that is not ` +
    `finite is in ${place}. The weights of step ${keptStep} are kept. ${remedy}`
  );
}
