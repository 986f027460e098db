/**
 * Reads and writes weights in the safetensors format: the header's length as a little-endian 64-bit number, a JSON
 * header, then the values. Float32 only. Numbers are copied as they lie in memory, which is little-endian on every
 * platform the product supports.
 */
import { sizeOf, type Tensor, type Weights } from './network/types.ts';

/** The reference implementation refuses longer headers too. */
const maximumHeaderBytes = 100_000_000;
const lengthBytes = 8;
const floatBytes = Float32Array.BYTES_PER_ELEMENT;

/** A file that is no safetensors file, or not one with float32 weights; says where and what was expected. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

/**
 * The bytes of a safetensors file. Tensors and metadata are sorted by name and the header is padded so that the
 * values start at a multiple of 8: the same weights always give the same bytes.
 */
export function encodeSafetensors(
  weights: Weights,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const tensors = sortByName(weights);
  const header = encodeHeader(tensors, metadata);
  const start = lengthBytes + header.length;
  const size = tensors.reduce((sum, [, { values }]) => sum + values.byteLength, start);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, lengthBytes);
  let offset = start;
  for (const [, { values }] of tensors) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return bytes;
}

/** Reads a safetensors file. `place` names it in errors. Values may be anything a float32 can be, NaN included. */
export function decodeSafetensors(
  bytes: Uint8Array,
  place: string,
): { weights: Weights; metadata: Record<string, string> } {
  const { header, data } = splitFile(bytes, place);
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = Object.entries(entries).map(([name, entry]) =>
    checkEntry(entry, data.length, `${place}: tensor ${JSON.stringify(name)}`, name),
  );
  checkLayout(tensors, data.length, place);
  return {
    weights: new Map(tensors.map((tensor) => [tensor.name, copyValues(tensor, data)])),
    metadata: checkMetadata(metadata, place),
  };
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  /** Offsets in bytes from the first value; `end` is exclusive. */
  readonly begin: number;
  readonly end: number;
}

function sortByName(weights: Weights): [string, Tensor][] {
  return [...weights].sort(([a], [b]) => (a < b ? -1 : 1));
}

function encodeHeader(
  tensors: readonly [string, Tensor][],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries: [string, unknown][] = [];
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length > 0) entries.push(['__metadata__', Object.fromEntries(sorted)]);
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    if (sizeOf(shape) !== values.length) {
      throw new SafetensorsError(
        `${name}: expected ${sizeOf(shape)} values for the shape [${shape}], found ${values.length}`,
      );
    }
    const end = offset + values.byteLength;
    entries.push([name, { dtype: 'F32', shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  return padded;
}

function splitFile(bytes: Uint8Array, place: string) {
  if (bytes.length < lengthBytes) {
    throw new SafetensorsError(
      `${place}: expected a safetensors file of at least ${lengthBytes} bytes, found ${bytes.length}`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const available = Math.min(bytes.length - lengthBytes, maximumHeaderBytes);
  if (length > available) {
    throw new SafetensorsError(
      `${place}: expected a header of at most ${available} bytes, found a length of ${length}: the file is truncated or no safetensors file`,
    );
  }
  const start = lengthBytes + Number(length);
  const header = parseHeader(bytes.subarray(lengthBytes, start), place);
  return { header, data: bytes.subarray(start) };
}

function parseHeader(bytes: Uint8Array, place: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new SafetensorsError(`${place}: expected a header in JSON, found something else`, {
      cause,
    });
  }
  if (!isRecord(header)) {
    throw new SafetensorsError(`${place}: expected a JSON object as header, found ${show(header)}`);
  }
  return header;
}

function checkEntry(entry: unknown, available: number, place: string, name: string): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (dtype !== 'F32') {
    throw new SafetensorsError(`${place}: expected dtype "F32", found ${show(dtype)}`);
  }
  if (!isCounts(shape)) {
    throw new SafetensorsError(
      `${place}: expected a shape such as [10, 100], found ${show(shape)}`,
    );
  }
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw new SafetensorsError(
      `${place}: expected data_offsets [begin, end], found ${show(offsets)}`,
    );
  }
  const [begin, end] = offsets;
  if (end > available) {
    throw new SafetensorsError(
      `${place}: expected values up to byte ${end}, found ${available} bytes: the file is truncated`,
    );
  }
  if (sizeOf(shape) * floatBytes !== end - begin) {
    throw new SafetensorsError(
      `${place}: expected ${sizeOf(shape) * floatBytes} bytes for the shape [${shape}], found ${end - begin}`,
    );
  }
  return { name, shape, begin, end };
}

/** The format demands that tensors cover the values exactly: no overlap, no gap, nothing behind the last. */
function checkLayout(entries: readonly Entry[], available: number, place: string): void {
  let expected = 0;
  for (const { name, begin, end } of entries.toSorted(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    if (begin !== expected) {
      const what = begin < expected ? 'overlaps the one before' : 'leaves a gap';
      throw new SafetensorsError(
        `${place}: tensor ${JSON.stringify(name)}: expected values from byte ${expected}, found ${begin}, which ${what}`,
      );
    }
    expected = end;
  }
  if (expected !== available) {
    throw new SafetensorsError(
      `${place}: expected ${expected} bytes of values, found ${available}`,
    );
  }
}

function checkMetadata(metadata: unknown, place: string): Record<string, string> {
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== 'string')) {
    throw new SafetensorsError(
      `${place}: expected __metadata__ to map names to texts, found ${show(metadata)}`,
    );
  }
  return metadata as Record<string, string>;
}

/** A copy, since the file's bytes need not lie at a multiple of 4. */
function copyValues({ shape, begin, end }: Entry, data: Uint8Array): Tensor {
  const values = new Float32Array((end - begin) / floatBytes);
  new Uint8Array(values.buffer).set(data.subarray(begin, end));
  return { shape, values };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
