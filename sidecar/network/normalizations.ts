/** Batch normalization, and what it is compared with. */
import { z } from 'zod';
import { enumeration } from './choice.ts';
import { define, elementwise, learningRate, name, shapeText } from './layer-definition.ts';
import { references } from './references.ts';
import { locationsOf, sizeOf } from './types.ts';
import { figure } from './wording.ts';

const epsilon = z.number().gt(0).max(1).default(1e-5).meta({
  title: 'Epsilon',
  description:
    'Added to the variance before the square root, so that a constant unit does not divide by 0.',
});

const states = enumeration({
  train: {
    title: 'Train',
    description: 'Normalizes by the batch; gamma and beta learn, the running statistics follow.',
  },
  'freeze-statistics': {
    title: 'Freeze statistics',
    description: 'Normalizes by the running statistics, which stay; gamma and beta still learn.',
  },
  freeze: {
    title: 'Freeze',
    description: 'Normalizes by the running statistics; nothing of the layer changes.',
  },
});

const statistics = enumeration({
  moving: {
    title: 'Moving average',
    description: 'The running statistics that training leaves, weighted by `momentum`.',
  },
  exact: {
    title: 'Exact',
    description:
      'Algorithm 2 of the paper: mean and unbiased variance over the whole training set, computed once training has ended.',
  },
});

export const batchnorm = define({
  kind: 'batchnorm',
  title: 'Batch normalization',
  description:
    'Gives every unit mean 0 and variance 1 over the batch, then a learned scale and shift: `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`. After a convolution a unit is a channel, and its statistics are taken over all places too (section 3.2 of the paper). The variance is the biased one (divided by the number of values), as in Algorithm 1. Running averages of both are kept for inference; they take the unbiased variance.',
  options: z.strictObject({
    name,
    epsilon,
    momentum: z.number().gt(0).max(1).default(0.1).meta({
      title: 'Momentum',
      description:
        'Weight of the new batch in the running statistics, **as PyTorch means it**: `running = (1 - momentum) * running + momentum * batch`. ONNX and Keras mean the weight of the old value: their 0.9 is 0.1 here. The ONNX export converts.',
    }),
    state: states.default('train').meta({
      title: 'State',
      description:
        'What changes while training. The frozen states need weights to start from: without them the running statistics are mean 0 and variance 1, and the layer normalizes nothing.',
    }),
    statistics: statistics.default('moving').meta({
      title: 'Statistics',
      description: 'Where mean and variance for inference come from.',
    }),
    learningRate,
  }),
  operation: ({ epsilon, momentum, state, statistics }) => ({
    kind: 'batchnorm',
    epsilon,
    momentum,
    state,
    statistics,
  }),
  output: (_, input) => input,
  parameters: (_, input) => 2 * input[0],
  // The variance of one value is 0, whatever the value. An image has as many values a channel as it has places.
  minimumBatch: ({ state }, input) => (state !== 'train' || locationsOf(input) > 1 ? 1 : 2),
  advice: ({ momentum, state, statistics }) => [
    ...(momentum > 0.5 && momentum < 1
      ? [
          {
            option: 'momentum',
            code: 'batchnorm-momentum',
            message: `momentum is the weight of the new batch here, as in PyTorch; if ${momentum} is meant as ONNX and Keras mean it, the weight of the old value, write ${Number((1 - momentum).toPrecision(6))}`,
            reference: references.momentum,
            better: String(Number((1 - momentum).toPrecision(6))),
          },
        ]
      : []),
    ...(state !== 'train' && statistics === 'exact'
      ? [
          {
            option: 'statistics',
            code: 'frozen-statistics',
            message: `statistics stay as they are with state: ${state}, so that exact ones are never taken; leave statistics out`,
            better: null,
          },
        ]
      : []),
  ],
});

export const layernorm = define({
  kind: 'layernorm',
  title: 'Layer normalization',
  description:
    'Gives every example mean 0 and variance 1 over all its values, then a learned scale and shift for each value. Does not know the batch, so it is the same in training and inference.',
  options: z.strictObject({ name, epsilon, learningRate }),
  operation: ({ epsilon }) => ({ kind: 'layernorm', epsilon }),
  output: (_, input) => input,
  parameters: (_, input) => 2 * sizeOf(input),
  misfit: (input) =>
    sizeOf(input) > 1
      ? null
      : 'expected an input of several values, found one, whose variance is 0; leave it out',
});

export const groupnorm = define({
  kind: 'groupnorm',
  title: 'Group normalization',
  description:
    'Gives each group of channels of an example mean 0 and variance 1 over the channels and their places, then a learned scale and shift for each channel. Does not know the batch, so a small one does it no harm.',
  options: z.strictObject({
    name,
    groups: z.int().min(1).max(65536).meta({
      title: 'Groups',
      description:
        'How many groups the channels make; 1 takes them all together, as many as channels each alone.',
    }),
    epsilon,
    learningRate,
  }),
  shorthand: 'groups',
  operation: ({ groups, epsilon }) => ({ kind: 'groupnorm', groups, epsilon }),
  output: (_, input) => input,
  parameters: (_, input) => 2 * input[0],
  misfit: (input, { groups }) => {
    if (input[0] % groups !== 0) {
      return `expected groups that divide the ${figure(input[0])} channels of its input, found ${figure(groups)}`;
    }
    return sizeOf(input) > groups
      ? null
      : `expected several values a group, found ${figure(groups)} groups for ${figure(sizeOf(input))} values, whose variance is 0; use fewer groups`;
  },
});

export const lrn = define({
  kind: 'lrn',
  title: 'Local response normalization',
  description:
    'Divides each value by how strong its neighbours in the channels next to it are: `x / (bias + alpha / size * sum of squares) ^ beta`, as in PyTorch and ONNX. What networks used before batch normalization, which makes it needless (section 4.2.1 of the paper).',
  options: z.strictObject({
    name,
    size: z.int().min(1).max(1024).default(5).meta({
      title: 'Size',
      description:
        'How many channels make a neighbourhood, its own in the middle. An even size has one more before it than behind, as in PyTorch; ONNX has it the other way round, so odd sizes travel better.',
    }),
    alpha: z.number().gt(0).max(1000).default(1e-4).meta({
      title: 'Alpha',
      description: 'Weight of the squares.',
    }),
    beta: z.number().gt(0).max(100).default(0.75).meta({
      title: 'Beta',
      description: 'Exponent of the divisor.',
    }),
    bias: z.number().gt(0).max(1000).default(1).meta({
      title: 'Bias',
      description: 'Keeps the divisor away from 0; PyTorch calls it `k`.',
    }),
  }),
  shorthand: 'size',
  operation: ({ size, alpha, beta, bias }) => ({ kind: 'lrn', size, alpha, beta, bias }),
  ...elementwise,
  misfit: (input) =>
    input.length > 1
      ? null
      : `expected an input of channels with places, such as [channels, height, width], found ${shapeText(input)}; leave it out`,
});
