/** Operators that keep a shape or broadcast several (ONNX's Broadcasting.md). */
import { TensorProto_DataType as DataType } from 'onnx-buf';
import type { Dimension } from '../../../protocol/inspect.ts';
import { ofType, type Rule, type ShapeOf } from './types.ts';

export const same: Rule = ({ input }) => [ofType(input(0).type, input(0).shape)];

/** As its first input, of another type. */
export const sameAs =
  (type: number): Rule =>
  ({ input }) => [ofType(type, input(0).shape)];

export const broadcast: Rule = ({ inputs }) => [
  ofType(inputs[0]?.type ?? null, broadcastAll(inputs.map(({ shape }) => shape))),
];

export const compare: Rule = ({ inputs }) => [
  ofType(DataType.BOOL, broadcastAll(inputs.map(({ shape }) => shape))),
];

export const where: Rule = ({ input, inputs }) => [
  ofType(input(1).type, broadcastAll(inputs.map(({ shape }) => shape))),
];

export const cast: Rule = ({ input, attributes }) => [
  { ...input(0), type: attributes.integer('to', 0) || null },
];

export const identity: Rule = ({ input }) => [input(0)];

/** Output like the input, and a mask of what was kept. */
export const dropout: Rule = ({ input }) => [
  ofType(input(0).type, input(0).shape),
  ofType(DataType.BOOL, input(0).shape),
];

/** In training mode also the running mean and variance, `[channels]`. */
export const batchNorm: Rule = ({ input, outputs }) => [
  ofType(input(0).type, input(0).shape),
  ...Array.from({ length: Math.min(4, outputs - 1) }, () => ofType(input(3).type, input(3).shape)),
];

export const quantize: Rule = ({ input }) => [
  ofType(input(2).type ?? DataType.UINT8, input(0).shape),
];

export const dequantize: Rule = ({ input }) => [ofType(input(1).type, input(0).shape)];

export function broadcastAll(shapes: readonly (ShapeOf | null)[]): ShapeOf | null {
  let result: ShapeOf | null = [];
  for (const shape of shapes) result = result && shape && broadcastTwo(result, shape);
  return result;
}

function broadcastTwo(a: ShapeOf, b: ShapeOf): ShapeOf | null {
  const rank = Math.max(a.length, b.length);
  const result: Dimension[] = [];
  for (let axis = 0; axis < rank; axis += 1) {
    const left = sizeAt(a, axis, rank);
    const right = sizeAt(b, axis, rank);
    if (left === right || right === 1) result.push(left);
    else if (left === 1) result.push(right);
    // A size that is open must be the other's, or 1, when the model runs.
    else if (typeof left === 'number' && typeof right !== 'number') result.push(left);
    else if (typeof right === 'number' && typeof left !== 'number') result.push(right);
    else if (typeof left === 'number') return null;
    else result.push(null);
  }
  return result;
}

function sizeAt(shape: ShapeOf, axis: number, rank: number): Dimension {
  const index = axis - (rank - shape.length);
  return index < 0 ? 1 : shape[index];
}
