/**
 * Windows that slide over an image or a sequence: how kernel, stride and padding are written, and the numbers that
 * come of them. `same` is TensorFlow's and ONNX's SAME_UPPER: the output has ceil(input / stride) places, and where
 * the zeros cannot be shared out evenly the end gets one more. With an odd kernel and stride 1 it is PyTorch's too.
 */
import { z } from 'zod';
import { enumeration } from './choice.ts';
import { shapeText } from './layer-definition.ts';
import type { Padding, Shape } from './types.ts';

/** How a window slides, resolved. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
}

/** `[height, width]`. */
export type Pair = readonly [number, number];

type WrittenPadding = 'same' | 'valid' | number;

/** A window as its author wrote it, with the defaults filled in. */
export interface WrittenWindow {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: WrittenPadding;
}

const maximumKernel = 64;

/** One number for both axes, or `[height, width]`. */
export function pair(meta: { title: string; description: string; default?: string }) {
  const length = z.int().min(1).max(maximumKernel);
  return z
    .union([length, z.tuple([length, length])])
    .transform((written): Pair => (typeof written === 'number' ? [written, written] : written))
    .meta({
      ...meta,
      expects: `a whole number from 1 to ${maximumKernel}, or two as [height, width]`,
    });
}

/** The same in one dimension, where the height is always 1. */
export function single(meta: { title: string; description: string; default?: string }) {
  return z
    .int()
    .min(1)
    .max(maximumKernel)
    .transform((length): Pair => [1, length])
    .meta({ ...meta, expects: `a whole number from 1 to ${maximumKernel}` });
}

const paddingWords = enumeration({
  same: {
    title: 'Same padding',
    description:
      'As many zeros as keep the size at stride 1; at a larger stride the output has `ceil(size / stride)` places. Where they cannot be shared out evenly, bottom and right get one more, as TensorFlow and ONNX (SAME_UPPER) have it.',
  },
  valid: {
    title: 'No padding',
    description: 'The window stays inside its input, so that the output is smaller.',
  },
});

export const padding = z
  .union([paddingWords, z.int().min(0).max(maximumKernel)])
  .default('valid')
  .meta({
    title: 'Padding',
    expects: `same, valid or a whole number from 0 to ${maximumKernel}`,
    description:
      'What surrounds the input: `valid` nothing, a number that many zeros on every side, `same` as many as keep the size at stride 1. A pooling leaves them out of its maximum or average.',
  });

/** Kernel, stride and padding in numbers; without an input there is no network, and `same` is left at 0. */
export function resolveWindow(
  { kernel, stride, padding, dilation }: WrittenWindow,
  input: Shape | null,
): Window {
  const axes = spatial(input);
  const sides = ([0, 1] as const).map((axis): Pair => {
    if (!axes || padding === 'valid' || isSequence(input, axis)) return [0, 0];
    if (padding !== 'same') return [padding, padding];
    const starts = Math.ceil(axes[axis] / stride[axis]) - 1;
    const total = starts * stride[axis] + reach(kernel[axis], dilation[axis]) - axes[axis];
    return total > 0 ? [Math.floor(total / 2), Math.ceil(total / 2)] : [0, 0];
  });
  const [[top, bottom], [left, right]] = sides;
  return {
    kernel: isSequence(input, 0) ? [1, kernel[1]] : kernel,
    stride: isSequence(input, 0) ? [1, stride[1]] : stride,
    padding: { top, bottom, left, right },
  };
}

/** Shape of what a window gives with `channels` channels; places of 0 or less do not fit. */
export function slide(
  { kernel, stride, padding }: Window,
  dilation: Pair,
  channels: number,
  input: Shape,
): Shape {
  const axes = spatial(input)!;
  const around = [padding.top + padding.bottom, padding.left + padding.right];
  const places = axes.map((length, axis) => {
    const room = length + around[axis] - reach(kernel[axis], dilation[axis]);
    return Math.floor(room / stride[axis]) + 1;
  });
  return [channels, ...places.slice(isSequence(input, 0) ? 1 : 0)];
}

/** Why a window does not fit into its input. */
export function windowMisfit(written: WrittenWindow, input: Shape): string | null {
  const output = slide(resolveWindow(written, input), written.dilation, 1, input);
  if (output.every((length) => length > 0)) return null;
  const { kernel, dilation } = written;
  const reached = ([0, 1] as const)
    .map((axis) => reach(kernel[axis], dilation[axis]))
    .slice(isSequence(input, 0) ? 1 : 0);
  return `a window of ${reached.join(' x ')} does not fit into ${shapeText(input)}; use a smaller kernel or padding: same`;
}

/** `[height, width]` of images, `[1, length]` of sequences. */
function spatial(input: Shape | null): Pair | null {
  if (input?.length === 3) return [input[1], input[2]];
  return input?.length === 2 ? [1, input[1]] : null;
}

/** Whether the axis is the one that a sequence does not have. */
function isSequence(input: Shape | null, axis: number): boolean {
  return axis === 0 && input?.length === 2;
}

/** Places from a window's first value to its last. */
function reach(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}
