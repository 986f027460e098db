/**
 * What a person changes about a training, as its thread does it between two steps. Looking whether something is to be
 * done costs one load from shared memory; while paused the thread sleeps.
 */
import type { Trainer } from '../engine/trainer.ts';
import { brief } from '../figures.ts';
import { isTrainedBatchNorm } from '../network/types.ts';
import type { ControlAction, ControlEvent, EvaluationStatistics } from '../protocol/control.ts';
import type { Evaluation } from '../protocol/statistics.ts';
import { scaleWeights } from './scale-weights.ts';
import type { Scores } from './scores.ts';
import { type Line, type TrainerTask, words } from './trainer-messages.ts';
import { result } from './wording.ts';

export interface Controls {
  /** Whether `take` has something to do before the next step. */
  due(): boolean;
  /** Does what has been asked for; resolves when the next step is to be made or the run is to end. */
  take(): Promise<void>;
}

interface Controlled {
  readonly task: TrainerTask;
  readonly trainer: Trainer;
  readonly scores: Scores;
  /** Evaluates the step just made; `asked`: because a person wants it, not because it is time. */
  readonly evaluate: (how: { again: boolean; asked: boolean }) => Evaluation;
  /** Says that weights have changed since the last evaluation, though no step was made. */
  readonly outdate: () => void;
  readonly makeStep: () => void;
  /** Whether there is a step left to make, and nobody has stopped the run. */
  readonly goesOn: () => boolean;
  readonly line: Line;
}

type Effect = Pick<ControlEvent, 'effect' | 'scale'>;

export function createControls(controlled: Controlled): Controls {
  const { task, trainer, goesOn, line } = controlled;
  const shared = new Int32Array(task.words);
  let { paused } = task;
  let taken = 0;

  const act = async (action: ControlAction): Promise<Effect> => {
    const { kind } = action;
    switch (kind) {
      case 'pause':
        if (paused) {
          throw new Error(
            `pause: expected training to be going on, found it paused ${at(trainer)} already`,
          );
        }
        paused = true;
        return { effect: `Paused ${at(trainer)}.` };
      case 'continue':
        expectPaused(paused, kind, trainer);
        paused = false;
        return { effect: `Goes on ${at(trainer)}.` };
      case 'step':
        expectPaused(paused, kind, trainer);
        controlled.makeStep();
        return { effect: `Made step ${trainer.stepsDone}: loss ${brief(trainer.loss)}.` };
      case 'learning-rate':
        return changeLearningRate(trainer, action.value);
      case 'evaluation-statistics':
        return changeStatistics(controlled, action.use);
      case 'recompute-statistics':
        return recomputeStatistics(controlled);
      case 'scale-weights':
        expectPaused(paused, kind, trainer);
        controlled.outdate();
        return scaleWeights(task, trainer, action);
      default:
        return action satisfies never;
    }
  };
  /** A change that cannot be made is no reason to end the training: whoever asked is told. */
  const answer = async (id: number, action: ControlAction): Promise<void> => {
    try {
      const effect = await act(action);
      const event = { step: trainer.stepsDone, action, ...effect };
      line.send({ type: 'controlled', id, event });
    } catch (error) {
      line.send({ type: 'refused', id, reason: (error as Error).message });
    }
  };
  return {
    due: () => paused || Atomics.load(shared, words.commands) !== taken,
    async take() {
      do {
        // Before the commands: one that comes after them makes the sleep return at once.
        taken = Atomics.load(shared, words.commands);
        while (goesOn()) {
          const command = line.receive();
          if (command === undefined) break;
          await answer(command.id, command.action);
        }
        if (paused && goesOn()) Atomics.wait(shared, words.commands, taken);
      } while (paused && goesOn());
    },
  };
}

function at({ stepsDone }: Trainer): string {
  return stepsDone === 0 ? 'before the first step' : `after step ${stepsDone}`;
}

function expectPaused(paused: boolean, kind: ControlAction['kind'], trainer: Trainer): void {
  if (paused) return;
  throw new Error(
    `${kind}: expected training to be paused, found it going on at step ${trainer.stepsDone}. Pause it first.`,
  );
}

function changeLearningRate(trainer: Trainer, value: number): Effect {
  const before = trainer.baseLearningRate;
  trainer.baseLearningRate = value;
  return {
    effect: `Learning rate ${brief(before)} before, ${brief(value)} from step ${trainer.stepsDone + 1} on; the schedule starts from it.`,
  };
}

async function changeStatistics(
  { task, trainer, scores, evaluate }: Controlled,
  use: EvaluationStatistics,
): Promise<Effect> {
  if (!task.network.layers.some(({ kind }) => kind === 'batchnorm')) {
    throw new Error(
      'evaluation-statistics: expected a batch normalization, found none in this network',
    );
  }
  await scores.prepareBatches();
  scores.statistics = use;
  const running = evaluate({ again: true, asked: true });
  const batch = scores.measure('batch', trainer.stepsDone);
  const rows = Math.min(task.network.train.batchSize, task.test.count);
  const batches = `the statistics of each batch of ${rows}`;
  const [mine, yours] =
    use === 'batch' ? [batches, 'the running ones'] : ['running statistics', batches];
  const [own, other] = use === 'batch' ? [batch, running] : [running, batch];
  return {
    effect: `Evaluations normalize with ${mine} from now on: on the test set ${result(own)}; with ${yours} ${result(other)}.`,
  };
}

async function recomputeStatistics({
  task,
  trainer,
  scores,
  evaluate,
}: Controlled): Promise<Effect> {
  const names = task.network.layers.filter(isTrainedBatchNorm).map(({ name }) => name);
  if (names.length === 0) {
    throw new Error(
      'recompute-statistics: expected a batch normalization that trains, found none in this network',
    );
  }
  const before = scores.measure('running', trainer.stepsDone);
  trainer.settleStatistics('all');
  const after = evaluate({ again: true, asked: true });
  return {
    effect: `Running statistics of ${names.join(', ')} are now those of all ${task.train.count} training examples: on the test set ${result(before)} before, ${result(after)} after.`,
  };
}
