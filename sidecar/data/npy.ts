/**
 * The NPY format, versions 1 to 3 (numpy.lib.format): a mark, the version, the header's length, the header as a
 * Python dictionary of `descr`, `fortran_order` and `shape`, then the values. Integers, floats and booleans of either
 * byte order and either order of axes are read; all become C order.
 */
import { sizeOf } from '../network/types.ts';
import { DataError } from './error.ts';
import { quoted } from './wording.ts';

export interface NpyHeader {
  readonly kind: 'boolean' | 'integer' | 'float';
  /** Bytes a value. */
  readonly size: number;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** How a value is read; `descr` as NumPy writes it. */
  readonly descr: string;
  /** Where the values begin, in bytes. */
  readonly start: number;
}

export interface NpyArray {
  readonly header: NpyHeader;
  /**
   * In C order and of the array's own type, so that an unsigned byte is a byte; booleans are 0 and 1 as int8. 64-bit
   * integers become float64 and lose their last digits beyond 2^53. May be a view of the bytes they were read from.
   */
  readonly values: Values;
}

type Values =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** Values lie in memory as in a little-endian file on every platform the product supports. */
const types = {
  b1: Int8Array,
  i1: Int8Array,
  u1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  i8: BigInt64Array,
  u8: BigUint64Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

const kinds = { b: 'boolean', i: 'integer', u: 'integer', f: 'float' } as const;

/** No header that is read here comes near; NumPy itself stops at 10,000. */
export const maximumHeader = 65_536;
/** As many as NumPy 2 allows. */
const maximumAxes = 64;

/** `bytes` may end behind the header. */
export function parseNpyHeader(bytes: Uint8Array, place: string): NpyHeader {
  const fault = (expected: string, found: string, remedy = 'save it again with numpy.savez') =>
    new DataError({ place, expected, found, remedy });
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.toString('latin1', 0, 6) !== '\x93NUMPY' || buffer.length < 12) {
    throw fault('a NumPy array', `${buffer.length} bytes that begin otherwise`);
  }
  const version = buffer[6];
  if (version < 1 || version > 3) throw fault('NPY version 1 to 3', `version ${version}`);
  const [textStart, length] =
    version === 1 ? [10, buffer.readUInt16LE(8)] : [12, buffer.readUInt32LE(8)];
  const start = textStart + length;
  if (length > maximumHeader || start > buffer.length) {
    throw fault('a whole header', `one of ${length} bytes in ${buffer.length}`);
  }
  const text = buffer.toString(version === 3 ? 'utf8' : 'latin1', textStart, start);
  const descr = /'descr': *'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(text)?.[1];
  const lengths = /'shape': *\(([\d, ]*)\)/.exec(text)?.[1];
  if (order === undefined || lengths === undefined || !/'descr'/.test(text)) {
    throw fault('a header with descr, fortran_order and shape', quoted(text));
  }
  const type = /^[<>|=]([biuf]\d+)$/.exec(descr ?? '')?.[1] ?? '';
  if (descr === undefined || !(type in types)) {
    const found = descr === undefined ? 'a structured type' : `type ${quoted(descr)}`;
    throw fault(
      'numbers: booleans, integers, float32 or float64',
      found,
      "convert it, as x.astype('float32') does",
    );
  }
  const shape = (lengths.match(/\d+/g) ?? []).map(Number);
  if (shape.length > maximumAxes) throw fault(`at most ${maximumAxes} axes`, `${shape.length}`);
  return {
    kind: kinds[type[0] as keyof typeof kinds],
    size: Number(type.slice(1)),
    shape,
    fortranOrder: order === 'True',
    descr,
    start,
  };
}

export function parseNpy(bytes: Uint8Array, place: string): NpyArray {
  const header = parseNpyHeader(bytes, place);
  checkNpyLength(header, bytes.length, place);
  const stored = readValues(bytes, header);
  const rank = header.shape.filter((length) => length !== 1).length;
  return { header, values: header.fortranOrder && rank > 1 ? inCOrder(stored, header) : stored };
}

/** Whether a whole array, header included, is as long as its header says. */
export function checkNpyLength(
  { start, shape, size, descr }: NpyHeader,
  length: number,
  place: string,
): void {
  const expected = start + sizeOf(shape) * size;
  if (length === expected) return;
  throw new DataError({
    place,
    expected: `${expected} bytes for shape (${shape.join(', ')}) of ${descr}`,
    found: `${length} bytes`,
    remedy: 'save it again with numpy.savez',
  });
}

function readValues(bytes: Uint8Array, { descr, size, start }: NpyHeader): Values {
  const swapped = descr[0] === '>' && size > 1;
  const aligned = (bytes.byteOffset + start) % size === 0;
  const there = bytes.subarray(start);
  const stored = aligned && !swapped ? there : new Uint8Array(there);
  if (swapped) swapBytes(stored, size);
  const type = types[descr.slice(1) as keyof typeof types];
  const values = new type(stored.buffer as ArrayBuffer, stored.byteOffset, stored.length / size);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    // Float64Array.from would first list all values, and lists end at some 100 million.
    return new Float64Array(values.length).map((_, i) => Number(values[i]));
  }
  return descr.endsWith('b1')
    ? (values as Int8Array).map((value) => (value === 0 ? 0 : 1))
    : values;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else buffer.swap64();
}

/** From first axis fastest to last axis fastest. */
function inCOrder(stored: Values, { shape }: NpyHeader): Values {
  const ordered = stored.slice();
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < ordered.length; to++) {
    ordered[to] = stored[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      index[axis] += 1;
      if (index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return ordered;
}
