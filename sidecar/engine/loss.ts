/** Losses: their kernel calls while training, and the score of outputs that lie outside the engine's memory. */
import type { Examples, Loss, Network } from '../network/types.ts';
import { type Place, panelBytes } from './blocked.ts';
import { type Call, meeting } from './calls.ts';

const kernels = {
  'softmax-cross-entropy': 'softmaxCrossEntropy',
  'binary-cross-entropy': 'binaryCrossEntropy',
  mse: 'meanSquaredError',
} as const satisfies Record<Loss, string>;

/** What a batch's targets and the loss of the batch occupy, in bytes from the start of the memory. */
export interface LossPlaces {
  /** Class of each example as i32, -1 for regression. */
  readonly classes: number;
  /** Targets laid out like the output; null for softmax-cross-entropy, which takes classes. */
  readonly targets: number | null;
  /** Loss of the batch as float64. */
  readonly loss: number;
  /** Number of examples classified correctly as i32. */
  readonly correct: number;
}

/** The calls that write loss, accuracy and the gradient of the output. */
export function planLoss(
  { loss, train }: Pick<Network, 'loss' | 'train'>,
  output: Place,
  gradient: Place,
  places: LossPlaces,
): readonly Call[] {
  const { rows, units } = output;
  const stride = panelBytes(output);
  return [
    meeting(
      kernels[loss],
      1,
      ...[output.offset, gradient.offset, stride, rows, units],
      ...[places.targets ?? places.classes, places.loss],
      ...(loss === 'softmax-cross-entropy' ? [train.labelSmoothing] : []),
    ),
    meeting(
      'countCorrect',
      1,
      ...[output.offset, stride, rows, units, places.classes, threshold(loss), places.correct],
    ),
  ];
}

/** Target of one output. A class is 1 at its own output and 0 at others, or itself when there is only one output. */
export function targetOf(
  { targets }: Pick<Examples, 'targets'>,
  example: number,
  unit: number,
  units: number,
): number {
  if (targets instanceof Float32Array) return targets[example * units + unit];
  if (units === 1) return targets[example];
  return targets[example] === unit ? 1 : 0;
}

/**
 * Loss as the kernels define it, in float64, and the share of examples whose class is predicted (null for regression).
 * Labels are never smoothed here: smoothing is for training, and scores with and without it can be compared.
 */
export function score(
  loss: Loss,
  outputs: Float32Array,
  units: number,
  examples: Examples,
): { loss: number; accuracy: number | null } {
  let sum = 0;
  let correct = 0;
  for (let example = 0; example < examples.count; example++) {
    const row = outputs.subarray(example * units, (example + 1) * units);
    sum += exampleLoss(loss, row, examples, example);
    correct += Number(predictedClass(loss, row) === examples.targets[example]);
  }
  const accuracy = examples.targets instanceof Int32Array ? correct / examples.count : null;
  return { loss: sum / examples.count, accuracy };
}

function exampleLoss(loss: Loss, row: Float32Array, examples: Examples, example: number): number {
  if (loss === 'softmax-cross-entropy') {
    const largest = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const sum = row.reduce((total, value) => total + Math.exp(value - largest), 0);
    return Math.log(sum) + largest - row[examples.targets[example]];
  }
  let sum = 0;
  for (let unit = 0; unit < row.length; unit++) {
    const target = targetOf(examples, example, unit, row.length);
    const z = row[unit];
    sum +=
      loss === 'mse'
        ? (z - target) ** 2
        : Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z)));
  }
  return sum / row.length;
}

/** The first of the largest outputs; of a single output, whether it is above the threshold. */
function predictedClass(loss: Loss, row: Float32Array): number {
  if (row.length === 1) return Number(row[0] > threshold(loss));
  return row.indexOf(row.reduce((most, value) => Math.max(most, value)));
}

/** What a single output must exceed for class 1: a logit of 0 is a probability of one half. */
function threshold(loss: Loss): number {
  return loss === 'mse' ? 0.5 : 0;
}
