/** How to train, as the network file says it, and what is meant where it says nothing. */
import { z } from 'zod';
import { choice } from './choice.ts';
import type { Augmentation, Initialization, Optimizer, Schedule } from './types.ts';

const weightDecay = z.number().min(0).max(10).default(0).meta({
  title: 'Weight decay',
  description:
    'Pulls weights towards 0: this times the weight is added to its gradient (L2, as PyTorch does).',
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

const optimizerSchema = choice(
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
        })
        .refine(({ nesterov, momentum }) => !nesterov || momentum > 0, {
          path: ['nesterov'],
          error: 'Nesterov needs a momentum above 0; add momentum: 0.9',
        }),
    },
    adam: {
      title: 'Adam',
      description: 'Scales every step by running averages of the gradient and of its square.',
      options: z.strictObject({ ...betas, epsilon: epsilon(1e-8), weightDecay }),
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
      }),
    },
    adagrad: {
      title: 'Adagrad',
      description:
        'Scales every step by the sum of all squared gradients so far, so that steps shrink, the most where gradients were large.',
      options: z.strictObject({ epsilon: epsilon(1e-10), weightDecay }),
    },
  },
  { title: 'Optimizer', description: 'How gradients become steps.', default: 'sgd' },
);

const stepCount = z.int().min(1).max(1_000_000_000);

const every = (description: string) => stepCount.meta({ title: 'Every', description });

const scheduleSchema = choice(
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

export const initializationSchema = choice(
  'initialization',
  {
    gaussian: {
      title: 'Gaussian',
      description:
        "Normally distributed with mean 0 and the given standard deviation, the paper's way.",
      shorthand: 'deviation',
      options: z.strictObject({
        deviation: z.number().gt(0).max(100).meta({
          title: 'Deviation',
          description: 'Standard deviation of the weights.',
        }),
      }),
    },
    glorot: {
      title: 'Glorot',
      description:
        'Uniform within `sqrt(6 / (inputs + outputs))`, which suits sigmoid and tanh. Also called Xavier.',
      options: z.strictObject({}),
    },
    he: {
      title: 'He',
      description:
        'Normally distributed with deviation `sqrt(2 / inputs)`, which suits ReLU. Also called Kaiming.',
      options: z.strictObject({}),
    },
  },
  {
    title: 'Initialization',
    description:
      'How the first weights are drawn. Biases start at 0, gamma at 1, beta at 0. Variants start from the same weights where their layers coincide.',
    default: 'glorot',
  },
);

export const usualInitialization: Initialization = { kind: 'glorot' };

/** What `train` means where it says nothing. The learning rate also depends on the optimizer. */
const defaults = {
  learningRate: { sgd: 0.1, adam: 0.001, adamw: 0.001, rmsprop: 0.01, adagrad: 0.01 },
  warmup: 0,
  batchSize: 60,
  steps: 1000,
  seed: 1,
  evaluations: 50,
  shuffle: true,
  labelSmoothing: 0,
};

const pixels = z.int().min(0).max(1024).default(0);

const augmentationSchema = z.strictObject({
  shift: pixels.meta({
    title: 'Shift',
    description: 'Most pixels that an image is shifted along each axis.',
  }),
  flip: z.boolean().default(false).meta({
    title: 'Flip',
    description: 'Mirror half of the images left to right. Not for digits or letters.',
  }),
  crop: pixels.meta({
    title: 'Crop',
    description:
      'Pixels of zeros added on every side, before a crop of the original size is taken at a random place.',
  }),
});

export const trainSchema = z
  .strictObject({
    optimizer: optimizerSchema.optional(),
    learningRate: z
      .number()
      .gt(0)
      .max(1000)
      .optional()
      .meta({
        title: 'Learning rate',
        description: 'Length of a step: what the gradient is multiplied by.',
        default: Object.entries(defaults.learningRate)
          .map(([optimizer, rate]) => `${rate} with ${optimizer}`)
          .join(', '),
      }),
    schedule: scheduleSchema.optional(),
    warmup: stepCount.min(0).optional().meta({
      title: 'Warm-up',
      description: 'Steps over which the learning rate rises from 0 before the schedule applies.',
      default: defaults.warmup,
    }),
    batchSize: z
      .int()
      .min(1)
      .max(65536)
      .optional()
      .meta({
        title: 'Batch size',
        description:
          'Examples a step; also what `batchnorm` takes its mean and variance over, so a small one makes them noisy.',
        default: `${defaults.batchSize}, or all training examples where there are fewer`,
      }),
    steps: stepCount.optional().meta({
      title: 'Steps',
      description: 'How many batches to train on. Give `steps` or `epochs`, not both.',
      default: defaults.steps,
    }),
    epochs: z.number().gt(0).max(1_000_000).optional().meta({
      title: 'Epochs',
      description:
        'How many times to go through the training examples; may be a fraction. Give `steps` or `epochs`, not both.',
    }),
    seed: z.int().min(0).max(0xffffffff).optional().meta({
      title: 'Seed',
      description:
        'Decides the first weights, the order of the examples and what is dropped. The same seed gives the same network, bit for bit.',
      default: defaults.seed,
    }),
    evaluateEvery: stepCount.optional().meta({
      title: 'Evaluate every',
      description: 'Steps between two evaluations on the test set.',
      default: `a ${defaults.evaluations}th of the steps`,
    }),
    shuffle: z.boolean().optional().meta({
      title: 'Shuffle',
      description: 'Draw a new order of the training examples in every epoch.',
      default: defaults.shuffle,
    }),
    clipGradient: z.number().gt(0).max(1_000_000).optional().meta({
      title: 'Gradient clipping',
      description:
        'Largest length (L2 norm) of the gradient of all parameters together; a longer one is scaled down to it.',
      default: 'no limit',
    }),
    labelSmoothing: z.number().min(0).lt(1).optional().meta({
      title: 'Label smoothing',
      description:
        "Share of each target's probability that is spread evenly over all classes, so that the network is not driven to be certain. For `softmax-cross-entropy`.",
      default: defaults.labelSmoothing,
    }),
    earlyStopping: z
      .strictObject({
        patience: z.int().min(1).max(1_000_000).meta({
          title: 'Patience',
          description: 'Evaluations in a row without a smaller loss after which training ends.',
        }),
      })
      .optional()
      .meta({
        title: 'Early stopping',
        description:
          'Ends training when the loss on the validation part has stopped falling; without a validation part it looks at the test set, which then no longer tells how good the network is.',
        default: 'train all steps',
      }),
    augmentation: augmentationSchema.optional().meta({
      title: 'Augmentation',
      description:
        'Random changes of every training image, new in each epoch and decided by the seed: shifted, then mirrored, then cropped. What comes in from outside is 0. For images only.',
      default: 'none',
    }),
  })
  .refine(({ steps, epochs }) => steps === undefined || epochs === undefined, {
    path: ['epochs'],
    error: 'steps and epochs are both given; keep one',
  })
  .meta({
    title: 'Training',
    description: 'How to train: optimizer, learning rate, batch, length.',
  });

export type TrainOptions = z.output<typeof trainSchema>;

/** `train` with every default that does not depend on the data. */
export interface TrainSettings {
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly warmup: number;
  readonly batchSize: number;
  readonly steps?: number;
  readonly epochs?: number;
  readonly seed: number;
  readonly evaluateEvery?: number;
  readonly shuffle: boolean;
  readonly clipGradient: number | null;
  readonly labelSmoothing: number;
  readonly earlyStopping: { readonly patience: number } | null;
  readonly augmentation: Augmentation | null;
}

export function withDefaults(options: TrainOptions): TrainSettings {
  const optimizer: Optimizer = options.optimizer ?? optimizerSchema.parse('sgd');
  const warmup = options.warmup ?? defaults.warmup;
  return {
    optimizer,
    learningRate: options.learningRate ?? defaults.learningRate[optimizer.kind],
    schedule: { warmup, ...(options.schedule ?? { kind: 'constant' }) },
    warmup,
    batchSize: options.batchSize ?? defaults.batchSize,
    steps: options.epochs === undefined ? (options.steps ?? defaults.steps) : undefined,
    epochs: options.epochs,
    seed: options.seed ?? defaults.seed,
    evaluateEvery: options.evaluateEvery,
    shuffle: options.shuffle ?? defaults.shuffle,
    clipGradient: options.clipGradient ?? null,
    labelSmoothing: options.labelSmoothing ?? defaults.labelSmoothing,
    earlyStopping: options.earlyStopping ?? null,
    augmentation: changesAnything(options.augmentation) ? options.augmentation : null,
  };
}

function changesAnything(augmentation?: Augmentation): augmentation is Augmentation {
  return !!augmentation && (augmentation.flip || augmentation.shift + augmentation.crop > 0);
}

/** Steps between evaluations where the file does not say. */
export function usualInterval(steps: number): number {
  return Math.max(1, Math.round(steps / defaults.evaluations));
}
