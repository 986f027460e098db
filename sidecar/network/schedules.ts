/** How the learning rate changes over the steps. */
import { z } from 'zod';
import { choice } from './choice.ts';

/** A number of steps, from one on. */
export const stepCount = z.int().min(1).max(1_000_000_000);

const every = (description: string) => stepCount.meta({ title: 'Every', description });

export const scheduleSchema = choice(
  'schedule',
  {
    constant: {
      title: 'Constant',
      description: 'The same learning rate throughout.',
      options: z.strictObject({}),
    },
    step: {
      title: 'Step',
      description: 'Multiplies the learning rate by `factor` every `every` steps.',
      options: z.strictObject({
        every: every('Steps between two changes.'),
        factor: z.number().gt(0).max(10).default(0.1).meta({
          title: 'Factor',
          description: 'What the learning rate is multiplied by.',
        }),
      }),
    },
    exponential: {
      title: 'Exponential',
      description:
        'Lets the learning rate shrink smoothly: `learningRate * factor ^ (step / every)`.',
      options: z.strictObject({
        every: every('Steps in which the learning rate changes by the factor.'),
        factor: z.number().gt(0).max(10).meta({
          title: 'Factor',
          description: 'What the learning rate is multiplied by in that many steps.',
        }),
      }),
    },
    cosine: {
      title: 'Cosine',
      description: 'Half a cosine wave from the learning rate down to `final` at the last step.',
      options: z.strictObject({
        final: z.number().min(0).max(1000).default(0).meta({
          title: 'Final learning rate',
          description: 'The learning rate at the last step.',
        }),
      }),
    },
  },
  {
    title: 'Schedule',
    description: 'How the learning rate changes over the steps.',
    default: 'constant',
  },
);
