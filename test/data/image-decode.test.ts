import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import jpeg from 'jpeg-js';
import { decodeImage, type Pixels, readImageSize } from '../../sidecar/data/image-decode.ts';
import { writeImage } from '../../sidecar/data/image-scale.ts';
import resizeCases from './numpy/resize.json' with { type: 'json' };
import { chunk, greyPng, interlace, type PngOptions, png } from './png.ts';

/** One image as the data set holds it, at its own size. */
async function read(bytes: Uint8Array, channels: 1 | 3): Promise<number[]> {
  const pixels = await decodeImage(bytes, 'image');
  const output = new Uint8Array(channels * pixels.width * pixels.height);
  writeImage(pixels, [channels, pixels.height, pixels.width], output);
  return [...output];
}

const pair = { width: 2, height: 1 };
const kinds: readonly [title: string, options: PngOptions, rgb: number[], grey: number[]][] = [
  ['grey', { ...pair, type: 0, rows: [[10, 200]] }, [10, 200, 10, 200, 10, 200], [10, 200]],
  [
    'RGB',
    { ...pair, type: 2, rows: [[255, 0, 0, 10, 20, 30]] },
    [255, 10, 0, 20, 0, 30],
    [Math.round(0.299 * 255), Math.round(0.299 * 10 + 0.587 * 20 + 0.114 * 30)],
  ],
  [
    'a palette with transparency, over white',
    { ...pair, type: 3, depth: 4, rows: [[0x10]], palette: [0, 0, 0, 100, 0, 200], alpha: [0] },
    [100, 255, 0, 255, 200, 255],
    [Math.round(0.299 * 100 + 0.114 * 200), 255],
  ],
  [
    'grey with alpha, over white',
    { ...pair, type: 4, rows: [[100, 255, 100, 51]] },
    [100, 224, 100, 224, 100, 224],
    [100, 224],
  ],
  [
    'RGBA, over white',
    { ...pair, type: 6, rows: [[9, 8, 7, 0, 9, 8, 7, 255]] },
    [255, 9, 255, 8, 255, 7],
    [255, 8],
  ],
  ['one bit', { ...pair, type: 0, depth: 1, rows: [[0x40]] }, [0, 255, 0, 255, 0, 255], [0, 255]],
  [
    'sixteen bits',
    { ...pair, type: 0, depth: 16, rows: [[0x80, 0x80, 0xff, 0xff]] },
    [128, 255, 128, 255, 128, 255],
    [128, 255],
  ],
];

for (const [title, options, rgb, grey] of kinds) {
  test(`PNG: ${title}`, async () => {
    assert.deepEqual(await read(png(options), 3), rgb);
    assert.deepEqual(await read(png(options), 1), grey);
  });
}

for (const [width, height] of [
  [1, 1],
  [3, 2],
  [5, 9],
  [19, 17],
]) {
  test(`PNG: interlaced, ${width} × ${height}`, async () => {
    const rows = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => (31 * y + 7 * x) % 256),
    );
    const passes = interlace(rows);
    const bytes = png({ width, height, type: 0, rows: passes, interlaced: true });
    assert.deepEqual(await read(bytes, 1), rows.flat());
  });
}

test('what comes behind the end of a PNG is no part of it', async () => {
  const bytes = Buffer.concat([greyPng(9), Buffer.from('and more')]);
  assert.deepEqual(await decodeImage(bytes, 'image'), await decodeImage(greyPng(9), 'image'));
});

/** Soft colours, which JPEG keeps within a few levels. */
function gradient(width: number, height: number): Buffer {
  const pixel = (i: number) => [8 * (i % width), 6 * Math.floor(i / width), 128, 255];
  return Buffer.from(Array.from({ length: width * height }, (_, i) => pixel(i)).flat());
}

test('JPEG from another program, within 4 of 255 levels', async () => {
  const [width, height] = [24, 17];
  const data = gradient(width, height);
  const { data: bytes } = jpeg.encode({ width, height, data }, 98);
  const { rgba, ...size } = await decodeImage(bytes, 'image');
  assert.deepEqual(size, { width, height });
  assert.deepEqual(readImageSize(bytes, 'image'), [height, width]);
  data.forEach((value, i) => {
    assert.ok(Math.abs(value - rgba[i]) <= 4, `byte ${i}: ${rgba[i]} for ${value}`);
  });
});

test('a note on orientation in a JPEG is ignored, also for its size', async () => {
  const { data } = jpeg.encode({ width: 5, height: 3, data: gradient(5, 3) }, 90);
  // Exif of one entry, big-endian: orientation (0x0112) is 6, a quarter turn.
  const note = '4578696600004d4d002a000000080001011200030000000100060000' + '00000000';
  const segment = Buffer.concat([Buffer.from('ffe10022', 'hex'), Buffer.from(note, 'hex')]);
  const turned = Buffer.concat([data.subarray(0, 2), segment, data.subarray(2)]);
  assert.deepEqual(readImageSize(turned, 'image'), [3, 5]);
  assert.deepEqual(await decodeImage(turned, 'image'), await decodeImage(data, 'image'));
});

const jpegBytes = jpeg.encode({ width: 40, height: 40, data: gradient(40, 40) }, 90).data;

/** A JPEG's frame header (SOF0) of another size, and a comment. */
const frame = (width: number, height: number) => {
  const start = jpegBytes.indexOf(Buffer.from('ffc0', 'hex'));
  const bytes = Buffer.from(jpegBytes.subarray(start, start + 19));
  bytes.writeUInt16BE(height, 5);
  bytes.writeUInt16BE(width, 7);
  return { bytes, start };
};
function comment(text: Uint8Array): Buffer {
  const start = Buffer.from('fffe0000', 'hex');
  start.writeUInt16BE(2 + text.length, 2);
  return Buffer.concat([start, text]);
}

test('bytes that fill a JPEG between its segments are passed over', async () => {
  const { start } = frame(1, 1);
  const fill = Buffer.from('ffff', 'hex');
  const filled = Buffer.concat([jpegBytes.subarray(0, start), fill, jpegBytes.subarray(start)]);
  assert.deepEqual(readImageSize(filled, 'image'), [40, 40]);
  assert.deepEqual(await decodeImage(filled, 'image'), await decodeImage(jpegBytes, 'image'));
});

for (const { from, to, pixels, scaled } of resizeCases) {
  test(`scaling ${from.join(' × ')} to ${to.join(' × ')} is PyTorch's, within half a level`, () => {
    const [height, width] = from;
    const [newHeight, newWidth] = to;
    const rgba = Uint8Array.from({ length: 4 * height * width }, (_, i) =>
      i % 4 === 3 ? 255 : pixels[(i % 4) * height * width + Math.floor(i / 4)],
    );
    const image: Pixels = { width, height, rgba };
    const output = new Uint8Array(3 * newHeight * newWidth);
    writeImage(image, [3, newHeight, newWidth], output);
    assert.equal(output.length, scaled.length);
    output.forEach((value, i) => {
      assert.ok(Math.abs(value - scaled[i]) <= 0.501, `value ${i}: ${value} for ${scaled[i]}`);
    });
  });
}

const gif = Buffer.from('GIF89a\x02\0\x01\0\0\0\0;', 'latin1');
const large = greyPng(1);
large.writeUInt32BE(60_000, 16);
large.writeUInt32BE(60_000, 20);

/** The compressed row of a grey image of one pixel, and files with such a header. */
const pixel = deflateSync(Buffer.of(0, 9));
const wholePixel = chunk('IDAT', pixel);
const onePixel = (chunks: readonly Buffer[]) => {
  const whole = greyPng(9, 1, 1);
  return Buffer.concat([whole.subarray(0, 33), ...chunks, whole.subarray(-12)]);
};
const pairOfGreys = [1, 2];

/** The whole message: no word of the decoder's reaches people. */
function pngFault(found: string): RegExp {
  const remedy = 'copy the file again, or remove it';
  return new RegExp(`^image: expected an intact PNG file, found ${found}; ${remedy}$`);
}

const large16 = frame(16_000, 16_000);
/** Who trusts lengths and expects no bytes between segments finds the frame inside the comment. */
const hidden = Buffer.concat([
  jpegBytes.subarray(0, large16.start),
  Buffer.of(0xff),
  comment(Buffer.concat([Buffer.of(0, 2), frame(40, 40).bytes])),
  Buffer.of(0),
  large16.bytes,
  jpegBytes.subarray(large16.start + large16.bytes.length),
  Buffer.alloc(70_000),
]);

const faults: readonly [title: string, bytes: Uint8Array, message: RegExp][] = [
  ['an empty file', Buffer.of(), /^image: expected a PNG or JPEG image, found an empty file; /],
  [
    'a text',
    Buffer.from('not an image'),
    /found a file that begins with 6e6f7420616e2069; save it/,
  ],
  ['a GIF', gif, /expected a PNG or JPEG image, found an image of type gif; save it as PNG/],
  ['a PNG cut short', greyPng(9).subarray(0, -20), pngFault('one cut short')],
  ['a PNG with a wrong checksum', damaged(greyPng(9), 30), pngFault('a damaged one')],
  [
    'a PNG with damaged pixels',
    damaged(greyPng(9), 45),
    pngFault('one whose compressed pixels are damaged'),
  ],
  [
    'a PNG whose compressed pixels end early',
    onePixel([chunk('IDAT', pixel.subarray(0, -4))]),
    pngFault('one whose compressed pixels end early'),
  ],
  [
    'a PNG of more rows than it says',
    png({ width: 2, height: 1, type: 0, rows: [pairOfGreys, pairOfGreys] }),
    pngFault('one with more than its 3 bytes of pixels'),
  ],
  [
    'a PNG with a second header, of another size',
    onePixel([chunk('IHDR', Buffer.from('00001f4000001f400800000000', 'hex')), wholePixel]),
    pngFault('a damaged one'),
  ],
  [
    'a PNG of a palette beyond what a byte can name',
    onePixel([chunk('PLTE', Buffer.alloc(3 * 257)), wholePixel]),
    pngFault('a damaged one'),
  ],
  [
    'a PNG that names a colour its palette lacks',
    png({ ...pair, type: 3, rows: [[0, 1]], palette: [0, 0, 0] }),
    pngFault('a damaged one'),
  ],
  [
    'a PNG of a depth that its colours cannot have',
    png({ ...pair, type: 2, depth: 4, rows: [[0, 0, 0]] }),
    pngFault('a damaged one'),
  ],
  [
    'a JPEG cut short',
    jpegBytes.subarray(0, -200),
    /expected an intact JPEG file, .*Premature end/,
  ],
  [
    'half a JPEG header',
    jpegBytes.subarray(0, 100),
    /^image: expected an intact JPEG file, found one whose header is damaged or cut short; copy/,
  ],
  [
    'a JPEG that hides its size behind another',
    hidden,
    /found 16000 × 16000; scale the image down/,
  ],
  ['more pixels than fit', large, /expected 1 to 50 million pixels, found 60000 × 60000/],
];

for (const [title, bytes, message] of faults) {
  test(`refuses ${title}, and decodes the next image as ever`, async () => {
    await assert.rejects(decodeImage(bytes, 'image'), (error: Error) => {
      assert.equal(error.name, 'DataError');
      assert.match(error.message, message);
      return true;
    });
    assert.equal((await decodeImage(jpegBytes, 'image')).width, 40);
  });
}

const [wide, high] = [200, 10];
const noisy = Array.from({ length: high }, (_, y) =>
  Array.from({ length: wide }, (_, x) => (x * x + 71 * y) % 256),
);
for (const interlaced of [false, true]) {
  const rows = interlaced ? interlace(noisy) : noisy;
  for (const kept of [0, 1, rows.length / 2, rows.length - 1]) {
    const title = `${kept} of ${rows.length} ${interlaced ? 'interlaced ' : ''}rows`;
    test(`refuses a PNG that holds ${title}, every time alike`, async () => {
      const there = rows.slice(0, kept);
      const bytes = png({ width: wide, height: high, type: 0, rows: there, interlaced });
      const size = (some: readonly number[][]) => some.length + some.flat().length;
      const message = pngFault(`one with ${size(there)} of its ${size(rows)} bytes of pixels`);
      for (let i = 0; i < 50; i++) {
        await assert.rejects(decodeImage(bytes, 'image'), { name: 'DataError', message });
      }
    });
  }
}

function damaged(bytes: Buffer, place: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[place] ^= 0xff;
  return copy;
}
