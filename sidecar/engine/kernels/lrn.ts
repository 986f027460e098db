/**
 * Local response normalization over neighbouring channels of each pixel of each example (Krizhevsky et al. 2012):
 * y = x s^-beta, s = bias + weight * sum of x^2 over `before` channels before, the channel itself and `after` behind it;
 * channels that don't exist count as 0. Neighbours lie across lanes and panels: each row's squares go side by side into a
 * scratch of the panel's own, `[reach panels, the panel, reach panels]`, where a window is a load at any offset.
 */
import { ROW, exp, lanesBelow, log1p, madd } from './vector';

/** Writes y and, where `sums` is not 0, s for the backward pass. `rows` counts pixels and examples. */
export function lrnForward(first: i32, last: i32, x: usize, y: usize, sums: usize, stride: usize, rows: i32, units: i32, before: i32, after: i32, weight: f32, bias: f32, beta: f32, scratch: usize, reach: i32): void {
  const weights = f32x4.splat(weight), biases = f32x4.splat(bias);
  for (let p = first; p < last; p++) {
    const own = scratch + <usize>p * scratchBytes(reach);
    memory.fill(own, 0, scratchBytes(reach));
    const window = own + (<usize>reach * 8 - <usize>before) * 4;
    for (let r: usize = 0; r < <usize>rows; r++) {
      for (let q = max(0, p - reach); q <= p + reach && q * 8 < units; q++) {
        const from = x + <usize>q * stride + r * ROW;
        const to = own + <usize>(q - p + reach) * ROW;
        const left = units - q * 8;
        v128.store(to, v128.and(square(v128.load(from)), lanesBelow(left)));
        v128.store(to, v128.and(square(v128.load(from, 16)), lanesBelow(left - 4)), 16);
      }
      const at = <usize>p * stride + r * ROW;
      const s0 = madd(weights, windowSum(window, before + after), biases);
      const s1 = madd(weights, windowSum(window + 16, before + after), biases);
      if (sums) {
        v128.store(sums + at, s0);
        v128.store(sums + at, s1, 16);
      }
      v128.store(y + at, f32x4.mul(v128.load(x + at), power(s0, -beta)));
      v128.store(y + at, f32x4.mul(v128.load(x + at, 16), power(s1, -beta)), 16);
    }
  }
}

/**
 * dx = dy s^-beta - 2 weight beta x * sum of dy y / s over the channels whose window holds this one: the window mirrored.
 * 0 behind the last unit.
 */
export function lrnBackward(first: i32, last: i32, x: usize, y: usize, sums: usize, dy: usize, dx: usize, stride: usize, rows: i32, units: i32, before: i32, after: i32, weight: f32, beta: f32, scratch: usize, reach: i32): void {
  const factor = f32x4.splat(<f32>(-2 * <f64>weight * <f64>beta));
  for (let p = first; p < last; p++) {
    const own = scratch + <usize>p * scratchBytes(reach);
    memory.fill(own, 0, scratchBytes(reach));
    const window = own + (<usize>reach * 8 - <usize>after) * 4;
    const mask0 = lanesBelow(units - p * 8), mask1 = lanesBelow(units - p * 8 - 4);
    for (let r: usize = 0; r < <usize>rows; r++) {
      for (let q = max(0, p - reach); q <= p + reach && q * 8 < units; q++) {
        const from = <usize>q * stride + r * ROW;
        const to = own + <usize>(q - p + reach) * ROW;
        const left = units - q * 8;
        v128.store(to, v128.and(share(dy + from, y + from, sums + from), lanesBelow(left)));
        v128.store(to, v128.and(share(dy + from + 16, y + from + 16, sums + from + 16), lanesBelow(left - 4)), 16);
      }
      const at = <usize>p * stride + r * ROW;
      const d0 = f32x4.mul(v128.load(dy + at), power(v128.load(sums + at), -beta));
      const d1 = f32x4.mul(v128.load(dy + at, 16), power(v128.load(sums + at, 16), -beta));
      const t0 = f32x4.mul(f32x4.mul(factor, v128.load(x + at)), windowSum(window, before + after));
      const t1 = f32x4.mul(f32x4.mul(factor, v128.load(x + at, 16)), windowSum(window + 16, before + after));
      v128.store(dx + at, v128.and(f32x4.add(d0, t0), mask0));
      v128.store(dx + at, v128.and(f32x4.add(d1, t1), mask1), 16);
    }
  }
}

// @ts-ignore: decorator
@inline
function scratchBytes(reach: i32): usize {
  return (2 * <usize>reach + 1) * ROW;
}

// @ts-ignore: decorator
@inline
function square(x: v128): v128 {
  return f32x4.mul(x, x);
}

// @ts-ignore: decorator
@inline
function share(dy: usize, y: usize, s: usize): v128 {
  return f32x4.div(f32x4.mul(v128.load(dy), v128.load(y)), v128.load(s));
}

/** Sum of the vectors at one and the next `more` floats. */
// @ts-ignore: decorator
@inline
function windowSum(window: usize, more: i32): v128 {
  let sum = v128.load(window);
  for (let left = more; left > 0; left--) {
    window += 4;
    sum = f32x4.add(sum, v128.load(window));
  }
  return sum;
}

/** s^exponent of positive normal numbers: with s = m 2^e, e^(exponent (e ln 2 + ln m)); NaN stays NaN. */
// @ts-ignore: decorator
@inline
function power(s: v128, exponent: f32): v128 {
  const one = f32x4.splat(1);
  const e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(s, 23), i32x4.splat(127)));
  const m = v128.or(v128.and(s, i32x4.splat(0x007fffff)), one);
  const logarithm = madd(e, f32x4.splat(0.6931471805599453), log1p(f32x4.sub(m, one)));
  return v128.or(exp(f32x4.mul(logarithm, f32x4.splat(exponent))), f32x4.ne(s, s));
}
