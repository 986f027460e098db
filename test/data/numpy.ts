/** What the tests of NumPy arrays share: the fixtures' place, and how a test of its own writes arrays. */
import { join } from 'node:path';

export const numpyFolder = join(import.meta.dirname, 'numpy');

/** An NPY file of version 1 with the given header text and values. */
export function npy(header: string, values: Uint8Array): Buffer {
  const text = Buffer.from(`${header.padEnd(117)}\n`, 'latin1');
  const start = Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1');
  start.writeUInt16LE(text.length, 8);
  return Buffer.concat([start, text, values]);
}

export function npyHeader(descr: string, shape: readonly number[], fortranOrder = false): string {
  const order = fortranOrder ? 'True' : 'False';
  const sizes = shape.map((length) => `${length},`).join(' ');
  return `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sizes}), }`;
}
