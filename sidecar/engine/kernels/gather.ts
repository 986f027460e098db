/**
 * From rows of raw examples, `[rows][features]` without padding, to the blocked layout, normalized on the way as
 * (x - mean) / deviation with a true division, so that an ONNX graph of Sub and Div gives the same bits. `mean` and
 * `deviation` are `[features]`. The last panel reads up to 7 elements past a row; what it finds there becomes 0, and so do rows
 * that pad: what was there before could be numbers that are slow to compute with.
 */
import { ROW, lanesBelow } from './vector';

/** Examples of unsigned bytes. */
export function gatherBytes(first: i32, last: i32, examples: usize, rows: i32, features: i32, mean: usize, deviation: usize, out: usize, stride: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    const m0 = v128.load(mean + p * ROW), m1 = v128.load(mean + p * ROW, 16);
    const d0 = v128.load(deviation + p * ROW), d1 = v128.load(deviation + p * ROW, 16);
    const left = features - 8 * <i32>p;
    const mask0 = lanesBelow(left), mask1 = lanesBelow(left - 4);
    let source = examples + p * 8;
    let target = out + p * stride;
    const end = target + <usize>rows * ROW;
    do {
      const words = i16x8.extend_low_i8x16_u(v128.load64_zero(source));
      const x0 = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words));
      const x1 = f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(words));
      v128.store(target, v128.and(f32x4.div(f32x4.sub(x0, m0), d0), mask0));
      v128.store(target, v128.and(f32x4.div(f32x4.sub(x1, m1), d1), mask1), 16);
      source += features;
      target += ROW;
    } while (target < end);
    for (const padded = out + (p + 1) * stride; target < padded; target += 16) v128.store(target, f32x4.splat(0));
  }
}

/** Examples of float32. */
export function gatherFloats(first: i32, last: i32, examples: usize, rows: i32, features: i32, mean: usize, deviation: usize, out: usize, stride: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    const m0 = v128.load(mean + p * ROW), m1 = v128.load(mean + p * ROW, 16);
    const d0 = v128.load(deviation + p * ROW), d1 = v128.load(deviation + p * ROW, 16);
    const left = features - 8 * <i32>p;
    const mask0 = lanesBelow(left), mask1 = lanesBelow(left - 4);
    let source = examples + p * 32;
    let target = out + p * stride;
    const end = target + <usize>rows * ROW;
    do {
      v128.store(target, v128.and(f32x4.div(f32x4.sub(v128.load(source), m0), d0), mask0));
      v128.store(target, v128.and(f32x4.div(f32x4.sub(v128.load(source, 16), m1), d1), mask1), 16);
      source += <usize>features * 4;
      target += ROW;
    } while (target < end);
    for (const padded = out + (p + 1) * stride; target < padded; target += 16) v128.store(target, f32x4.splat(0));
  }
}

/**
 * Images `[rows][channels][pixels]` of bytes to `[channels / lanes][pixels][pixelRows][lanes]`, `lanes` 8 or 1. Panels are
 * those of the output, in parts of one pixel; lanes behind the last channel and rows that pad become 0.
 */
export function gatherImageBytes(first: i32, last: i32, examples: usize, rows: i32, features: i32, mean: usize, deviation: usize, out: usize, channels: i32, pixels: i32, pixelRows: i32, lanes: i32): void {
  gatherImage(true, first, last, examples, rows, features, mean, deviation, out, channels, pixels, pixelRows, lanes);
}

/** The same of float32. */
export function gatherImageFloats(first: i32, last: i32, examples: usize, rows: i32, features: i32, mean: usize, deviation: usize, out: usize, channels: i32, pixels: i32, pixelRows: i32, lanes: i32): void {
  gatherImage(false, first, last, examples, rows, features, mean, deviation, out, channels, pixels, pixelRows, lanes);
}

// @ts-ignore: decorator
@inline
function gatherImage(bytes: bool, first: i32, last: i32, examples: usize, rows: i32, features: i32, mean: usize, deviation: usize, out: usize, channels: i32, pixels: i32, pixelRows: i32, lanes: i32): void {
  for (let item = first; item < last; item++) {
    const pixel = item % pixels;
    const line = out + <usize>item * <usize>pixelRows * <usize>lanes * 4;
    for (let lane = 0; lane < lanes; lane++) {
      const channel = (item / pixels) * lanes + lane;
      let target = line + <usize>lane * 4;
      const padded = target + <usize>pixelRows * <usize>lanes * 4;
      if (channel < channels) {
        const feature = <usize>(channel * pixels + pixel);
        const m = load<f32>(mean + feature * 4);
        const d = load<f32>(deviation + feature * 4);
        const end = target + <usize>rows * <usize>lanes * 4;
        let source = bytes ? examples + feature : examples + feature * 4;
        for (; target < end; target += <usize>lanes * 4) {
          const value = bytes ? <f32>load<u8>(source) : load<f32>(source);
          store<f32>(target, (value - m) / d);
          source += bytes ? <usize>features : <usize>features * 4;
        }
      }
      for (; target < padded; target += <usize>lanes * 4) store<f32>(target, 0);
    }
  }
}
