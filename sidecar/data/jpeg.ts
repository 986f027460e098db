/** From a JPEG file (ITU-T T.81) to its pixels, by MozJPEG compiled to WebAssembly. */
import { readFile } from 'node:fs/promises';
import decodeJpeg, { init as startJpeg } from '@jsquash/jpeg/decode.js';
import { asset } from '../assets.ts';
import { DataError } from './error.ts';

export const jpegDecoder = asset('data', 'jpeg-decoder.wasm');

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

/**
 * Height and width by the first frame header, or null when there is none. Markers are found as the decoder finds them,
 * with any bytes between segments: else a file could show one size here and have another there.
 */
export function jpegSize(bytes: Uint8Array): readonly [number, number] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = bytes.indexOf(0xff, 2);
  while (at >= 0) {
    while (bytes[at] === 0xff) at += 1;
    const marker = bytes[at];
    // Behind the marker: length, bits a value, height, width.
    if (at + 8 > bytes.length || marker === startOfScan) return null;
    if (isFrame(marker)) return [view.getUint16(at + 4), view.getUint16(at + 6)];
    at = bytes.indexOf(0xff, at + 1 + (standsAlone(marker) ? 0 : view.getUint16(at + 1)));
  }
  return null;
}

const startOfScan = 0xda;

/** SOF0 to SOF15, among which stand three other markers. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** A stuffed zero, TEM and RST0 to RST7: no length follows. */
function standsAlone(marker: number): boolean {
  return marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/** Warnings of the decoder while it works on one image; it has no other way to say that an image ends early. */
let warnings: string[] = [];
let started: Promise<void> | null = null;

/** `data` holds red, green, blue and alpha, eight bits each, row by row. */
export async function readJpeg(bytes: Uint8Array, place: string) {
  started ??= readFile(jpegDecoder).then((wasmBinary) =>
    startJpeg({ wasmBinary, printErr: (line: string) => warnings.push(line) }),
  );
  await started;
  warnings = [];
  try {
    const { width, height, data } = await decodeJpeg(new Uint8Array(bytes).buffer);
    const ended = warnings.find((warning) => warning.startsWith('Premature end'));
    if (ended !== undefined) throw new Error(ended);
    return { width, height, data: new Uint8ClampedArray(data) };
  } catch (cause) {
    // The decoder cannot be used again once it has given up.
    started = null;
    const found = `a damaged or cut short one (${warnings[0] ?? (cause as Error).message})`;
    const remedy = 'copy the file again, or remove it';
    throw new DataError({ place, expected: 'an intact JPEG file', found, remedy }, cause);
  }
}
