/** Rows as they travel: base64 of little-endian float32, since JSON would turn NaN into null. */

/** The numbers of a base64 text, or an error when it does not hold `expected` of them. */
export function decodeFloats(base64: string, expected: number): Float32Array {
  const text = atob(base64);
  if (text.length !== expected * 4) {
    throw new RangeError(`rows: expected ${expected * 4} bytes, found ${text.length}`);
  }
  const view = new DataView(new ArrayBuffer(text.length));
  for (let index = 0; index < text.length; index++) view.setUint8(index, text.charCodeAt(index));
  const floats = new Float32Array(expected);
  for (let index = 0; index < expected; index++) floats[index] = view.getFloat32(index * 4, true);
  return floats;
}
