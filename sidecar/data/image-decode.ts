/**
 * From the bytes of a PNG or JPEG file to its pixels. What a file is, its content says and not its name. Pixels come
 * as they are stored: a JPEG's note on orientation is ignored, as Pillow and torchvision do unless told otherwise.
 */
import { readFile } from 'node:fs/promises';
import decodeJpeg, { init as startJpeg } from '@jsquash/jpeg/decode.js';
import { imageSize } from 'image-size';
import { asset } from '../assets.ts';
import { DataError } from './error.ts';
import { readPng } from './png.ts';

/** Eight bits a channel, row by row: red, green, blue, alpha. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array | Uint8ClampedArray;
}

/** 200 MB once decoded. */
const maximumPixels = 50e6;

export const jpegDecoder = asset('data', 'jpeg-decoder.wasm');

/** Height and width by the file's header. */
export function readImageSize(bytes: Uint8Array, place: string): readonly [number, number] {
  const { height, width } = readHeader(bytes, place);
  return [height, width];
}

export async function decodeImage(bytes: Uint8Array, place: string): Promise<Pixels> {
  const { type } = readHeader(bytes, place);
  if (type === 'png') {
    const { width, height, data } = readPng(bytes, place);
    return { width, height, rgba: data };
  }
  try {
    return await readJpeg(bytes);
  } catch (cause) {
    const found = `a damaged or cut short one (${(cause as Error).message})`;
    const remedy = 'copy the file again, or remove it';
    throw new DataError({ place, expected: 'an intact JPEG file', found, remedy }, cause);
  }
}

function readHeader(bytes: Uint8Array, place: string) {
  const expected = 'a PNG or JPEG image';
  const remedy = 'save it as PNG, or remove it';
  const { type, width, height } = header(bytes, (cause) => {
    const start = Buffer.from(bytes.subarray(0, 8)).toString('hex');
    const found = bytes.length === 0 ? 'an empty file' : `a file that begins with ${start}`;
    return new DataError({ place, expected, found, remedy }, cause);
  });
  if (type !== 'png' && type !== 'jpg') {
    throw new DataError({ place, expected, found: `an image of type ${type}`, remedy });
  }
  if (width * height > maximumPixels || width * height === 0) {
    throw new DataError({
      place,
      expected: `1 to ${maximumPixels / 1e6} million pixels`,
      found: `${width} × ${height}`,
      remedy: 'scale the image down',
    });
  }
  return { type, width, height };
}

function header(bytes: Uint8Array, fault: (cause: unknown) => DataError) {
  try {
    return imageSize(bytes);
  } catch (cause) {
    throw fault(cause);
  }
}

/** Warnings of the decoder while it works on one image; it has no other way to say that an image ends early. */
let warnings: string[] = [];
let started: Promise<void> | null = null;

async function readJpeg(bytes: Uint8Array): Promise<Pixels> {
  started ??= readFile(jpegDecoder).then((wasmBinary) =>
    startJpeg({ wasmBinary, printErr: (line: string) => warnings.push(line) }),
  );
  await started;
  warnings = [];
  try {
    const { width, height, data } = await decodeJpeg(new Uint8Array(bytes).buffer);
    const ended = warnings.find((warning) => warning.startsWith('Premature end'));
    if (ended !== undefined) throw new Error(ended);
    return { width, height, rgba: new Uint8ClampedArray(data) };
  } catch (cause) {
    // The decoder cannot be used again once it has given up.
    started = null;
    throw warnings.length > 0 ? new Error(warnings[0], { cause }) : cause;
  }
}
