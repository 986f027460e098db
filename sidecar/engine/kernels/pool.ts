/**
 * Pooling over images in any geometry: vertical, eight channels at a time. Images and window tables are those of conv.ts;
 * the way back goes by input pixels, each of which finds the windows it lies in, so that no two write the same place.
 * The range of each kernel counts the lines of pixels of each panel of what it writes.
 */
import { ROW, madd } from './vector';

/** A row of eight i16. */
const INDEX_ROW: usize = 16;

/**
 * y[pixel] = max over taps of x[tap]. The first of equal maxima wins, and NaN wins over all, as in PyTorch. The table's
 * values are the numbers of the taps; the winner's go to `winners`, laid out like y in i16, or nowhere when it is 0.
 */
export function maxpoolForward(first: i32, last: i32, x: usize, y: usize, winners: usize, windows: usize, height: i32, width: i32, xStride: usize, yStride: usize, pixel: usize): void {
  for (let unit = first; unit < last; unit++) {
    const p = <usize>(unit / height);
    const line = <usize>(unit % height * width);
    const start = p * yStride + line * pixel;
    let out = y + start;
    let winner = winners + start / 2;
    let window = windows + line * 12;
    for (let left = width; left > 0; left--) {
      const list = windows + load<u32>(window, 4);
      const end = windows + load<u32>(window, 8);
      let value = x + p * xStride + load<u32>(window);
      for (const stop = out + pixel; out < stop; out += ROW) {
        let most0 = f32x4.splat(-Infinity), most1 = most0;
        let won0 = i32x4.splat(load<i32>(list, 4)), won1 = won0;
        for (let tap = list; tap < end; tap += 8) {
          const number = i32x4.splat(load<i32>(tap, 4));
          const v0 = v128.load(value + load<u32>(tap));
          const v1 = v128.load(value + load<u32>(tap), 16);
          const greater0 = v128.or(f32x4.gt(v0, most0), f32x4.ne(v0, v0));
          const greater1 = v128.or(f32x4.gt(v1, most1), f32x4.ne(v1, v1));
          most0 = v128.bitselect(v0, most0, greater0);
          most1 = v128.bitselect(v1, most1, greater1);
          won0 = v128.bitselect(number, won0, greater0);
          won1 = v128.bitselect(number, won1, greater1);
        }
        v128.store(out, most0);
        v128.store(out, most1, 16);
        if (winners) v128.store(winner, i16x8.narrow_i32x4_s(won0, won1));
        winner += INDEX_ROW;
        value += ROW;
      }
      window += 12;
    }
  }
}

/** dx[pixel] = sum of dy over the windows in which this pixel has won. */
export function maxpoolBackward(first: i32, last: i32, dy: usize, dx: usize, winners: usize, windows: usize, height: i32, width: i32, yStride: usize, xStride: usize, pixel: usize): void {
  for (let unit = first; unit < last; unit++) {
    const p = <usize>(unit / height);
    const line = <usize>(unit % height * width);
    let out = dx + p * xStride + line * pixel;
    let window = windows + line * 12;
    for (let left = width; left > 0; left--) {
      const list = windows + load<u32>(window, 4);
      const end = windows + load<u32>(window, 8);
      let origin = p * yStride + load<u32>(window);
      for (const stop = out + pixel; out < stop; out += ROW) {
        let sum0 = f32x4.splat(0), sum1 = sum0;
        for (let tap = list; tap < end; tap += 8) {
          const at = origin + load<u32>(tap);
          const won = i16x8.eq(v128.load(winners + at / 2), i16x8.splat(<i16>load<i32>(tap, 4)));
          sum0 = f32x4.add(sum0, v128.and(v128.load(dy + at), i32x4.extend_low_i16x8_s(won)));
          sum1 = f32x4.add(sum1, v128.and(v128.load(dy + at, 16), i32x4.extend_high_i16x8_s(won)));
        }
        v128.store(out, sum0);
        v128.store(out, sum1, 16);
        origin += ROW;
      }
      window += 12;
    }
  }
}

/**
 * y[pixel] = sum over taps of x[tap] times the tap's value, a float32: one over the number of pixels in the window. Both
 * ways of average pooling. Four examples at a time share what is read of a tap.
 */
export function weightedSum(first: i32, last: i32, x: usize, y: usize, windows: usize, height: i32, width: i32, xStride: usize, yStride: usize, pixel: usize): void {
  for (let unit = first; unit < last; unit++) {
    const p = <usize>(unit / height);
    const line = <usize>(unit % height * width);
    let out = y + p * yStride + line * pixel;
    let window = windows + line * 12;
    for (let left = width; left > 0; left--) {
      const list = windows + load<u32>(window, 4);
      const end = windows + load<u32>(window, 8);
      let value = x + p * xStride + load<u32>(window);
      for (const stop = out + pixel; out < stop; out += 4 * ROW) {
        let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
        for (let tap = list; tap < end; tap += 8) {
          const weight = v128.load32_splat(tap, 4);
          const at = value + load<u32>(tap);
          s00 = madd(v128.load(at), weight, s00);
          s01 = madd(v128.load(at, 16), weight, s01);
          s10 = madd(v128.load(at, 32), weight, s10);
          s11 = madd(v128.load(at, 48), weight, s11);
          s20 = madd(v128.load(at, 64), weight, s20);
          s21 = madd(v128.load(at, 80), weight, s21);
          s30 = madd(v128.load(at, 96), weight, s30);
          s31 = madd(v128.load(at, 112), weight, s31);
        }
        v128.store(out, s00);
        v128.store(out, s01, 16);
        v128.store(out, s10, 32);
        v128.store(out, s11, 48);
        v128.store(out, s20, 64);
        v128.store(out, s21, 80);
        v128.store(out, s30, 96);
        v128.store(out, s31, 112);
        value += 4 * ROW;
      }
      window += 12;
    }
  }
}
