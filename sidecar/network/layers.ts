/**
 * Every kind of layer: its options with their documentation, its output's shape, its parameters. To add a kind,
 * add its operation to types.ts and one entry here.
 */
import { z } from 'zod';
import type { Chosen, WordDefinition } from './choice.ts';
import { choice } from './choice.ts';
import type { LayerKind, LayerOperation, Shape } from './types.ts';

/** Something to tell about one layer, at one of its options or at the layer itself. */
export interface Advice {
  readonly option: string | null;
  readonly code: string;
  readonly message: string;
}

/** `operation` is the layer as it will run, `options` what its author wrote. */
export interface LayerDefinition<S extends z.ZodObject = z.ZodObject, O = LayerOperation>
  extends WordDefinition<S> {
  /** The operation, given the kind of the layer that follows. */
  operation(options: z.output<S>, next: LayerKind | null): O;
  /** Null when it depends on an input that is not known. */
  output(operation: O, input: Shape | null): Shape | null;
  /** Number of learned values; running statistics are not learned. */
  parameters(operation: O, input: Shape): number;
  /** Why it cannot take this input. */
  misfit?(input: Shape): string | null;
  /** Smallest batch it can be trained with, when that is more than one. */
  minimumBatch?(input: Shape): number;
  /** Warnings: legal, but probably not meant. */
  advice?(options: z.output<S>, next: LayerKind | null): Advice[];
}

/** Size of one example of this shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
    error: 'expected a letter followed by letters, digits, "-" or "_", at most 64 in all',
  })
  .optional()
  .meta({
    title: 'Name',
    description:
      'What this layer is called in the dashboard, in messages and in the saved weights (`<name>.weight`).',
    default: 'kind and count, such as `dense1`',
  });

function define<K extends LayerKind, S extends z.ZodObject>(
  definition: LayerDefinition<S, Extract<LayerOperation, { kind: K }>> & { readonly kind: K },
) {
  return definition;
}

/** A layer that computes each value from the one at its place, and has no options. */
function activation<K extends 'sigmoid' | 'tanh' | 'relu' | 'softplus'>(
  kind: K,
  title: string,
  description: string,
) {
  const options = z.strictObject({ name });
  const operation = () => ({ kind }) as Extract<LayerOperation, { kind: K }>;
  return define<K, typeof options>({
    kind,
    title,
    description,
    options,
    operation,
    ...elementwise,
  });
}

/** Output like input, nothing learned. */
const elementwise = {
  output: (_: LayerOperation, input: Shape | null) => input,
  parameters: () => 0,
};

const dense = define({
  kind: 'dense',
  title: 'Dense layer',
  description:
    'Every output is a weighted sum of all inputs, plus a bias: `y = W x + b`, also called fully connected or linear. An input of higher rank, such as an image, is flattened first. Directly before a `batchnorm` it has no bias, since the mean that is subtracted there would cancel it.',
  options: z.strictObject({
    name,
    units: z.int().min(1).max(65536).meta({
      title: 'Units',
      description:
        'Number of outputs. In the last layer: the number of classes, or 1 for a regression.',
    }),
    bias: z.boolean().optional().meta({
      title: 'Bias',
      description:
        'Whether a learned constant is added to every output. Directly before a `batchnorm` it does nothing: beta takes its place (section 3.2 of the paper).',
      default: 'true; false directly before a batchnorm',
    }),
  }),
  shorthand: 'units',
  operation: ({ units, bias }, next) => ({
    kind: 'dense',
    units,
    bias: bias ?? next !== 'batchnorm',
  }),
  output: ({ units }) => [units],
  parameters: ({ units, bias }, input) => units * sizeOf(input) + (bias ? units : 0),
  advice: ({ bias }, next) =>
    bias && next === 'batchnorm'
      ? [
          {
            option: 'bias',
            code: 'bias-before-batchnorm',
            message:
              'this bias has no effect: the batchnorm that follows subtracts the mean, and its beta takes the place of the bias (section 3.2 of the paper); remove bias: true',
          },
        ]
      : [],
});

const batchnorm = define({
  kind: 'batchnorm',
  title: 'Batch normalization',
  description:
    'Gives every unit mean 0 and variance 1 over the batch, then a learned scale and shift: `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`. The variance is the biased one (divided by the batch size), as in Algorithm 1 of the paper. Running averages of both are kept for inference; they take the unbiased variance.',
  options: z.strictObject({
    name,
    epsilon: z.number().gt(0).max(1).default(1e-5).meta({
      title: 'Epsilon',
      description:
        'Added to the variance before the square root, so that a constant unit does not divide by 0.',
    }),
    momentum: z.number().gt(0).max(1).default(0.1).meta({
      title: 'Momentum',
      description:
        'Weight of the new batch in the running statistics, **as PyTorch means it**: `running = (1 - momentum) * running + momentum * batch`. ONNX and Keras mean the weight of the old value: their 0.9 is 0.1 here. The ONNX export converts.',
    }),
  }),
  operation: ({ epsilon, momentum }) => ({ kind: 'batchnorm', epsilon, momentum }),
  output: (_, input) => input,
  parameters: (_, input) => 2 * input[0],
  misfit: (input) =>
    input.length === 1
      ? null
      : `expected an input of one dimension, found [${input.join(', ')}]; put - flatten before it`,
  // The variance of one value is 0, whatever the value.
  minimumBatch: () => 2,
  advice: ({ momentum }) =>
    momentum > 0.5
      ? [
          {
            option: 'momentum',
            code: 'batchnorm-momentum',
            message: `momentum is the weight of the new batch here, as in PyTorch; if ${momentum} is meant as ONNX and Keras mean it, the weight of the old value, write ${Number((1 - momentum).toPrecision(6))}`,
          },
        ]
      : [],
});

const leakyRelu = define({
  kind: 'leaky-relu',
  title: 'Leaky ReLU',
  description:
    '`x` where it is positive, `slope * x` elsewhere, so that no unit stops learning for good.',
  options: z.strictObject({
    name,
    slope: z.number().min(0).max(1).default(0.01).meta({
      title: 'Slope',
      description: 'Factor for negative inputs.',
    }),
  }),
  shorthand: 'slope',
  operation: ({ slope }) => ({ kind: 'leaky-relu', slope }),
  ...elementwise,
});

const dropout = define({
  kind: 'dropout',
  title: 'Dropout',
  description:
    'While training, sets a random share of its inputs to 0 and scales the others by `1 / (1 - rate)`; does nothing at inference.',
  options: z.strictObject({
    name,
    rate: z.number().min(0).lt(1).default(0.5).meta({
      title: 'Rate',
      description: 'Share of the inputs that is dropped.',
    }),
  }),
  shorthand: 'rate',
  operation: ({ rate }) => ({ kind: 'dropout', rate }),
  ...elementwise,
});

const flatten = define({
  kind: 'flatten',
  title: 'Flatten',
  description: 'Makes one row of numbers of an image: `[1, 28, 28]` becomes `[784]`.',
  options: z.strictObject({ name }),
  operation: () => ({ kind: 'flatten' }),
  output: (_, input) => input && [sizeOf(input)],
  parameters: () => 0,
});

export const layerTable = {
  dense,
  batchnorm,
  sigmoid: activation(
    'sigmoid',
    'Sigmoid',
    '`1 / (1 + exp(-x))`, between 0 and 1. Flat where its input is large, so gradients vanish there: what batch normalization was invented against.',
  ),
  tanh: activation('tanh', 'Hyperbolic tangent', '`tanh(x)`, between -1 and 1.'),
  relu: activation('relu', 'ReLU', '`max(0, x)`, the rectified linear unit.'),
  'leaky-relu': leakyRelu,
  softplus: activation('softplus', 'Softplus', '`log(1 + exp(x))`, a smooth ReLU.'),
  dropout,
  flatten,
} satisfies { readonly [K in LayerKind]: { readonly kind: K } };

/** A layer as written, with the defaults that do not depend on its neighbours. */
export type WrittenLayer = Chosen<typeof layerTable>;

export function layerDefinition(kind: LayerKind): LayerDefinition {
  // Each entry takes its own kind's options only, which a table indexed by a variable cannot express.
  return layerTable[kind] as unknown as LayerDefinition;
}

export const layerSchema = choice('layer', layerTable, {
  title: 'Layer',
  description: 'One step of the network: a word, or a word with options.',
});
