/** Writes PNG files of every kind for tests, straight from the format's description. */
import { crc32, deflateSync } from 'node:zlib';

export interface PngOptions {
  readonly width: number;
  readonly height: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
  readonly type: 0 | 2 | 3 | 4 | 6;
  readonly depth?: 1 | 2 | 4 | 8 | 16;
  /** Each row's bytes, packed as the depth says; of an interlaced image the rows of all passes. */
  readonly rows: readonly (readonly number[])[];
  readonly interlaced?: boolean;
  readonly palette?: readonly number[];
  /** Of palette entries. */
  readonly alpha?: readonly number[];
}

export function png(options: PngOptions): Buffer {
  const { width, height, type, depth = 8, rows, palette, alpha } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, type, 0, 0, options.interlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Buffer.from(palette))] : []),
    ...(alpha ? [chunk('tRNS', Buffer.from(alpha))] : []),
    chunk('IDAT', deflateSync(Buffer.from(rows.flatMap((row) => [0, ...row])))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A grey image of one value. */
export function greyPng(value: number, width = 3, height = 2): Buffer {
  const rows = Array.from({ length: height }, () => Array<number>(width).fill(value));
  return png({ width, height, type: 0, rows });
}

/** In which of Adam7's passes the pixels of each block of 8 × 8 come, as the format's description draws it. */
const adam7 = [
  '16462646',
  '77777777',
  '56565656',
  '77777777',
  '36463646',
  '77777777',
  '56565656',
  '77777777',
];

/** The rows of all passes of a grey image of one byte a pixel. */
export function interlace(rows: readonly (readonly number[])[]): number[][] {
  return ['1', '2', '3', '4', '5', '6', '7'].flatMap((pass) =>
    rows
      .map((row, y) => row.filter((_, x) => adam7[y % 8][x % 8] === pass))
      .filter((row) => row.length > 0),
  );
}

export function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
