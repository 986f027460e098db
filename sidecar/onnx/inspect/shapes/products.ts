/** Products of matrices, and operators that sum up axes. */
import { TensorProto_DataType as DataType } from 'onnx-buf';
import { broadcastAll } from './elementwise.ts';
import {
  absent,
  axisOf,
  numbers,
  ofType,
  type Rule,
  type RuleInput,
  type ShapeOf,
} from './types.ts';

export const gemm: Rule = ({ input, attributes }) => {
  const a = input(0).shape;
  const b = input(1).shape;
  if (a?.length !== 2 || b?.length !== 2) return [ofType(input(0).type, null)];
  const rows = attributes.integer('transA', 0) ? a[1] : a[0];
  const columns = attributes.integer('transB', 0) ? b[0] : b[1];
  return [ofType(input(0).type, [rows, columns])];
};

/** As NumPy's matmul: vectors gain an axis that goes again, what lies before the last two broadcasts. */
export const matMul: Rule = ({ input }) => {
  const { type } = input(0);
  const a = input(0).shape;
  const b = input(1).shape;
  if (!a || !b || a.length === 0 || b.length === 0) return [ofType(type, null)];
  const front = broadcastAll([a.slice(0, -2), b.slice(0, -2)]);
  const rows = a.length === 1 ? [] : [a[a.length - 2]];
  const columns = b.length === 1 ? [] : [b[b.length - 1]];
  return [ofType(type, front && [...front, ...rows, ...columns])];
};

export const reduce: Rule = (node) => {
  const { type, shape } = node.input(0);
  const axes = axesOf(node);
  if (shape === null || axes === null) return [ofType(type, null)];
  if (axes.length === 0 && node.attributes.integer('noop_with_empty_axes', 0)) {
    return [ofType(type, shape)];
  }
  return [ofType(type, without(shape, axes, node.attributes.integer('keepdims', 1) !== 0))];
};

/** ArgMax and ArgMin. */
export const findIndex: Rule = ({ input, attributes }) => {
  const { shape } = input(0);
  const keep = attributes.integer('keepdims', 1) !== 0;
  return [ofType(DataType.INT64, shape && without(shape, [attributes.integer('axis', 0)], keep))];
};

/** From an attribute, or since opset 13 or 18 from an input; empty for all; null where they are not known. */
function axesOf({ attributes, inputs }: RuleInput): readonly number[] | null {
  const given = inputs[1] ?? absent;
  return attributes.integers('axes') ?? (given === absent ? [] : numbers(given.elements));
}

function without(shape: ShapeOf, axes: readonly number[], keep: boolean): ShapeOf | null {
  const gone = new Set(axes.map((axis) => axisOf(axis, shape.length)));
  if (gone.has(null)) return null;
  const isGone = (axis: number) => axes.length === 0 || gone.has(axis);
  return keep
    ? shape.map((size, axis) => (isGone(axis) ? 1 : size))
    : shape.filter((_, axis) => !isGone(axis));
}
