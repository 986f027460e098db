/** What shape inference knows of a tensor, and what a rule for an operator gets to see. */
import type { Dimension } from '../../../protocol/inspect.ts';
import type { Attributes } from '../../foreign/attributes.ts';

export type ShapeOf = readonly Dimension[];

export interface Known {
  /** ONNX's number of the type; null where it is not known. */
  readonly type: number | null;
  readonly shape: ShapeOf | null;
  /** Values of a short list of numbers, as shapes are computed with; null where they are not known. */
  readonly elements: readonly Dimension[] | null;
}

export const unknown: Known = { type: null, shape: null, elements: null };

/** Stands for an optional input that is left out. */
export const absent: Known = { ...unknown };

export interface RuleInput {
  /** `absent` for inputs that are left out. */
  input(index: number): Known;
  readonly inputs: readonly Known[];
  readonly attributes: Attributes;
  /** Number of outputs that the node names. */
  readonly outputs: number;
  /** Of ONNX's own operators. */
  readonly opset: number;
}

/** What the outputs of a node are, in order; those that are not said are unknown. */
export type Rule = (node: RuleInput) => readonly Known[];

export function ofType(type: number | null, shape: ShapeOf | null): Known {
  return { type, shape, elements: null };
}

/** Values that a shape is computed from; null unless all are numbers. */
export function numbers(elements: readonly Dimension[] | null): readonly number[] | null {
  if (elements === null) return null;
  const all = elements.filter((each) => typeof each === 'number');
  return all.length === elements.length ? all : null;
}

/** An axis counted from the front; null where the shape has none such. */
export function axisOf(axis: number, rank: number): number | null {
  const index = axis < 0 ? axis + rank : axis;
  return Number.isInteger(index) && index >= 0 && index < rank ? index : null;
}

export function product(dimensions: ShapeOf): number | null {
  let result = 1;
  for (const size of dimensions) {
    if (typeof size !== 'number') return null;
    result *= size;
  }
  return Number.isSafeInteger(result) ? result : null;
}

/** A size that was computed, if it is one. */
export function sizeOrNull(size: number): number | null {
  return Number.isSafeInteger(size) && size >= 0 ? size : null;
}
