/** The optimizers, with PyTorch's defaults. */
import { z } from 'zod';
import { choice, enumeration } from './choice.ts';

const weightDecay = z.number().min(0).max(10).default(0).meta({
  title: 'Weight decay',
  description:
    'Pulls weights towards 0: this times the weight is added to its gradient (L2, as PyTorch does).',
});

const weightDecayOn = enumeration({
  all: {
    title: 'All parameters',
    description:
      'Weights, biases, gamma and beta alike, as PyTorch does unless it is told otherwise.',
  },
  weights: {
    title: 'Weights alone',
    description:
      'The weights of dense layers and convolutions. Biases, gamma and beta are left to the gradient.',
  },
})
  .optional()
  .meta({
    title: 'Weight decay on',
    description:
      'Which parameters are pulled towards 0. Decay of gamma makes the layer that follows smaller without need, and decay of weights before a `batchnorm` changes their effective learning rate, not what they compute (section 3.3 of the paper).',
    default: 'all',
  });

const epsilon = (usual: number) =>
  z.number().gt(0).max(1).default(usual).meta({
    title: 'Epsilon',
    description: 'Added to the root of the averaged square before dividing by it.',
  });

const share = z.number().min(0).lt(1);

const betas = {
  beta1: share.default(0.9).meta({
    title: 'Beta 1',
    description: 'Share kept of the running average of the gradient.',
  }),
  beta2: share.default(0.999).meta({
    title: 'Beta 2',
    description: "Share kept of the running average of the gradient's square.",
  }),
};

export const optimizerSchema = choice(
  'optimizer',
  {
    sgd: {
      title: 'Stochastic gradient descent',
      description: 'Steps against the gradient, optionally with momentum.',
      options: z
        .strictObject({
          momentum: share.default(0).meta({
            title: 'Momentum',
            description:
              'Share of the last step that is kept: `v = momentum * v + gradient; w = w - learningRate * v`. Not the momentum of a `batchnorm`.',
          }),
          nesterov: z.boolean().default(false).meta({
            title: 'Nesterov momentum',
            description: 'Look one step ahead along the momentum.',
          }),
          weightDecay,
          weightDecayOn,
        })
        .refine(({ nesterov, momentum }) => !nesterov || momentum > 0, {
          path: ['nesterov'],
          error: 'Nesterov needs a momentum above 0; add momentum: 0.9',
        }),
    },
    adam: {
      title: 'Adam',
      description: 'Scales every step by running averages of the gradient and of its square.',
      options: z.strictObject({ ...betas, epsilon: epsilon(1e-8), weightDecay, weightDecayOn }),
    },
    adamw: {
      title: 'AdamW',
      description:
        'Adam whose weight decay does not go through the averages: every step shrinks the weights themselves.',
      options: z.strictObject({
        ...betas,
        epsilon: epsilon(1e-8),
        weightDecay: z.number().min(0).max(10).default(0.01).meta({
          title: 'Weight decay',
          description:
            'Pulls weights towards 0: a step takes this times the learning rate off every weight, apart from the gradient.',
        }),
        weightDecayOn,
      }),
    },
    rmsprop: {
      title: 'RMSprop',
      description: "Scales every step by a running average of the gradient's square.",
      options: z.strictObject({
        decay: share.default(0.99).meta({
          title: 'Decay',
          description:
            "Share kept of the running average of the gradient's square; PyTorch calls it `alpha`.",
        }),
        epsilon: epsilon(1e-8),
        momentum: share.default(0).meta({
          title: 'Momentum',
          description: 'Share of the last step that is kept, applied to the scaled gradient.',
        }),
        weightDecay,
        weightDecayOn,
      }),
    },
    adagrad: {
      title: 'Adagrad',
      description:
        'Scales every step by the sum of all squared gradients so far, so that steps shrink, the most where gradients were large.',
      options: z.strictObject({ epsilon: epsilon(1e-10), weightDecay, weightDecayOn }),
    },
  },
  { title: 'Optimizer', description: 'How gradients become steps.', default: 'sgd' },
);
