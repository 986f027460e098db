/** The numbers of a constant in an ONNX file, whichever way they are written, and new ones in its place. */
import { create } from '@bufbuild/protobuf';
import {
  TensorProto_DataType as DataType,
  TensorProto_DataLocation as Location,
  type TensorProto,
  TensorProtoSchema,
} from 'onnx-buf';
import { sizeOf } from '../../network/types.ts';

/** Types of numbers that can be folded, with the array that holds them as a file does. */
const arrays = { [DataType.FLOAT]: Float32Array, [DataType.DOUBLE]: Float64Array } as const;

/** Numbers in float64; `dims` is their shape. */
export interface Constant {
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

/** The numbers, or the end of a sentence that says why they cannot be had. */
export function readConstant(tensor: TensorProto): Constant | string {
  const dims = tensor.dims.map(Number);
  const count = sizeOf(dims);
  const of = `values of ${tensor.name}`;
  if (tensor.dataLocation === Location.EXTERNAL) return `the ${of} lie in another file`;
  const array = arrays[tensor.dataType as keyof typeof arrays];
  if (array === undefined) {
    return `the ${of} are ${DataType[tensor.dataType] ?? `of type ${tensor.dataType}`}, where FLOAT or DOUBLE are expected`;
  }
  if (tensor.rawData.length === 0) {
    const listed = array === Float32Array ? tensor.floatData : tensor.doubleData;
    if (listed.length === count) return { dims, values: Float64Array.from(listed) };
    return `expected ${count} ${of}, found ${listed.length}`;
  }
  const bytes = count * array.BYTES_PER_ELEMENT;
  if (tensor.rawData.length !== bytes) {
    return `expected ${bytes} bytes for the ${of}, found ${tensor.rawData.length}`;
  }
  // A copy, since the file's bytes need not lie at a multiple of their size.
  const { buffer } = Uint8Array.from(tensor.rawData);
  return { dims, values: Float64Array.from(new array(buffer)) };
}

/** A constant of the type of another; null where its type cannot hold one of the numbers. */
export function writeConstant(like: TensorProto, { dims, values }: Constant): TensorProto | null {
  const rounded = new arrays[like.dataType as keyof typeof arrays](values);
  if (!rounded.every(Number.isFinite)) return null;
  return create(TensorProtoSchema, {
    dims: dims.map(BigInt),
    dataType: like.dataType,
    rawData: new Uint8Array(rounded.buffer),
  });
}
