/**
 * From rows of raw examples, `[rows][features]` without padding, to the blocked layout, normalized on the way as
 * (x - mean) / deviation with a true division, so that an ONNX graph of Sub and Div gives the same bits. `mean` and
 * `deviation` are `[features]`. The last panel reads up to 7 elements past a row; what it finds there becomes 0.
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
  }
}
