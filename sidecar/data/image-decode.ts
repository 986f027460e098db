/**
 * From the bytes of a PNG or JPEG file to its pixels. What a file is, its content says and not its name. Pixels come
 * as they are stored: a JPEG's note on orientation is ignored, as Pillow and torchvision do unless told otherwise.
 */
import { imageSize } from 'image-size';
import { DataError } from './error.ts';
import { isJpeg, jpegSize, readJpeg } from './jpeg.ts';
import { isPng, pngSize, readPng } from './png.ts';

/** Eight bits a channel, row by row: red, green, blue, alpha. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array | Uint8ClampedArray;
}

/** 200 MB once decoded. */
const maximumPixels = 50e6;

/** Height and width by the file's header. */
export function readImageSize(bytes: Uint8Array, place: string): readonly [number, number] {
  const kind = readKind(bytes, place);
  const size = kind === 'PNG' ? pngSize(bytes) : jpegSize(bytes);
  if (size === null) {
    const found = 'one whose header is damaged or cut short';
    const remedy = 'copy the file again, or remove it';
    throw new DataError({ place, expected: `an intact ${kind} file`, found, remedy });
  }
  const [height, width] = size;
  if (width * height > maximumPixels || width * height === 0) {
    throw new DataError({
      place,
      expected: `1 to ${maximumPixels / 1e6} million pixels`,
      found: `${width} × ${height}`,
      remedy: 'scale the image down',
    });
  }
  return size;
}

export async function decodeImage(bytes: Uint8Array, place: string): Promise<Pixels> {
  // Refuses what would take too much memory.
  readImageSize(bytes, place);
  const read = isPng(bytes) ? readPng : readJpeg;
  const { width, height, data } = await read(bytes, place);
  return { width, height, rgba: data };
}

function readKind(bytes: Uint8Array, place: string): 'PNG' | 'JPEG' {
  if (isPng(bytes)) return 'PNG';
  if (isJpeg(bytes)) return 'JPEG';
  const remedy = 'save it as PNG, or remove it';
  throw new DataError({ place, expected: 'a PNG or JPEG image', found: nameOf(bytes), remedy });
}

/** What a file is that cannot be read here. */
function nameOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  try {
    return `an image of type ${imageSize(bytes).type}`;
  } catch {
    // No image that anybody knows.
    return `a file that begins with ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}`;
  }
}
