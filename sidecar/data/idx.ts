/**
 * The IDX format of MNIST's files (yann.lecun.com/exdb/mnist): two zero bytes, a type code, the number of dimensions,
 * each dimension as a big-endian uint32, then the values, row-major. Only unsigned bytes are read here.
 */
import { sizeOf } from '../network/types.ts';
import { DataError } from './error.ts';

export interface Idx {
  readonly dimensions: readonly number[];
  readonly values: Uint8Array;
}

const typeNames: Readonly<Record<number, string>> = {
  8: 'unsigned bytes',
  9: 'signed bytes',
  11: '16-bit integers',
  12: '32-bit integers',
  13: '32-bit floats',
  14: '64-bit floats',
};

/** The header's dimensions and where the values begin. `bytes` may end behind the header. */
export function parseIdxHeader(
  bytes: Uint8Array,
  place: string,
): { dimensions: number[]; start: number } {
  const whole = 'an IDX file (two zero bytes, type, number of dimensions, dimensions)';
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || !(bytes[2] in typeNames)) {
    const found = bytes.length === 0 ? 'an empty file' : `a file that begins with ${hex(bytes)}`;
    const remedy = 'give a file in MNIST’s format, plain or gzipped';
    throw new DataError({ place, expected: whole, found, remedy });
  }
  if (bytes[2] !== 0x08) {
    const found = `${typeNames[bytes[2]]} (type 0x${bytes[2].toString(16).padStart(2, '0')})`;
    const remedy = 'convert the values to bytes from 0 to 255';
    throw new DataError({ place, expected: 'unsigned bytes (type 0x08)', found, remedy });
  }
  const rank = bytes[3];
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    const expected = `a header of ${start} bytes for ${rank} dimensions`;
    const found = `a file of ${bytes.length} bytes`;
    throw new DataError({ place, expected, found, remedy: 'copy the file again, it is cut short' });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  return { dimensions, start };
}

/** A whole IDX file; `values` is a view of `bytes`. */
export function parseIdx(bytes: Uint8Array, place: string): Idx {
  const { dimensions, start } = parseIdxHeader(bytes, place);
  checkIdxLength(dimensions, start, bytes.length, place);
  return { dimensions, values: bytes.subarray(start) };
}

/** Whether a file is as long as its header says. */
export function checkIdxLength(
  dimensions: readonly number[],
  start: number,
  length: number,
  place: string,
): void {
  const whole = sizeOf(dimensions) + start;
  if (length === whole) return;
  const expected = `${whole} bytes, as its header says (${dimensions.join(' × ')} values)`;
  const remedy = `copy the file again, it ${length < whole ? 'is cut short' : 'holds more than it says'}`;
  throw new DataError({ place, expected, found: `${length} bytes`, remedy });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
