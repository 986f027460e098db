/** Rows as they travel: base64 of little-endian float32, since JSON would turn NaN into null. */

/** The numbers of a base64 text, or an error when it does not hold `expected` of them. */
export function decodeFloats(base64: string, expected: number): Float32Array {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (bytes.length !== expected * 4) {
    throw new RangeError(`rows: expected ${expected * 4} bytes, found ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: expected }, (_, index) => view.getFloat32(index * 4, true));
}
