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

/**
 * Moments of one panel in one pass over the memory. In each block of at most 32 rows float32 differences, first from a
 * shift and then from the block's own mean, give mean and squares of that block; float64 puts the blocks together. So no
 * digits are lost where the mean is large beside the deviation. `residual`, when not 0, gets what rounding the mean to
 * float32 left out.
 */
export function panelMoments(x: usize, rows: i32, pixels: i32, pixelRows: i32, mean: usize, variance: usize, residual: usize): void {
  // Where nothing pads all pixels are one run of neighbours.
  const runs = rows == pixelRows ? 1 : pixels;
  const length = rows == pixelRows ? rows * pixels : rows;
  const k0 = v128.load(x);
  const k1 = v128.load(x, 16);
  let a0 = f64x2.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (let left = runs; left > 0; left--) {
    const end = x + <usize>length * ROW;
    for (let row = x; row < end; ) {
      const start = row;
      const stop = min(end, row + <usize>BLOCK * ROW);
      let s0 = f32x4.splat(0), s1 = s0;
      do {
        s0 = f32x4.add(s0, f32x4.sub(v128.load(row), k0));
        s1 = f32x4.add(s1, f32x4.sub(v128.load(row, 16), k1));
        row += ROW;
      } while (row < stop);
      const count = <f64>((stop - start) / ROW);
      const share = f32x4.splat(<f32>(1 / count));
      const m0 = madd(s0, share, k0);
      const m1 = madd(s1, share, k1);
      s0 = s1 = f32x4.splat(0);
      let q0 = s0, q1 = s0;
      row = start;
      do {
        const d0 = f32x4.sub(v128.load(row), m0);
        const d1 = f32x4.sub(v128.load(row, 16), m1);
        s0 = f32x4.add(s0, d0);
        s1 = f32x4.add(s1, d1);
        q0 = madd(d0, d0, q0);
        q1 = madd(d1, d1, q1);
        row += ROW;
      } while (row < stop);
      const n = f64x2.splat(count);
      const t0 = blockSum(low(m0), low(k0), low(s0), n), t1 = blockSum(high(m0), high(k0), high(s0), n);
      const t2 = blockSum(low(m1), low(k1), low(s1), n), t3 = blockSum(high(m1), high(k1), high(s1), n);
      a0 = f64x2.add(a0, t0);
      a1 = f64x2.add(a1, t1);
      a2 = f64x2.add(a2, t2);
      a3 = f64x2.add(a3, t3);
      b0 = f64x2.add(b0, blockSquares(low(q0), low(s0), t0, n));
      b1 = f64x2.add(b1, blockSquares(high(q0), high(s0), t1, n));
      b2 = f64x2.add(b2, blockSquares(low(q1), low(s1), t2, n));
      b3 = f64x2.add(b3, blockSquares(high(q1), high(s1), t3, n));
    }
    x += <usize>pixelRows * ROW;
  }
  const count = f64x2.splat(<f64>pixels * <f64>rows);
  a0 = f64x2.div(a0, count);
  a1 = f64x2.div(a1, count);
  a2 = f64x2.div(a2, count);
  a3 = f64x2.div(a3, count);
  v128.store(variance, narrow(central(b0, a0, count), central(b1, a1, count)));
  v128.store(variance, narrow(central(b2, a2, count), central(b3, a3, count)), 16);
  a0 = f64x2.add(low(k0), a0);
  a1 = f64x2.add(high(k0), a1);
  a2 = f64x2.add(low(k1), a2);
  a3 = f64x2.add(high(k1), a3);
  const m0 = narrow(a0, a1);
  const m1 = narrow(a2, a3);
  v128.store(mean, m0);
  v128.store(mean, m1, 16);
  if (residual) {
    v128.store(residual, narrow(f64x2.sub(a0, low(m0)), f64x2.sub(a1, high(m0))));
    v128.store(residual, narrow(f64x2.sub(a2, low(m1)), f64x2.sub(a3, high(m1))), 16);
  }
}

/** A block's sum of differences from the shift, from its rounded mean and the sum of differences from that. */
// @ts-ignore: decorator
@inline
function blockSum(mean: v128, shift: v128, rest: v128, count: v128): v128 {
  return f64x2.add(f64x2.mul(f64x2.sub(mean, shift), count), rest);
}

/** A block's sum of squared differences from the shift: those from its own mean, and what that mean adds to each row. */
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
