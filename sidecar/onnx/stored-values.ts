/** Values of an initializer of ours as float32, however they are stored. */
import { TensorProto_DataType as DataType, type TensorProto } from 'onnx-buf';
import { type Shape, sizeOf } from '../network/types.ts';
import { ModelFileError } from './errors.ts';
import { fromHalf } from './half.ts';
import { scaleSuffix } from './quantize.ts';

type Initializers = ReadonlyMap<string, TensorProto>;

/**
 * `tensor` has `shape`, which its file may end in axes of 1. `axis`: along which an int8 or int32 tensor has scales of
 * its own. Throws a ModelFileError with `place`.
 */
export function readStored(
  tensor: TensorProto,
  { shape, axis, initializers, place }: Wanted,
): Float32Array {
  const written = [...tensor.dims];
  while (written.length > shape.length && written.at(-1) === 1n) written.pop();
  if (String(written) !== String(shape)) {
    throw new ModelFileError(`${place}: expected shape [${shape}], found [${tensor.dims}]`);
  }
  const count = sizeOf(shape);
  switch (tensor.dataType) {
    case DataType.FLOAT:
      return new Float32Array(takeBytes(tensor, 4 * count, place));
    case DataType.FLOAT16:
      return fromHalf(new Uint16Array(takeBytes(tensor, 2 * count, place)));
    case DataType.INT8: {
      const integers = new Int8Array(takeBytes(tensor, count, place));
      return dequantize(tensor.name, integers, { shape, axis, initializers, place });
    }
    case DataType.INT32: {
      const integers = new Int32Array(takeBytes(tensor, 4 * count, place));
      return dequantize(tensor.name, integers, { shape, axis, initializers, place });
    }
    default: {
      const found = DataType[tensor.dataType] ?? `type ${tensor.dataType}`;
      throw new ModelFileError(
        `${place}: expected FLOAT, FLOAT16, INT8 or INT32 values, found ${found}`,
      );
    }
  }
}

export interface Wanted {
  readonly shape: Shape;
  readonly axis: number;
  readonly initializers: Initializers;
  readonly place: string;
}

/** As DequantizeLinear without a zero point: one scale for all, or one for each index along the axis. */
function dequantize(
  name: string,
  integers: Int8Array | Int32Array,
  { shape, axis, initializers, place }: Wanted,
): Float32Array {
  const scale = initializers.get(name + scaleSuffix);
  if (scale === undefined || scale.dataType !== DataType.FLOAT || scale.dims.length > 1) {
    throw new ModelFileError(
      `${place}: expected a scale as FLOAT in ${name}${scaleSuffix}, found none`,
    );
  }
  const count = scale.dims.length === 0 ? 1 : shape[axis];
  const scales = new Float32Array(takeBytes(scale, 4 * count, `${place}${scaleSuffix}`));
  const inner = sizeOf(shape.slice(axis + 1));
  return Float32Array.from(
    integers,
    (value, index) => value * scales[count === 1 ? 0 : Math.floor(index / inner) % count],
  );
}

/** A copy, since the file's bytes need not lie at a multiple of 4. */
function takeBytes({ rawData }: TensorProto, bytes: number, place: string): ArrayBuffer {
  if (rawData.length !== bytes) {
    throw new ModelFileError(
      `${place}: expected ${bytes} bytes of values, found ${rawData.length}`,
    );
  }
  return Uint8Array.from(rawData).buffer;
}
