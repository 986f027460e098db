/** Tells by its first bytes what a file is that is no ONNX model, so that a message can say so. */

/** Bytes of a file that are enough to tell. */
export const headBytes = 64;

const formats: readonly { readonly at: number; readonly magic: string; readonly name: string }[] = [
  { at: 0, magic: 'PK\x03\x04', name: "a zip archive, as PyTorch's .pt files are" },
  { at: 0, magic: '\x1f\x8b', name: 'data compressed by gzip: unpack it first' },
  { at: 0, magic: '\x89HDF', name: 'an HDF5 file, as Keras writes' },
  { at: 0, magic: '\x93NUMPY', name: 'a NumPy array' },
  { at: 0, magic: '\x80\x02', name: 'a Python pickle' },
  { at: 4, magic: 'TFL3', name: 'a TensorFlow Lite model' },
  {
    at: 4,
    magic: 'ORTM',
    name: "a model in onnxruntime's own format: ask for the ONNX file it was made from",
  },
  { at: 8, magic: '{"', name: 'a safetensors file: weights without a graph' },
  {
    at: 0,
    magic: 'version https://git-lfs',
    name: 'a pointer of Git LFS: fetch the model itself with `git lfs pull`',
  },
];

/** What it is, or null where that cannot be told. */
export function recognize(head: Uint8Array): string | null {
  const text = Buffer.from(head).toString('latin1');
  const found = formats.find(({ at, magic }) => text.startsWith(magic, at));
  if (found !== undefined) return found.name;
  return /^[\t\r\n\x20-\x7e]{8,}$/.test(text.slice(0, headBytes))
    ? 'text, which a download that failed often leaves: download or export the model again'
    : null;
}
