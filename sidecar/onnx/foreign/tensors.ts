/** The numbers of a constant in an ONNX file, whichever way they are written, and new ones in its place. */
import { create } from '@bufbuild/protobuf';
import {
  TensorProto_DataType as DataType,
  type NodeProto,
  type TensorProto,
  TensorProtoSchema,
} from 'onnx-buf';
import { sizeOf } from '../../network/types.ts';
import { fitsHalf, numberOfHalf, toHalf } from '../half.ts';
import { storageOf, typeName } from '../inspect/tensor-types.ts';

/** How numbers of a type that can be folded lie in a file; null where one of them does not fit. */
type Encode = (values: Float64Array) => Float32Array | Float64Array | Uint16Array | null;

const encoders: ReadonlyMap<number, Encode> = new Map<number, Encode>([
  [DataType.FLOAT, (values) => finite(Float32Array.from(values))],
  [DataType.DOUBLE, finite],
  [
    DataType.FLOAT16,
    (values) => {
      const single = Float32Array.from(values);
      return fitsHalf(single) ? toHalf(single) : null;
    },
  ],
]);

export function canFold(dataType: number): boolean {
  return encoders.has(dataType);
}

/** The end of a sentence about values of another type. */
export function wrongType(dataType: number): string {
  return `${typeName(dataType)}, where float32, float64 or float16 are expected`;
}

/** Numbers in float64; `dims` is their shape. */
export interface Constant {
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

/** What a Constant node gives, whichever attribute has it; undefined for texts and sparse tensors. */
export function heldTensor(node: NodeProto): TensorProto | undefined {
  for (const { name, t, f, floats, i, ints } of node.attribute) {
    if (name === 'value') return t;
    if (name === 'value_float') return listed(node, [], { floatData: [f] });
    if (name === 'value_floats') return listed(node, [floats.length], { floatData: floats });
    if (name === 'value_int') return listed(node, [], { int64Data: [i] });
    if (name === 'value_ints') return listed(node, [ints.length], { int64Data: ints });
  }
  return undefined;
}

function listed(
  { output }: NodeProto,
  dims: readonly number[],
  values: { readonly floatData: number[] } | { readonly int64Data: bigint[] },
): TensorProto {
  const dataType = 'floatData' in values ? DataType.FLOAT : DataType.INT64;
  return create(TensorProtoSchema, {
    ...{ name: output[0], dims: dims.map(BigInt), dataType },
    ...values,
  });
}

/** The numbers, or the end of a sentence that says why they cannot be had. */
export function readConstant(tensor: TensorProto): Constant | string {
  const dims = tensor.dims.map(Number);
  const count = sizeOf(dims);
  const of = `values of ${tensor.name}`;
  const storage = storageOf(tensor.dataType);
  if (storage === null || !canFold(tensor.dataType)) {
    return `the ${of} are ${wrongType(tensor.dataType)}`;
  }
  const { rawData } = tensor;
  if (rawData.length === 0) {
    const values = listedValues(tensor);
    return values.length === count
      ? { dims, values }
      : `expected ${count} ${of}, found ${values.length}`;
  }
  const bytes = count * storage.bytes;
  if (rawData.length !== bytes) {
    return `expected ${bytes} bytes for the ${of}, found ${rawData.length}`;
  }
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const values = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    values[index] = storage.fromRaw(view, index * storage.bytes);
  }
  return { dims, values };
}

/** What a file has in the list of the type rather than as raw bytes. */
function listedValues({ dataType, floatData, doubleData, int32Data }: TensorProto): Float64Array {
  if (dataType === DataType.FLOAT) return Float64Array.from(floatData);
  if (dataType === DataType.DOUBLE) return Float64Array.from(doubleData);
  return Float64Array.from(int32Data, numberOfHalf);
}

/** A constant of the type of another; null where its type cannot hold one of the numbers. */
export function writeConstant(
  { dataType }: TensorProto,
  { dims, values }: Constant,
): TensorProto | null {
  const encoded = encoders.get(dataType)!(values);
  if (encoded === null) return null;
  const { buffer, byteOffset, byteLength } = encoded;
  const rawData = Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength));
  return create(TensorProtoSchema, { dims: dims.map(BigInt), dataType, rawData });
}

function finite<T extends Float32Array | Float64Array>(values: T): T | null {
  return values.every(Number.isFinite) ? values : null;
}
