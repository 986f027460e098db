/** Mean and variance of every channel over examples and pixels. */
import { BLOCK, ROW, high, low, madd, narrow } from './vector';

/**
 * Mean and biased variance of each channel of x, into `mean` and `variance` (`[channels]`). Each of the `pixels` of a panel
 * has `rows` examples, and `pixelRows` with those that pad.
 */
export function moments(first: i32, last: i32, x: usize, stride: usize, rows: i32, pixels: i32, pixelRows: i32, mean: usize, variance: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    panelMoments(x + p * stride, rows, pixels, pixelRows, mean + p * ROW, variance + p * ROW, 0);
  }
}

/** Moments of one panel. `residual`, when not 0, gets what rounding the mean to float32 left out. */
export function panelMoments(x: usize, rows: i32, pixels: i32, pixelRows: i32, mean: usize, variance: usize, residual: usize): void {
  const none = f32x4.splat(0);
  pass(MEASURE, x, 0, rows, pixels, pixelRows, mean, variance, residual, none, none, none, none, none, none);
}

export const MEASURE = 0;
export const RECTIFY = 1;

/**
 * One pass over a panel, which finds the moments of what it sees: x itself (MEASURE), or y = max(0, (x - m) scale +
 * shift), which it writes (RECTIFY). `mean` is 0 for none.
 *
 * In each block of at most 32 rows sums of differences from a shift, and of their squares, are float32; float64 puts the
 * blocks together. The shift is the mean of the block before, so that what it is off by is part of the variance itself:
 * no digits are lost where the mean is large beside the deviation, nor where it moves from pixel to pixel.
 */
// @ts-ignore: decorator
@inline
export function pass(kind: i32, x: usize, y: usize, rows: i32, pixels: i32, pixelRows: i32, mean: usize, variance: usize, residual: usize, m0: v128, m1: v128, scale0: v128, scale1: v128, shift0: v128, shift1: v128): void {
  // Where nothing pads all pixels are one run of neighbours.
  const runs = rows == pixelRows ? 1 : pixels;
  const length = rows == pixelRows ? rows * pixels : rows;
  const zero = f32x4.splat(0);
  let k0 = seen(kind, v128.load(x), m0, scale0, shift0);
  let k1 = seen(kind, v128.load(x, 16), m1, scale1, shift1);
  const origin0 = k0, origin1 = k1;
  let a0 = f64x2.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (let left = runs; left > 0; left--) {
    const end = x + <usize>length * ROW;
    while (x < end) {
      const count = min(<i32>((end - x) / ROW), BLOCK);
      const stop = x + <usize>count * ROW;
      let s0 = zero, s1 = zero, s2 = zero, s3 = zero, q0 = zero, q1 = zero, q2 = zero, q3 = zero;
      if (kind == MEASURE) {
        // Two rows at a time: more sums are under way.
        for (const even = x + <usize>(count & ~1) * ROW; x < even; x += 2 * ROW) {
          let d = f32x4.sub(v128.load(x), k0);
          s0 = f32x4.add(s0, d);
          q0 = madd(d, d, q0);
          d = f32x4.sub(v128.load(x, 16), k1);
          s1 = f32x4.add(s1, d);
          q1 = madd(d, d, q1);
          d = f32x4.sub(v128.load(x, 32), k0);
          s2 = f32x4.add(s2, d);
          q2 = madd(d, d, q2);
          d = f32x4.sub(v128.load(x, 48), k1);
          s3 = f32x4.add(s3, d);
          q3 = madd(d, d, q3);
        }
      }
      for (; x < stop; x += ROW) {
        const v0 = seen(kind, v128.load(x), m0, scale0, shift0);
        const v1 = seen(kind, v128.load(x, 16), m1, scale1, shift1);
        if (kind == RECTIFY) {
          v128.store(y, v0);
          v128.store(y, v1, 16);
          y += ROW;
        }
        const d0 = f32x4.sub(v0, k0);
        const d1 = f32x4.sub(v1, k1);
        s0 = f32x4.add(s0, d0);
        s1 = f32x4.add(s1, d1);
        q0 = madd(d0, d0, q0);
        q1 = madd(d1, d1, q1);
      }
      s0 = f32x4.add(s0, s2);
      s1 = f32x4.add(s1, s3);
      q0 = f32x4.add(q0, q2);
      q1 = f32x4.add(q1, q3);
      const n = f64x2.splat(<f64>count);
      const t0 = blockSum(low(k0), low(origin0), low(s0), n), t1 = blockSum(high(k0), high(origin0), high(s0), n);
      const t2 = blockSum(low(k1), low(origin1), low(s1), n), t3 = blockSum(high(k1), high(origin1), high(s1), n);
      a0 = f64x2.add(a0, t0);
      a1 = f64x2.add(a1, t1);
      a2 = f64x2.add(a2, t2);
      a3 = f64x2.add(a3, t3);
      b0 = f64x2.add(b0, blockSquares(low(q0), low(s0), t0, n));
      b1 = f64x2.add(b1, blockSquares(high(q0), high(s0), t1, n));
      b2 = f64x2.add(b2, blockSquares(low(q1), low(s1), t2, n));
      b3 = f64x2.add(b3, blockSquares(high(q1), high(s1), t3, n));
      const share = f32x4.splat(<f32>(1 / <f64>count));
      k0 = madd(s0, share, k0);
      k1 = madd(s1, share, k1);
    }
    for (const next = end + <usize>(pixelRows - rows) * ROW; x < next && runs > 1; x += ROW) {
      if (kind == RECTIFY) {
        v128.store(y, seen(kind, v128.load(x), m0, scale0, shift0));
        v128.store(y, seen(kind, v128.load(x, 16), m1, scale1, shift1), 16);
        y += ROW;
      }
    }
  }
  if (!mean) return;
  const count = f64x2.splat(<f64>pixels * <f64>rows);
  a0 = f64x2.div(a0, count);
  a1 = f64x2.div(a1, count);
  a2 = f64x2.div(a2, count);
  a3 = f64x2.div(a3, count);
  v128.store(variance, narrow(central(b0, a0, count), central(b1, a1, count)));
  v128.store(variance, narrow(central(b2, a2, count), central(b3, a3, count)), 16);
  a0 = f64x2.add(low(origin0), a0);
  a1 = f64x2.add(high(origin0), a1);
  a2 = f64x2.add(low(origin1), a2);
  a3 = f64x2.add(high(origin1), a3);
  const mean0 = narrow(a0, a1);
  const mean1 = narrow(a2, a3);
  v128.store(mean, mean0);
  v128.store(mean, mean1, 16);
  if (residual) {
    v128.store(residual, narrow(f64x2.sub(a0, low(mean0)), f64x2.sub(a1, high(mean0))));
    v128.store(residual, narrow(f64x2.sub(a2, low(mean1)), f64x2.sub(a3, high(mean1))), 16);
  }
}

// @ts-ignore: decorator
@inline
function seen(kind: i32, x: v128, mean: v128, scale: v128, shift: v128): v128 {
  if (kind == MEASURE) return x;
  // Written so that NaN stays NaN.
  return f32x4.pmax(madd(f32x4.sub(x, mean), scale, shift), f32x4.splat(0));
}

/** A block's sum of differences from the origin, from its shift and the sum of differences from that. */
// @ts-ignore: decorator
@inline
function blockSum(shift: v128, origin: v128, sum: v128, count: v128): v128 {
  return f64x2.add(f64x2.mul(f64x2.sub(shift, origin), count), sum);
}

/** A block's sum of squared differences from the origin: those from its own mean, and what that mean adds to each row. */
// @ts-ignore: decorator
@inline
function blockSquares(squares: v128, rest: v128, sum: v128, count: v128): v128 {
  const own = f64x2.sub(squares, f64x2.div(f64x2.mul(rest, rest), count));
  return f64x2.add(own, f64x2.div(f64x2.mul(sum, sum), count));
}

/** Variance from the sum of squared differences and the mean difference; rounding must not make it negative. */
// @ts-ignore: decorator
@inline
function central(squares: v128, mean: v128, count: v128): v128 {
  return f64x2.pmax(f64x2.sub(f64x2.div(squares, count), f64x2.mul(mean, mean)), f64x2.splat(0));
}
