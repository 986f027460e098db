/**
 * Convolutions over images, forward and gradient of the input, in any geometry. An image is `[C / 8][pixel][batch][8]`:
 * the batch is the row dimension of the tile (4 rows by 8 channels, as in dense.ts), so odd heights and widths cost
 * nothing and neither patches nor borders are ever copied.
 *
 * A window table (engine/windows.ts) says what each output pixel sees. It begins with three u32 a pixel: the offset of
 * an origin in a panel of the input, and where its list of taps begins and ends, from the start of the table. A tap is
 * two u32: the offset of an input pixel from the origin, modulo 2^32, and a value, here the offset of the tap's weights
 * in a block of them. Taps outside the image are not listed.
 *
 * Weights are packed `[filters / 8][band][tap][8 channels][8 filters]`: the band is those panels of the input that the
 * groups of the eight filters need, all of them where there are no groups. Between different groups weights are 0.
 *
 * The range of a kernel over windows counts the lines of pixels of each panel of the output, panel by panel.
 */
import { ROW, madd } from './vector';

const TILE_BYTES: usize = 4 * ROW;

/** Weights between eight channels and eight filters. */
export const WEIGHTS: usize = 8 * ROW;

/** The first input panel that panel `p` of the output sees, where each group has `channels` inputs and `filters` outputs. */
// @ts-ignore: decorator
@inline
export function bandStart(p: i32, channels: i32, filters: i32, latest: i32): i32 {
  return min(((p * 8) / filters * channels) >> 3, latest);
}

/**
 * y[pixel][r][o] = bias[o] + sum over taps and channels of x[tap][r][c] w[o][tap][c]; `bias` is 0 for none. The
 * gradient of the input is the same with dy for x, transposed weights and the windows of the way back. Strides are the
 * bytes of a panel of x, w and y, `pixel` those of a pixel of x and y. `inputs` channels come in, a band has `bands` panels.
 */
export function convolve(first: i32, last: i32, x: usize, w: usize, bias: usize, y: usize, windows: usize, height: i32, width: i32, xStride: usize, wStride: usize, yStride: usize, pixel: usize, taps: i32, inputs: i32, bands: i32, channels: i32, filters: i32, latest: i32): void {
  const zero = f32x4.splat(0);
  const block = <usize>taps * WEIGHTS;
  for (let unit = first; unit < last; unit++) {
    const p = unit / height;
    const line = <usize>(unit % height * width);
    const start0 = bias ? v128.load(bias + <usize>p * ROW) : zero;
    const start1 = bias ? v128.load(bias + <usize>p * ROW, 16) : zero;
    const from = bandStart(p, channels, filters, latest);
    const seen = min(8 * bands, inputs - 8 * from);
    const source = x + <usize>from * xStride;
    const weights = w + <usize>p * wStride;
    let out = y + <usize>p * yStride + line * pixel;
    let window = windows + line * 12;
    for (let left = width; left > 0; left--) {
      const origin = source + load<u32>(window);
      const list = windows + load<u32>(window, 4);
      const end = windows + load<u32>(window, 8);
      for (let at: usize = 0; at < pixel; at += TILE_BYTES) {
        tile(origin + at, weights, out + at, list, end, xStride, block, seen, start0, start1);
      }
      window += 12;
      out += pixel;
    }
  }
}

/**
 * As `convolve`, for an input of few channels in planes, `[channel][pixel][batch]`: every entry of a list is one tap of
 * one channel, a single step of the sum. Offsets in the table are bytes of a plane.
 */
export function convolvePlanes(first: i32, last: i32, x: usize, w: usize, bias: usize, y: usize, windows: usize, height: i32, width: i32, wStride: usize, yStride: usize, pixel: usize): void {
  const zero = f32x4.splat(0);
  for (let unit = first; unit < last; unit++) {
    const p = unit / height;
    const line = <usize>(unit % height * width);
    const start0 = bias ? v128.load(bias + <usize>p * ROW) : zero;
    const start1 = bias ? v128.load(bias + <usize>p * ROW, 16) : zero;
    const weights = w + <usize>p * wStride;
    let out = y + <usize>p * yStride + line * pixel;
    let window = windows + line * 12;
    for (let left = width; left > 0; left--) {
      const origin = x + load<u32>(window);
      const list = windows + load<u32>(window, 4);
      const end = windows + load<u32>(window, 8);
      for (let at: usize = 0; at < pixel; at += TILE_BYTES) {
        planesTile(origin + at / 8, weights, out + at, list, end, start0, start1);
      }
      window += 12;
      out += pixel;
    }
  }
}

/** Four examples of one pixel. Steps of the sum: panels of x, in each the taps, in each the channels. */
function tile(x: usize, w: usize, out: usize, list: usize, end: usize, stride: usize, block: usize, seen: i32, start0: v128, start1: v128): void {
  let s00 = start0, s01 = start1, s10 = start0, s11 = start1;
  let s20 = start0, s21 = start1, s30 = start0, s31 = start1;
  for (let left = seen; left > 0; left -= 8) {
    const bytes = <usize>min(left, 8) * 4;
    for (let tap = list; tap < end; tap += 8) {
      let value = x + load<u32>(tap);
      let weight = w + load<u32>(tap, 4);
      const stop = value + bytes;
      do {
        const w0 = v128.load(weight);
        const w1 = v128.load(weight, 16);
        let v = v128.load32_splat(value);
        s00 = madd(v, w0, s00);
        s01 = madd(v, w1, s01);
        v = v128.load32_splat(value, 32);
        s10 = madd(v, w0, s10);
        s11 = madd(v, w1, s11);
        v = v128.load32_splat(value, 64);
        s20 = madd(v, w0, s20);
        s21 = madd(v, w1, s21);
        v = v128.load32_splat(value, 96);
        s30 = madd(v, w0, s30);
        s31 = madd(v, w1, s31);
        weight += ROW;
        value += 4;
      } while (value < stop);
    }
    x += stride;
    w += block;
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out, s10, 32);
  v128.store(out, s11, 48);
  v128.store(out, s20, 64);
  v128.store(out, s21, 80);
  v128.store(out, s30, 96);
  v128.store(out, s31, 112);
}

/** Four examples of one pixel from planes. */
function planesTile(x: usize, w: usize, out: usize, list: usize, end: usize, start0: v128, start1: v128): void {
  let s00 = start0, s01 = start1, s10 = start0, s11 = start1;
  let s20 = start0, s21 = start1, s30 = start0, s31 = start1;
  for (let tap = list; tap < end; tap += 8) {
    const value = x + load<u32>(tap);
    const weight = w + load<u32>(tap, 4);
    const w0 = v128.load(weight);
    const w1 = v128.load(weight, 16);
    let v = v128.load32_splat(value);
    s00 = madd(v, w0, s00);
    s01 = madd(v, w1, s01);
    v = v128.load32_splat(value, 4);
    s10 = madd(v, w0, s10);
    s11 = madd(v, w1, s11);
    v = v128.load32_splat(value, 8);
    s20 = madd(v, w0, s20);
    s21 = madd(v, w1, s21);
    v = v128.load32_splat(value, 12);
    s30 = madd(v, w0, s30);
    s31 = madd(v, w1, s31);
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out, s10, 32);
  v128.store(out, s11, 48);
  v128.store(out, s20, 64);
  v128.store(out, s21, 80);
  v128.store(out, s30, 96);
  v128.store(out, s31, 112);
}
