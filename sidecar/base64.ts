/** Numbers as base64 of float32 in this machine's order, which is little-endian on every platform Node supports here. */

export function toBase64(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

export function fromBase64(text: string): Float32Array {
  // A copy, since a small Buffer lies within a larger one that others share.
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer);
}
