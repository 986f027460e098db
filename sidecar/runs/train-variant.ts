/**
 * The loop of a trainer thread: steps, history rows, evaluations, what a person changes in between (controls.ts), and the
 * end (conclude.ts) with the weights that are kept (kept-weights.ts). A loss that is not finite ends it.
 */
import { readStatistics } from '../engine/statistics.ts';
import { createTrainer } from '../engine/trainer.ts';
import type { Evaluation } from '../protocol/statistics.ts';
import { conclude, concludeDiverged } from './conclude.ts';
import { createControls } from './controls.ts';
import { History, nextRecord } from './history.ts';
import { keepWeights } from './kept-weights.ts';
import { comparePopulation } from './population.ts';
import { createProbing } from './probing.ts';
import { Recorder } from './recorder.ts';
import { Scores } from './scores.ts';
import { type Line, mostAhead, type TrainerTask, words } from './trainer-messages.ts';

/**
 * Trains to the end, telling its owner on the way; resolves when the last message, `ended`, has been sent. `clock` gives
 * milliseconds.
 */
export async function trainVariant(
  task: TrainerTask,
  line: Line,
  clock: () => number,
): Promise<void> {
  const { network } = task;
  const trainer = await createTrainer({ ...task, clock });
  const probe = await createProbing(task, line);
  const shared = new Int32Array(task.words);
  const recorder = new Recorder(task.plan.statistics.fields, new History(task.history));
  const sendStatistics = statisticsSender(task, shared, line);
  const { steps, evaluateEvery } = network.train;
  let toRecord = nextRecord(0, steps);
  let diverged = false;
  const judge = task.validation === null ? 'test' : 'validation';
  const keeper = keepWeights(network.train, judge, task.initial);
  const scores = new Scores(task, trainer);

  let last: Evaluation | null = null;
  /**
   * Of the step just made; once, though a run may be stopped while it evaluates, unless weights or statistics have
   * changed. What is kept is judged by running statistics, as it will be exported, whatever is shown.
   */
  const evaluate = ({ again = false, asked = false } = {}) => {
    if (!again && last?.step === trainer.stepsDone) return last;
    last = scores.measure('running', trainer.stepsDone);
    const { statistics } = scores;
    const shown = statistics === 'running' ? last : scores.measure(statistics, trainer.stepsDone);
    line.send({ type: 'evaluation', evaluation: shown });
    keeper.take(last, trainer.weights, asked);
    probe(trainer, again);
    return last;
  };
  const outdate = () => {
    last = null;
  };
  const makeStep = () => {
    trainer.step();
    const step = trainer.stepsDone;
    Atomics.store(shared, words.steps, step);
    recorder.add(trainer.loss, trainer.accuracy);
    diverged = !Number.isFinite(trainer.loss);
    if (step === toRecord || diverged) {
      recorder.record(step, trainer.learningRate, trainer.bands());
      toRecord = nextRecord(step, steps);
    }
    if (task.statisticsEvery > 0 && step % task.statisticsEvery === 0) sendStatistics(step);
    if (!diverged && step % evaluateEvery === 0 && step < steps) evaluate();
  };
  const goesOn = () =>
    trainer.stepsDone < steps &&
    !diverged &&
    !keeper.exhausted &&
    Atomics.load(shared, words.stop) === 0;
  const controls = createControls({
    ...{ task, trainer, scores, line, evaluate, outdate, makeStep, goesOn },
  });

  line.send({ type: 'started' });
  while (goesOn()) {
    if (controls.due()) await controls.take();
    else makeStep();
  }
  const moving = trainer.weights();
  const end = diverged
    ? concludeDiverged(trainer, task, keeper)
    : conclude(trainer, task, keeper, scores, (again) => evaluate({ again }));
  // Whoever stops a run is not to wait for a pass over the training set.
  const population =
    task.populationStatistics && end.outcome === 'finished'
      ? comparePopulation(
          trainer,
          network,
          task.test,
          network.train.earlyStopping === null ? moving : keeper.kept.weights,
        )
      : null;
  line.send({ type: 'ended', end: { ...end, population } });
}

/** A function that sends every unit's statistics of the step just made; it waits while its owner is too far behind. */
function statisticsSender(
  { memory, plan }: TrainerTask,
  shared: Int32Array,
  { send }: Line,
): (step: number) => void {
  let sent = 0;
  return (step) => {
    while (sent - Atomics.load(shared, words.taken) >= mostAhead) {
      Atomics.wait(shared, words.taken, Atomics.load(shared, words.taken), 100);
      if (Atomics.load(shared, words.stop) === 1) return;
    }
    const values = readStatistics(memory, plan)?.values ?? new Float32Array(plan.statistics.length);
    send({ type: 'statistics', step, values });
    sent += 1;
  };
}
