/**
 * The NPY format, versions 1 to 3 (numpy.lib.format): a mark, the version, the header's length, the header as a
 * Python dictionary of `descr`, `fortran_order` and `shape`, then the values. Integers, floats and booleans of either
 * byte order and either order of axes are read; all become C order.
 */
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
  /** Bytes stay bytes; all else becomes float64, in C order. 64-bit integers beyond 2^53 lose their last digits. */
  readonly values: Uint8Array | Float64Array;
}

type Reader = (view: DataView, offset: number, little: boolean) => number;

const readers: Readonly<Record<string, Reader>> = {
  b1: (view, offset) => Math.min(1, view.getUint8(offset)),
  i1: (view, offset) => view.getInt8(offset),
  u1: (view, offset) => view.getUint8(offset),
  i2: (view, offset, little) => view.getInt16(offset, little),
  u2: (view, offset, little) => view.getUint16(offset, little),
  i4: (view, offset, little) => view.getInt32(offset, little),
  u4: (view, offset, little) => view.getUint32(offset, little),
  i8: (view, offset, little) => Number(view.getBigInt64(offset, little)),
  u8: (view, offset, little) => Number(view.getBigUint64(offset, little)),
  f4: (view, offset, little) => view.getFloat32(offset, little),
  f8: (view, offset, little) => view.getFloat64(offset, little),
};

const kinds = { b: 'boolean', i: 'integer', u: 'integer', f: 'float' } as const;

/** No header that is read here comes near; NumPy itself stops at 10,000. */
export const maximumHeader = 65_536;

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
  const shape = /'shape': *\(((?: *\d+ *,?)*)\)/.exec(text)?.[1];
  if (order === undefined || shape === undefined || !/'descr'/.test(text)) {
    throw fault('a header with descr, fortran_order and shape', quoted(text));
  }
  const type = /^[<>|=]([biuf]\d+)$/.exec(descr ?? '')?.[1] ?? '';
  if (descr === undefined || !(type in readers)) {
    const found = descr === undefined ? 'a structured type' : `type ${quoted(descr)}`;
    throw fault(
      'numbers: booleans, integers, float32 or float64',
      found,
      "convert it, as x.astype('float32') does",
    );
  }
  return {
    kind: kinds[type[0] as keyof typeof kinds],
    size: Number(type.slice(1)),
    shape: (shape.match(/\d+/g) ?? []).map(Number),
    fortranOrder: order === 'True',
    descr,
    start,
  };
}

/** Number of values in an array of this shape. */
export function valueCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function parseNpy(bytes: Uint8Array, place: string): NpyArray {
  const header = parseNpyHeader(bytes, place);
  const count = valueCount(header.shape);
  const expected = header.start + count * header.size;
  if (bytes.length !== expected) {
    throw new DataError({
      place,
      expected: `${expected} bytes for shape (${header.shape.join(', ')}) of ${header.descr}`,
      found: `${bytes.length} bytes`,
      remedy: 'save it again with numpy.savez',
    });
  }
  const stored = readValues(bytes, header, count);
  const rank = header.shape.filter((length) => length !== 1).length;
  return { header, values: header.fortranOrder && rank > 1 ? inCOrder(stored, header) : stored };
}

function readValues(bytes: Uint8Array, { descr, size, start }: NpyHeader, count: number) {
  if (descr.endsWith('u1')) return bytes.subarray(start);
  const read = readers[descr.slice(1)];
  const little = descr[0] !== '>';
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, i * size, little);
  return values;
}

/** From first axis fastest to last axis fastest. */
function inCOrder(stored: NpyArray['values'], { shape }: NpyHeader): NpyArray['values'] {
  const bytes = stored instanceof Uint8Array;
  const ordered = bytes ? new Uint8Array(stored.length) : new Float64Array(stored.length);
  const strides = shape.map((_, axis) => valueCount(shape.slice(0, axis)));
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
