/**
 * From a PNG file (w3.org/TR/png-3) to its pixels. pngjs decodes, but only files found here to hold every row: it
 * confuses the two counts that zlib reports, and where rows are missing it returns what its memory last held.
 */
import { inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { DataError } from './error.ts';

type Fault = (found: string, cause?: unknown) => DataError;

const damaged = 'a damaged one';
const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Length, name and checksum of a chunk. */
const chunkFrame = 12;
const maximumPaletteBytes = 3 * 256;

export function isPng(bytes: Uint8Array): boolean {
  return signature.equals(bytes.subarray(0, signature.length));
}

/** Height and width by the header, or null when the file does not begin with one. */
export function pngSize(bytes: Uint8Array): readonly [number, number] | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.length < 24 || file.toString('latin1', 12, 16) !== 'IHDR') return null;
  return [file.readUInt32BE(20), file.readUInt32BE(16)];
}

/** `data` holds red, green, blue and alpha, eight bits each, row by row. */
export function readPng(bytes: Uint8Array, place: string): Pick<PNG, 'width' | 'height' | 'data'> {
  const fault: Fault = (found, cause) => {
    const remedy = 'copy the file again, or remove it';
    return new DataError({ place, expected: 'an intact PNG file', found, remedy }, cause);
  };
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const { header, compressed, end } = readChunks(file, fault);
  checkPixels(compressed, scanlineBytes(header, fault), fault);
  try {
    return PNG.sync.read(file.subarray(0, end));
  } catch (cause) {
    throw fault(damaged, cause);
  }
}

interface Chunks {
  readonly header: Buffer;
  /** The zlib stream that the IDAT chunks hold together. */
  readonly compressed: Buffer;
  /** Where IEND ends; what comes behind it is no part of the image. */
  readonly end: number;
}

function readChunks(file: Buffer, fault: Fault): Chunks {
  const parts: Record<'IHDR' | 'PLTE' | 'IDAT', Buffer[]> = { IHDR: [], PLTE: [], IDAT: [] };
  let end = signature.length;
  let name = '';
  while (name !== 'IEND') {
    const start = end;
    if (start + chunkFrame > file.length) throw fault('one cut short');
    end = start + chunkFrame + file.readUInt32BE(start);
    if (end > file.length) throw fault('one cut short');
    name = file.toString('latin1', start + 4, start + 8);
    if (name in parts) {
      parts[name as keyof typeof parts].push(file.subarray(start + 8, end - 4));
    }
  }
  const { IHDR, PLTE, IDAT } = parts;
  // pngjs takes the last of several headers, whose size nobody has checked, and palettes of any length.
  const palette = PLTE.length === 0 || (PLTE.length === 1 && PLTE[0].length <= maximumPaletteBytes);
  if (IHDR.length !== 1 || IHDR[0].length !== 13 || !palette) throw fault(damaged);
  return { header: IHDR[0], compressed: Buffer.concat(IDAT), end };
}

/** Colour types: values a pixel, and the bits each of them may have. */
const colourTypes: Readonly<Record<number, { values: number; depths: readonly number[] }>> = {
  0: { values: 1, depths: [1, 2, 4, 8, 16] },
  2: { values: 3, depths: [8, 16] },
  3: { values: 1, depths: [1, 2, 4, 8] },
  4: { values: 2, depths: [8, 16] },
  6: { values: 4, depths: [8, 16] },
};

/** First column and row of each pass and the steps between them: the whole image, or Adam7. */
const passes: Readonly<Record<number, readonly (readonly [number, number, number, number])[]>> = {
  0: [[0, 0, 1, 1]],
  1: [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ],
};

/** Bytes of all rows once decompressed, each behind a byte that names its filter. */
function scanlineBytes(header: Buffer, fault: Fault): number {
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, type, , , interlace] = header.subarray(8);
  const colours = colourTypes[type];
  if (!colours?.depths.includes(depth) || !(interlace in passes)) throw fault(damaged);
  return passes[interlace].reduce((sum, [left, top, across, down]) => {
    const columns = Math.max(0, Math.ceil((width - left) / across));
    const rows = Math.max(0, Math.ceil((height - top) / down));
    const bits = columns * colours.values * depth;
    return columns === 0 ? sum : sum + rows * (1 + Math.ceil(bits / 8));
  }, 0);
}

function checkPixels(compressed: Buffer, expected: number, fault: Fault): void {
  const { length } = inflate(compressed, expected, fault);
  if (length < expected) throw fault(`one with ${length} of its ${expected} bytes of pixels`);
}

function inflate(compressed: Buffer, expected: number, fault: Fault): Buffer {
  try {
    return inflateSync(compressed, { maxOutputLength: expected });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw fault(`one with more than its ${expected} bytes of pixels`, cause);
    }
    const end = code === 'Z_BUF_ERROR' ? 'end early' : 'are damaged';
    throw fault(`one whose compressed pixels ${end}`, cause);
  }
}
