/**
 * Every kind of layer: its options with their documentation, its output's shape, its parameters. To add a kind,
 * add its operation to types.ts and one entry here.
 */
import { z } from 'zod';
import { gelu, leakyRelu, relu, sigmoid, silu, softmax, softplus, tanh } from './activations.ts';
import type { Chosen } from './choice.ts';
import { choice } from './choice.ts';
import { type ContainerKind, containerWords } from './containers.ts';
import { conv1d, conv2d } from './convolutions.ts';
import {
  bias,
  define,
  elementwise,
  type LayerDefinition,
  learningRate,
  name,
  uselessBias,
} from './layer-definition.ts';
import { batchnorm, groupnorm, layernorm, lrn } from './normalizations.ts';
import { avgpool, globalAvgpool, maxpool } from './pooling.ts';
import { type LayerKind, sizeOf } from './types.ts';

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
    bias,
    learningRate,
  }),
  shorthand: 'units',
  operation: ({ units, bias }, _, next) => ({
    kind: 'dense',
    units,
    bias: bias ?? next?.kind !== 'batchnorm',
  }),
  output: ({ units }) => [units],
  parameters: ({ units, bias }, input) => units * sizeOf(input) + (bias ? units : 0),
  advice: ({ bias }, next) => uselessBias(bias, next),
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

/** Layers as they are written; `concat` and `add` come of containers. */
type WrittenKind = Exclude<LayerKind, 'concat' | 'add'>;

export const layerTable = {
  dense,
  conv2d,
  conv1d,
  batchnorm,
  sigmoid,
  tanh,
  relu,
  'leaky-relu': leakyRelu,
  softplus,
  gelu,
  silu,
  softmax,
  maxpool,
  avgpool,
  'global-avgpool': globalAvgpool,
  layernorm,
  groupnorm,
  lrn,
  dropout,
  flatten,
} satisfies { readonly [K in WrittenKind]: { readonly kind: K } };

/** A layer as written, with the defaults that do not depend on its neighbours. */
export type WrittenLayer = Chosen<typeof layerTable>;

export function layerDefinition(kind: WrittenKind): LayerDefinition {
  // Each entry takes its own kind's options only, which a table indexed by a variable cannot express.
  return layerTable[kind] as unknown as LayerDefinition;
}

const anyLayer: z.ZodType = z.lazy((): z.ZodType => layerSchema);

export const containerTable = containerWords(anyLayer);

export function isContainer(kind: string): kind is ContainerKind {
  return Object.hasOwn(containerTable, kind);
}

/** An entry of a list of layers: a layer or a container. */
export const layerSchema = choice(
  'layer',
  { ...layerTable, ...containerTable },
  {
    title: 'Layer',
    description: 'One step of the network: a word, or a word with options.',
  },
);
