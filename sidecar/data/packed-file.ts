/**
 * One compressed file that holds several: an eight-byte mark, the header's length (uint32, little-endian), a JSON
 * header, then Brotli chunks that decompress independently, so that all cores decode at once and off the main thread.
 * Brotli at quality 9 makes MNIST 10.4 MB (gzip 11.2 MB) and every Node since 20 reads it, unlike Zstandard.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { DataError } from './error.ts';
import { sharedBytes } from './shared.ts';

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

const mark = 'BNLDATA1';
const headerStart = mark.length + 4;
/** Two chunks for each of the four threads that Node's pool has by default. */
const chunkCount = 8;

interface Header {
  /** SHA-256 of the files' bytes one after the other, hex. */
  readonly hash: string;
  /** Length of each file in bytes, in the order they were given. */
  readonly files: readonly number[];
  /** Length of each chunk: packed, and once decompressed. */
  readonly chunks: readonly { readonly packed: number; readonly bytes: number }[];
}

/** SHA-256 of all files one after the other, hex. */
export function hashFiles(files: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file);
  return hash.digest('hex');
}

/** The packed file's bytes; equal files give equal bytes. */
export async function packFiles(files: readonly Uint8Array[]): Promise<Buffer> {
  const bytes = Buffer.concat(files);
  const size = Math.max(1, Math.ceil(bytes.length / chunkCount));
  const parts: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    parts.push(bytes.subarray(start, start + size));
  }
  const options = {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 },
  };
  const chunks = await Promise.all(parts.map((part) => compress(part, options)));
  const header: Header = {
    hash: hashFiles(files),
    files: files.map((file) => file.length),
    chunks: chunks.map((chunk, i) => ({ packed: chunk.length, bytes: parts[i].length })),
  };
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(headerStart);
  start.write(mark, 'latin1');
  start.writeUInt32LE(json.length, mark.length);
  return Buffer.concat([start, json, ...chunks]);
}

/** The hash of what a packed file holds, by its header alone; null when it is no packed file. */
export function packedHash(packed: Buffer): string | null {
  return readHeader(packed)?.header.hash ?? null;
}

/** The files inside a packed file, as views of one shared buffer, once their SHA-256 has been found right. */
export async function unpackFiles(
  path: string,
  remedy: string,
): Promise<{ hash: string; files: Uint8Array<SharedArrayBuffer>[] }> {
  const fault = (found: string, cause?: unknown) =>
    new DataError({ place: path, expected: 'intact packed data', found, remedy }, cause);
  const packed = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw fault(cause.code === 'ENOENT' ? 'no file' : cause.message, cause);
  });
  const start = readHeader(packed);
  if (start === null) throw fault('a header that cannot be read');
  const { header, end } = start;
  const packedLengths = header.chunks.map((chunk) => chunk.packed);
  const total = end + sum(packedLengths);
  if (packed.length !== total) throw fault(`${packed.length} bytes in place of ${total}`);

  const bytes = sharedBytes(sum(header.files));
  const packedParts = cut(packed.subarray(end), packedLengths);
  const parts = cut(
    bytes,
    header.chunks.map((chunk) => chunk.bytes),
  );
  const decoding = parts.map(async (part, i) => {
    // One buffer for the whole part: else it comes in 16 kB pieces, each by way of this thread.
    const size = Math.max(64, part.length);
    part.set(await decompress(packedParts[i], { chunkSize: size, maxOutputLength: size }));
  });
  await Promise.all(decoding).catch((cause: unknown) => {
    throw fault('a part that cannot be decompressed', cause);
  });
  const hash = await hashInSlices(bytes);
  if (hash !== header.hash) throw fault(`SHA-256 ${hash} in place of ${header.hash}`);
  return { hash, files: cut(bytes, header.files) };
}

/** Lets other work run after every few milliseconds of hashing. */
async function hashInSlices(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  const slice = 2 ** 22;
  for (let start = 0; start < bytes.length; start += slice) {
    hash.update(bytes.subarray(start, start + slice));
    await setImmediate();
  }
  return hash.digest('hex');
}

function readHeader(packed: Buffer): { header: Header; end: number } | null {
  if (packed.length < headerStart || packed.toString('latin1', 0, mark.length) !== mark)
    return null;
  const end = headerStart + packed.readUInt32LE(mark.length);
  try {
    const header: Header = JSON.parse(packed.toString('utf8', headerStart, end));
    const whole = sum(header.chunks.map((chunk) => chunk.bytes)) === sum(header.files);
    return whole ? { header, end } : null;
  } catch {
    // Not JSON, or not the header's shape: the caller says that the header cannot be read.
    return null;
  }
}

/** Views of the given lengths, one behind the other. */
function cut<T extends Uint8Array>(bytes: T, lengths: readonly number[]): T[] {
  const parts: T[] = [];
  let start = 0;
  for (const length of lengths) {
    parts.push(bytes.subarray(start, start + length) as T);
    start += length;
  }
  return parts;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
