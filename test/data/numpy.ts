/** What the tests of NumPy arrays share: the fixtures' place, and how a test of its own writes arrays. */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

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

/** A zip archive of the given arrays, stored as they are, as numpy.savez makes it. */
export function npz(arrays: Readonly<Record<string, Uint8Array>>): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let start = 0;
  for (const [name, bytes] of Object.entries(arrays)) {
    const path = Buffer.from(`${name}.npy`);
    // Version, flags, method, time and date, checksum, sizes packed and unpacked, lengths of name and extra field.
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20);
    about.writeUInt32LE(crc32(bytes), 10);
    about.writeUInt32LE(bytes.length, 14);
    about.writeUInt32LE(bytes.length, 18);
    about.writeUInt16LE(path.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(start, 10);
    files.push(Buffer.from('PK\x03\x04'), about, path, Buffer.from(bytes));
    directory.push(Buffer.from('PK\x01\x02\x14\0'), about, place, path);
    start += 30 + path.length + bytes.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(arrays).length, 4);
  end.writeUInt16LE(Object.keys(arrays).length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(start, 12);
  return Buffer.concat([...files, central, Buffer.from('PK\x05\x06'), end]);
}
