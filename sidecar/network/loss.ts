/** The losses, and which network and data each of them fits. */
import { enumeration, type WordText } from './choice.ts';
import type { DataSummary, Loss } from './types.ts';
import { figure } from './wording.ts';

/** What hover says about each loss. */
const words: Readonly<Record<Loss, WordText>> = {
  'softmax-cross-entropy': {
    title: 'Softmax cross-entropy',
    description:
      'For classes. The last layer gives one number a class (logits); softmax is part of the loss, so no layer is needed for it.',
  },
  'binary-cross-entropy': {
    title: 'Binary cross-entropy',
    description:
      'For two classes. The last layer gives one number; the sigmoid is part of the loss, so no layer is needed for it.',
  },
  mse: {
    title: 'Mean squared error',
    description: 'For regression. The last layer gives the prediction.',
  },
};

export const lossSchema = enumeration(words).meta({
  title: 'Loss',
  description: 'What training makes small.',
  default: 'softmax-cross-entropy for classes, mse for regression',
});

export function usualLoss(data: DataSummary | null): Loss {
  return data && data.classes === null ? 'mse' : 'softmax-cross-entropy';
}

/** Why this loss cannot be used on this data, or null. */
export function misfit(loss: Loss, { name, classes }: DataSummary): string | null {
  if (loss === 'mse') {
    return classes === null
      ? null
      : `mse needs a number to predict, but ${name} has ${figure(classes.length)} classes; write loss: softmax-cross-entropy`;
  }
  if (classes === null) {
    return `${loss} needs classes to predict, but the label of ${name} is a number; write loss: mse`;
  }
  if (loss === 'binary-cross-entropy' && classes.length !== 2) {
    return `binary-cross-entropy needs two classes, but ${name} has ${figure(classes.length)}; write loss: softmax-cross-entropy`;
  }
  return null;
}

/** How many values the last layer has to give, and why. */
export function requiredOutputs(
  loss: Loss,
  { name, classes }: DataSummary,
): { count: number; reason: string } {
  if (loss === 'softmax-cross-entropy' && classes !== null) {
    return { count: classes.length, reason: `${name} has ${figure(classes.length)} classes` };
  }
  return { count: 1, reason: `${loss} takes one value an example` };
}
