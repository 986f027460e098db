/** How to train, as the network file says it, and what is meant where it says nothing. */
import { z } from 'zod';
import { choice, enumeration } from './choice.ts';
import { optimizerSchema } from './optimizers.ts';
import { scheduleSchema, stepCount } from './schedules.ts';
import {
  type Augmentation,
  type Initialization,
  isWeighted,
  type LayerKind,
  type Optimizer,
  type ProbeDepth,
  type Schedule,
} from './types.ts';

/** Of normally distributed weights. */
export const deviation = z.number().gt(0).max(100).meta({
  title: 'Deviation',
  description: 'Standard deviation of the weights.',
});

export const initializationSchema = choice(
  'initialization',
  {
    gaussian: {
      title: 'Gaussian',
      description:
        "Normally distributed with mean 0 and the given standard deviation, the paper's way.",
      shorthand: 'deviation',
      options: z.strictObject({
        deviation,
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

/** Beyond this nothing learns. */
export const largestLearningRate = 1000;

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
  /** Layers with weights up to which gradients are probed: each costs a forward and a backward pass. */
  probedGradients: 10,
};

export const usualBatchSize = defaults.batchSize;

const pixels = z.int().min(0).max(1024).default(0);

const probeSchema = enumeration<ProbeDepth>({
  none: { title: 'No probes', description: 'Nothing: saves their time and memory.' },
  activations: {
    title: 'Activations',
    description:
      'How the inputs of activations are distributed and how far they have moved since the evaluation before, and what running statistics make of the batch.',
  },
  gradients: {
    title: 'Activations and gradients',
    description:
      'Besides what `activations` finds: how much the gradient of each layer changes when the layers below it make a step, which costs a forward and a backward pass a layer.',
  },
});

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
      .max(largestLearningRate)
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
          'Ends training when the loss on the validation part has stopped falling, and keeps the weights of the evaluation where it was smallest; without a validation part it looks at the test set, which then no longer tells how good the network is.',
        default: 'train all steps',
      }),
    augmentation: augmentationSchema.optional().meta({
      title: 'Augmentation',
      description:
        'Random changes of every training image, new in each epoch and decided by the seed: shifted, then mirrored, then cropped. What comes in from outside is 0. For images only.',
      default: 'none',
    }),
    probe: probeSchema.optional().meta({
      title: 'Probe',
      description:
        'What to find out about the layers at every evaluation, on one fixed batch of 60 to 256 training examples without dropout or augmentation. Learning is the same with and without it, bit for bit.',
      default: `gradients with at most ${defaults.probedGradients} dense and convolutional layers, activations with more`,
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
  readonly probe?: ProbeDepth;
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
    probe: options.probe,
  };
}

function changesAnything(augmentation?: Augmentation): augmentation is Augmentation {
  return !!augmentation && (augmentation.flip || augmentation.shift + augmentation.crop > 0);
}

/** Steps between evaluations where the file does not say. */
export function usualInterval(steps: number): number {
  return Math.max(1, Math.round(steps / defaults.evaluations));
}

/** What is probed where the file does not say. */
export function usualProbe(kinds: readonly LayerKind[]): ProbeDepth {
  const weighted = kinds.filter(isWeighted);
  return weighted.length <= defaults.probedGradients ? 'gradients' : 'activations';
}
