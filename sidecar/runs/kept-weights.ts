/**
 * Which weights a run keeps, and when it ends early. Without early stopping: those of the last evaluation with a finite
 * loss. With it: those of the evaluation with the smallest loss on the validation part (on the test set where there is
 * no such part), however the run ends; of equal ones the first.
 */
import type { Train, Weights } from '../network/types.ts';
import type { Evaluation } from '../protocol/statistics.ts';

export interface Kept {
  readonly step: number;
  readonly weights: Weights;
  /** Null before the first. */
  readonly evaluation: Evaluation | null;
}

export interface KeptWeights {
  readonly kept: Kept;
  /** True when patience has come to its end. */
  readonly exhausted: boolean;
  /** One that a person `asked` for may be kept, but does not tire patience. */
  take(evaluation: Evaluation, weights: () => Weights, asked?: boolean): void;
  /** What the end means at this step, as a sentence; undefined where there is nothing to say. */
  note(step: number, steps: number): string | undefined;
}

export function keepWeights(
  { earlyStopping }: Pick<Train, 'earlyStopping'>,
  judge: 'validation' | 'test',
  initial: Weights,
): KeptWeights {
  let kept: Kept = { step: 0, weights: initial, evaluation: null };
  let smallest = Number.POSITIVE_INFINITY;
  let without = 0;
  const exhausted = () => earlyStopping !== null && without >= earlyStopping.patience;
  return {
    get kept() {
      return kept;
    },
    get exhausted() {
      return exhausted();
    },
    take(evaluation, weights, asked = false) {
      const { step, testLoss, validationLoss } = evaluation;
      const loss = earlyStopping && judge === 'validation' ? validationLoss : testLoss;
      if (!asked) without += 1;
      if (loss === null || (earlyStopping && loss >= smallest)) return;
      smallest = loss;
      without = 0;
      kept = { step, weights: weights(), evaluation };
    },
    note(step, steps) {
      if (earlyStopping === null) return undefined;
      const best = kept.evaluation
        ? `that of step ${kept.step}, ${smallest.toPrecision(3)}`
        : 'infinity';
      if (exhausted() && step < steps) {
        return (
          `Ended at step ${step} of ${steps}: ${without} ${without === 1 ? 'evaluation' : 'evaluations in a row'} without a ${judge} loss below ` +
          `${best}. The weights of step ${kept.step} are kept.`
        );
      }
      if (kept.step === step) return undefined;
      return `The weights of step ${kept.step} are kept: no later ${judge} loss was below ${best}.`;
    },
  };
}
