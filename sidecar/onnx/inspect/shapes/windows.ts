/** Convolutions and pools: shapes are `[batch, channels, ...places]` (ONNX's Conv, ConvTranspose, MaxPool, AveragePool). */
import type { Dimension } from '../../../protocol/inspect.ts';
import type { Attributes } from '../../foreign/attributes.ts';
import { numbers, ofType, type Rule, type ShapeOf, sizeOrNull } from './types.ts';

interface Window {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** At the beginning and at the end. */
  readonly pads: readonly [number, number];
}

export const convolution: Rule = ({ input, attributes }) => {
  const { type, shape } = input(0);
  const weight = input(1).shape;
  const kernel = attributes.integers('kernel_shape') ?? numbers(weight?.slice(2) ?? null);
  const places = slide(shape, kernel, attributes, forward);
  return [ofType(type, places && shape && [shape[0], weight?.[0] ?? null, ...places])];
};

export const convolutionTranspose: Rule = ({ input, attributes }) => {
  const { type, shape } = input(0);
  const weight = input(1).shape;
  const kernel = attributes.integers('kernel_shape') ?? numbers(weight?.slice(2) ?? null);
  const given = attributes.integers('output_shape');
  const extra = attributes.integers('output_padding');
  const places =
    given ??
    slide(shape, kernel, attributes, (size, window, automatic, axis) =>
      automatic
        ? size * window.stride
        : window.stride * (size - 1) + (extra?.[axis] ?? 0) + reach(window) - sum(window.pads),
    );
  const perGroup = weight?.[1];
  const channels =
    typeof perGroup === 'number' ? sizeOrNull(perGroup * attributes.integer('group', 1)) : null;
  return [ofType(type, places && shape && [shape[0], channels, ...places])];
};

/** MaxPool's second output holds where the largest values were. */
export const pool: Rule = ({ input, attributes }) => {
  const { type, shape } = input(0);
  const ceil = attributes.integer('ceil_mode', 0) !== 0;
  const places = slide(shape, attributes.integers('kernel_shape'), attributes, ceil ? up : forward);
  const output = places && shape && [shape[0], shape[1], ...places];
  return [ofType(type, output), ofType(7, output)];
};

export const globalPool: Rule = ({ input }) => {
  const { type, shape } = input(0);
  return [ofType(type, shape && [...shape.slice(0, 2), ...shape.slice(2).map(() => 1)])];
};

type Count = (size: number, window: Window, automatic: boolean, axis: number) => number;

/** Places that a window takes over a size. */
const forward: Count = (size, window, automatic) =>
  automatic
    ? Math.ceil(size / window.stride)
    : Math.floor((size + sum(window.pads) - reach(window)) / window.stride) + 1;

/** A part of a window counts as well, unless it begins after the input and the padding before it. */
const up: Count = (size, window, automatic, axis) => {
  if (automatic) return forward(size, window, automatic, axis);
  const { pads, stride } = window;
  const places = Math.ceil((size + sum(pads) - reach(window)) / stride) + 1;
  return (places - 1) * stride >= size + pads[0] ? places - 1 : places;
};

/** The sizes of all places; null where the shape or the kernel is not known, or they do not fit. */
function slide(
  shape: ShapeOf | null,
  kernel: readonly number[] | null,
  attributes: Attributes,
  count: Count,
): Dimension[] | null {
  if (shape === null || shape.length < 2) return null;
  const sizes = shape.slice(2);
  if (kernel === null) return sizes.map(() => null);
  if (kernel.length !== sizes.length) return null;
  const strides = attributes.integers('strides');
  const dilations = attributes.integers('dilations');
  const pads = attributes.integers('pads');
  const padding = attributes.text('auto_pad', 'NOTSET');
  const automatic = padding.startsWith('SAME_');
  return sizes.map((size, axis) => {
    const window: Window = {
      size: kernel[axis],
      stride: strides?.[axis] ?? 1,
      dilation: dilations?.[axis] ?? 1,
      pads: padding === 'VALID' ? [0, 0] : [pads?.[axis] ?? 0, pads?.[axis + sizes.length] ?? 0],
    };
    const places = (all: number) => sizeOrNull(count(all, window, automatic, axis));
    if (typeof size === 'number') return places(size);
    // What keeps two sizes keeps any, also one that only has a name.
    return places(1000) === 1000 && places(1001) === 1001 ? size : null;
  });
}

/** Places from the first to the last that a window touches. */
function reach({ size, dilation }: Window): number {
  return dilation * (size - 1) + 1;
}

function sum([first, last]: readonly [number, number]): number {
  return first + last;
}
