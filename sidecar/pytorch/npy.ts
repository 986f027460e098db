/** Writes arrays in the NPY format, version 1.0 (numpy.lib.format), which NumPy loads without pickle. */

type Values = Uint8Array | Int32Array | Float32Array;

/** C order, little-endian as numbers lie in memory; the header is padded so that the values start at a multiple of 64. */
export function encodeNpy(values: Values, shape: readonly number[]): Uint8Array {
  const size = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${typeOf(values)}', 'fortran_order': False, 'shape': (${size}), }`;
  const start = Math.ceil((preamble + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(start + values.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0]);
  new DataView(bytes.buffer).setUint16(8, start - preamble, true);
  const padded = `${header.padEnd(start - preamble - 1)}\n`;
  bytes.set(new TextEncoder().encode(padded), preamble);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start);
  return bytes;
}

/** Bytes before the header: the mark, the version, the header's length. */
const preamble = 10;

function typeOf(values: Values): string {
  if (values instanceof Uint8Array) return '|u1';
  return values instanceof Int32Array ? '<i4' : '<f4';
}
