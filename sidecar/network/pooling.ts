/** Layers that make images smaller: pooling by windows and over everything. */
import { z } from 'zod';
import { define, name, shapeText } from './layer-definition.ts';
import type { Shape } from './types.ts';
import { type Pair, padding, pair, resolveWindow, slide, windowMisfit } from './windows.ts';

const one: Pair = [1, 1];

const options = z
  .strictObject({
    name,
    kernel: pair({
      title: 'Kernel',
      description: 'Size of the window.',
      default: '2',
    }).default([2, 2]),
    stride: pair({
      title: 'Stride',
      description: 'Places between two windows.',
      default: 'the kernel, so that windows do not overlap',
    }).optional(),
    padding,
  })
  .refine(({ kernel, padding }) => typeof padding !== 'number' || padding < Math.min(...kernel), {
    path: ['padding'],
    error: 'the padding has to be smaller than the kernel, else a window sees nothing of its input',
  });

type Options = z.output<typeof options>;

function windowOf({ kernel, stride = kernel, padding }: Options) {
  return { kernel, stride, dilation: one, padding };
}

function pooling<K extends 'maxpool' | 'avgpool'>(kind: K, title: string, description: string) {
  return {
    kind,
    title,
    description,
    options,
    shorthand: 'kernel' as const,
    operation: (written: Options, input: Shape | null) => ({
      kind,
      ...resolveWindow(windowOf(written), input),
    }),
    output: (operation: ReturnType<typeof resolveWindow>, input: Shape | null) =>
      input && slide(operation, one, input[0], input),
    parameters: () => 0,
    misfit: (input: Shape, written: Options) =>
      channelsMisfit(input) ??
      axesMisfit(written.kernel, input) ??
      windowMisfit(windowOf(written), input),
  };
}

/** Why there is nothing to pool over. */
function channelsMisfit(input: Shape): string | null {
  if (input.length > 1) return null;
  return `expected an input of channels with places, such as [channels, height, width], found ${shapeText(input)}; put it before what made one row of numbers, or leave it out`;
}

function axesMisfit([height, width]: Pair, input: Shape): string | null {
  if (input.length === 3 || height === width) return null;
  return `a sequence ${shapeText(input)} has one axis, found a kernel of ${height} x ${width}; write one number`;
}

export const maxpool = define(
  pooling(
    'maxpool',
    'Max pooling',
    'The largest value of every window: `maxpool: 2` halves height and width. Works on images and sequences.',
  ),
);

export const avgpool = define(
  pooling(
    'avgpool',
    'Average pooling',
    'The average of every window; padding does not count. `avgpool: 2` halves height and width. Works on images and sequences.',
  ),
);

export const globalAvgpool = define({
  kind: 'global-avgpool',
  title: 'Global average pooling',
  description:
    'The average of each channel over all its places: `[channels, height, width]` becomes `[channels]`.',
  options: z.strictObject({ name }),
  operation: () => ({ kind: 'global-avgpool' }),
  output: (_, input) => input && [input[0]],
  parameters: () => 0,
  misfit: channelsMisfit,
});
