/** The types of ONNX's tensors: their names, and how their values are stored and become numbers. */
import { TensorProto_DataType as DataType } from 'onnx-buf';
import { numberOfHalf } from '../half.ts';
import { payloadFields } from '../wire/plan.ts';

/** How values of a type that are numbers lie in a file. */
export interface Storage {
  /** Of one value in raw_data and external data. */
  readonly bytes: number;
  /** Of TensorProto, for values outside raw_data. */
  readonly field: number;
  /** Numbers from little-endian raw bytes. */
  readonly fromRaw: (view: DataView, at: number) => number;
  /** From the bits that a varint field holds, where those are not the number itself. */
  readonly fromBits?: (bits: number) => number;
}

const { floatData, int32Data, int64Data, doubleData, uint64Data } = payloadFields;

const storages: ReadonlyMap<number, Storage> = new Map<number, Storage>([
  [
    DataType.FLOAT,
    { bytes: 4, field: floatData, fromRaw: (view, at) => view.getFloat32(at, true) },
  ],
  [
    DataType.DOUBLE,
    { bytes: 8, field: doubleData, fromRaw: (view, at) => view.getFloat64(at, true) },
  ],
  [DataType.FLOAT16, sixteenBits(numberOfHalf)],
  [DataType.BFLOAT16, sixteenBits(fromBfloat16)],
  [DataType.INT8, { bytes: 1, field: int32Data, fromRaw: (view, at) => view.getInt8(at) }],
  [DataType.UINT8, { bytes: 1, field: int32Data, fromRaw: (view, at) => view.getUint8(at) }],
  [DataType.BOOL, { bytes: 1, field: int32Data, fromRaw: (view, at) => view.getUint8(at) }],
  [DataType.INT16, { bytes: 2, field: int32Data, fromRaw: (view, at) => view.getInt16(at, true) }],
  [
    DataType.UINT16,
    { bytes: 2, field: int32Data, fromRaw: (view, at) => view.getUint16(at, true) },
  ],
  [DataType.INT32, { bytes: 4, field: int32Data, fromRaw: (view, at) => view.getInt32(at, true) }],
  [
    DataType.UINT32,
    { bytes: 4, field: uint64Data, fromRaw: (view, at) => view.getUint32(at, true) },
  ],
  [
    DataType.INT64,
    { bytes: 8, field: int64Data, fromRaw: (view, at) => Number(view.getBigInt64(at, true)) },
  ],
  [
    DataType.UINT64,
    { bytes: 8, field: uint64Data, fromRaw: (view, at) => Number(view.getBigUint64(at, true)) },
  ],
]);

/** Null for strings, complex numbers and those of 4 to 8 bits that no batch normalization has. */
export function storageOf(dataType: number): Storage | null {
  return storages.get(dataType) ?? null;
}

/** `float32`, `int64`, `bool`, as most who write ONNX files call them. */
export function typeName(dataType: number): string {
  const name = DataType[dataType];
  if (name === undefined) return `type ${dataType}`;
  if (dataType === DataType.FLOAT) return 'float32';
  return dataType === DataType.DOUBLE ? 'float64' : name.toLowerCase();
}

function sixteenBits(fromBits: (bits: number) => number): Storage {
  return {
    bytes: 2,
    field: int32Data,
    fromRaw: (view, at) => fromBits(view.getUint16(at, true)),
    fromBits,
  };
}

const word = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function fromBfloat16(bits: number): number {
  word.setUint32(0, (bits & 0xffff) * 2 ** 16);
  return word.getFloat32(0);
}
