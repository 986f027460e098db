/** Evaluations of a training's present weights, by running statistics or by those of the batches. */
import { createBatchEvaluation, type EvaluateByBatch } from '../engine/batch-evaluation.ts';
import type { Trainer } from '../engine/trainer.ts';
import type { Examples } from '../network/types.ts';
import type { EvaluationStatistics } from '../protocol/control.ts';
import type { Evaluation } from '../protocol/statistics.ts';
import type { TrainerTask } from './trainer-messages.ts';

export class Scores {
  readonly #task: TrainerTask;
  readonly #trainer: Trainer;
  /** By part of the data; they take memory, which most runs never need. */
  readonly #byBatch = new Map<Examples, EvaluateByBatch>();
  /** What evaluations are to be shown by. */
  statistics: EvaluationStatistics = 'running';

  constructor(task: TrainerTask, trainer: Trainer) {
    this.#task = task;
    this.#trainer = trainer;
  }

  /** Makes what measuring by batches takes; rejects where the data or the network do not allow it. */
  async prepareBatches(): Promise<void> {
    const { network, normalization, test, validation } = this.#task;
    for (const part of [test, validation]) {
      if (part === null || this.#byBatch.has(part)) continue;
      this.#byBatch.set(part, await createBatchEvaluation(network, normalization, part));
    }
  }

  /** Measures on the test set and on the validation part; by batches only once that is prepared. */
  measure(statistics: EvaluationStatistics, step: number): Evaluation {
    const { test, validation } = this.#task;
    const onTest = this.#score(statistics, test);
    const onValidation = validation && this.#score(statistics, validation);
    return {
      step,
      testLoss: onTest.loss,
      testAccuracy: onTest.accuracy,
      validationLoss: onValidation?.loss ?? null,
      validationAccuracy: onValidation?.accuracy ?? null,
      statistics,
    };
  }

  #score(statistics: EvaluationStatistics, examples: Examples) {
    const { loss, accuracy } =
      statistics === 'running'
        ? this.#trainer.evaluate(examples)
        : this.#byBatch.get(examples)!(this.#trainer.weights());
    return { loss: Number.isFinite(loss) ? loss : null, accuracy };
  }
}
