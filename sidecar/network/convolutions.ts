/** Convolutions over images and sequences. */
import { z } from 'zod';
import {
  bias,
  define,
  learningRate,
  type Next,
  name,
  type OperationOf,
  shapeText,
  uselessBias,
} from './layer-definition.ts';
import type { LayerOperation, Shape } from './types.ts';
import { type Pair, padding, pair, resolveWindow, single, slide, windowMisfit } from './windows.ts';
import { figure } from './wording.ts';

type Kind = 'conv2d' | 'conv1d';
type Convolution = Extract<LayerOperation, { kind: Kind }>;

const one: Pair = [1, 1];

/** The options of both; `length` reads one number, or one for each axis. */
function options(length: typeof pair | typeof single) {
  return z.strictObject({
    name,
    filters: z.int().min(1).max(65536).meta({
      title: 'Filters',
      description: 'Number of output channels: patterns that are looked for at every place.',
    }),
    kernel: length({ title: 'Kernel', description: 'Size of the window a filter looks at.' }),
    stride: length({
      title: 'Stride',
      description: 'Places between two windows.',
      default: '1',
    }).optional(),
    padding,
    dilation: length({
      title: 'Dilation',
      description: 'Distance of the values a window takes; above 1 it leaves some out.',
      default: '1',
    }).optional(),
    groups: z.int().min(1).max(65536).default(1).meta({
      title: 'Groups',
      description:
        'Divides channels and filters into groups that know nothing of each other; as many as there are channels make it a depthwise convolution.',
    }),
    bias,
    learningRate,
  });
}

type Options = z.output<ReturnType<typeof options>>;

function windowOf({ kernel, stride = one, dilation = one, padding }: Options) {
  return { kernel, stride, dilation, padding };
}

/** What the two have in common; `rank` counts the axes of an input, channels included. */
function convolution<K extends Kind>(kind: K, rank: number) {
  return {
    kind,
    operation: (written: Options, input: Shape | null, next: Next | null) => {
      const { filters, dilation = one, groups, bias } = written;
      const window = resolveWindow(windowOf(written), input);
      const hasBias = bias ?? next?.kind !== 'batchnorm';
      return { kind, ...window, filters, dilation, groups, bias: hasBias } as OperationOf<K>;
    },
    output: (operation: Convolution, input: Shape | null) =>
      input && slide(operation, operation.dilation, operation.filters, input),
    parameters: ({ filters, kernel, groups, bias }: Convolution, input: Shape) =>
      filters * (input[0] / groups) * kernel[0] * kernel[1] + (bias ? filters : 0),
    misfit: (input: Shape, written: Options) =>
      input.length === rank ? inputMisfit(input, written) : rankMisfit(kind, input),
    advice: ({ bias }: Options, next: Next | null) => uselessBias(bias, next),
  };
}

function inputMisfit(input: Shape, written: Options): string | null {
  const { groups, filters } = written;
  if (input[0] % groups !== 0) {
    return `groups: ${figure(groups)} does not divide the ${figure(input[0])} channels of its input; use a divisor of both channels and filters`;
  }
  if (filters % groups !== 0) {
    return `groups: ${figure(groups)} does not divide the ${figure(filters)} filters; use a divisor of both channels and filters`;
  }
  return windowMisfit(windowOf(written), input);
}

function rankMisfit(kind: Kind, input: Shape): string {
  const expected = kind === 'conv2d' ? '[channels, height, width]' : '[channels, length]';
  const advice =
    input.length === 1
      ? 'use dense here, or put it before what made one row of numbers'
      : `use ${kind === 'conv2d' ? 'conv1d' : 'conv2d'}`;
  return `expected an input of ${expected}, found ${shapeText(input)}; ${advice}`;
}

export const conv2d = define({
  ...convolution('conv2d', 3),
  title: 'Convolution over images',
  description:
    'Looks for `filters` patterns of the size of `kernel` at every place of an image: `[channels, height, width]` becomes `[filters, height, width]`. Directly before a `batchnorm` it has no bias, since the mean that is subtracted there would cancel it.',
  options: options(pair),
});

export const conv1d = define({
  ...convolution('conv1d', 2),
  title: 'Convolution over sequences',
  description:
    'Looks for `filters` patterns of the length of `kernel` at every place of a sequence: `[channels, length]` becomes `[filters, length]`. Directly before a `batchnorm` it has no bias.',
  options: options(single),
});
