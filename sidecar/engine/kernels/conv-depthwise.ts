/**
 * Depthwise convolutions, each channel with a kernel of its own: plain vertical arithmetic without sums over channels.
 * Images and window tables are those of conv.ts. Weights are packed as there, `[C / 8][tap][8][8]`, of which the first
 * row is used.
 */
import { ROW, madd } from './vector';
import { WEIGHTS } from './conv';

/**
 * y[pixel][r][c] = bias[c] + sum over taps of x[tap][r][c] w[c][tap]; `bias` is 0 for none. The gradient of the input is
 * the same with dy for x and the windows of the way back. The range counts the lines of pixels of each panel of y.
 */
export function depthwise(first: i32, last: i32, x: usize, w: usize, bias: usize, y: usize, windows: usize, height: i32, width: i32, xStride: usize, wStride: usize, yStride: usize, pixel: usize): void {
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
      const origin = x + <usize>p * xStride + load<u32>(window);
      const list = windows + load<u32>(window, 4);
      const end = windows + load<u32>(window, 8);
      for (let at: usize = 0; at < pixel; at += 4 * ROW) {
        tile(origin + at, weights, out + at, list, end, start0, start1);
      }
      window += 12;
      out += pixel;
    }
  }
}

/** dw[c][tap] = sum over pixels and examples of dy[pixel][r][c] x[tap][r][c]; parameters as in convWeightGradient. */
export function depthwiseWeightGradient(first: i32, last: i32, x: usize, dy: usize, dw: usize, rectangles: usize, wStride: usize, xStride: usize, yStride: usize, xLine: usize, yLine: usize, xColumn: usize, pixel: usize, rows: i32, taps: i32): void {
  const zero = f32x4.splat(0);
  const used = taps > 1 ? WEIGHTS : ROW;
  for (let unit = first; unit < last; unit++) {
    const p = unit / taps;
    const rectangle = rectangles + <usize>(unit % taps) * 16;
    const out = dw + <usize>p * wStride + <usize>(unit % taps) * WEIGHTS;
    let source = x + <usize>p * xStride + load<u32>(rectangle);
    let gradient = dy + <usize>p * yStride + load<u32>(rectangle, 4);
    const columns = load<i32>(rectangle, 12);
    let sum0 = zero, sum1 = zero;
    for (let lines = load<i32>(rectangle, 8); lines > 0; lines--) {
      let value = source;
      let row = gradient;
      for (let column = columns; column > 0; column--) {
        let s0 = zero, s1 = zero;
        for (let at: usize = 0; at < <usize>rows * ROW; at += ROW) {
          s0 = madd(v128.load(value + at), v128.load(row + at), s0);
          s1 = madd(v128.load(value + at, 16), v128.load(row + at, 16), s1);
        }
        sum0 = f32x4.add(sum0, s0);
        sum1 = f32x4.add(sum1, s1);
        value += xColumn;
        row += pixel;
      }
      source += xLine;
      gradient += yLine;
    }
    memory.fill(out, 0, used);
    v128.store(out, sum0);
    v128.store(out, sum1, 16);
  }
}

/** Four examples of one pixel. */
function tile(x: usize, w: usize, out: usize, list: usize, end: usize, start0: v128, start1: v128): void {
  let s00 = start0, s01 = start1, s10 = start0, s11 = start1;
  let s20 = start0, s21 = start1, s30 = start0, s31 = start1;
  for (let tap = list; tap < end; tap += 8) {
    const value = x + load<u32>(tap);
    const weight = w + load<u32>(tap, 4);
    const w0 = v128.load(weight);
    const w1 = v128.load(weight, 16);
    s00 = madd(v128.load(value), w0, s00);
    s01 = madd(v128.load(value, 16), w1, s01);
    s10 = madd(v128.load(value, 32), w0, s10);
    s11 = madd(v128.load(value, 48), w1, s11);
    s20 = madd(v128.load(value, 64), w0, s20);
    s21 = madd(v128.load(value, 80), w1, s21);
    s30 = madd(v128.load(value, 96), w0, s30);
    s31 = madd(v128.load(value, 112), w1, s31);
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
