/** Mean and variance of every unit over the batch. */
import { BLOCK, ROW, high, low, madd, narrow } from './vector';

/** Mean and biased variance over `rows` examples of each unit of x, into `mean` and `variance` (`[units]`). */
export function moments(first: i32, last: i32, x: usize, stride: usize, rows: i32, mean: usize, variance: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    panelMoments(x + p * stride, rows, mean + p * ROW, variance + p * ROW, 0);
  }
}

/**
 * Moments of one panel. The first pass finds the mean of the differences from the first row, the second sums
 * differences from that mean: no digits are lost where the mean is large beside the deviation. Sums are float32 over
 * at most 32 rows, then float64. `residual`, when not 0, gets what rounding the mean to float32 left out.
 */
export function panelMoments(x: usize, rows: i32, mean: usize, variance: usize, residual: usize): void {
  const count = f64x2.splat(<f64>rows);
  let m0 = v128.load(x);
  let m1 = v128.load(x, 16);
  let a0 = f64x2.splat(0), a1 = a0, a2 = a0, a3 = a0;
  const end = x + <usize>rows * ROW;
  for (let row = x; row < end; ) {
    const stop = min(end, row + <usize>BLOCK * ROW);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    do {
      s0 = f32x4.add(s0, f32x4.sub(v128.load(row), m0));
      s1 = f32x4.add(s1, f32x4.sub(v128.load(row, 16), m1));
      row += ROW;
    } while (row < stop);
    a0 = f64x2.add(a0, low(s0));
    a1 = f64x2.add(a1, high(s0));
    a2 = f64x2.add(a2, low(s1));
    a3 = f64x2.add(a3, high(s1));
  }
  m0 = narrow(f64x2.add(low(m0), f64x2.div(a0, count)), f64x2.add(high(m0), f64x2.div(a1, count)));
  m1 = narrow(f64x2.add(low(m1), f64x2.div(a2, count)), f64x2.add(high(m1), f64x2.div(a3, count)));
  v128.store(mean, m0);
  v128.store(mean, m1, 16);

  a0 = a1 = a2 = a3 = f64x2.splat(0);
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (let row = x; row < end; ) {
    const stop = min(end, row + <usize>BLOCK * ROW);
    let s0 = f32x4.splat(0), s1 = s0, q0 = s0, q1 = s0;
    do {
      const d0 = f32x4.sub(v128.load(row), m0);
      const d1 = f32x4.sub(v128.load(row, 16), m1);
      s0 = f32x4.add(s0, d0);
      s1 = f32x4.add(s1, d1);
      q0 = madd(d0, d0, q0);
      q1 = madd(d1, d1, q1);
      row += ROW;
    } while (row < stop);
    a0 = f64x2.add(a0, low(s0));
    a1 = f64x2.add(a1, high(s0));
    a2 = f64x2.add(a2, low(s1));
    a3 = f64x2.add(a3, high(s1));
    b0 = f64x2.add(b0, low(q0));
    b1 = f64x2.add(b1, high(q0));
    b2 = f64x2.add(b2, low(q1));
    b3 = f64x2.add(b3, high(q1));
  }
  a0 = f64x2.div(a0, count);
  a1 = f64x2.div(a1, count);
  a2 = f64x2.div(a2, count);
  a3 = f64x2.div(a3, count);
  v128.store(variance, narrow(central(b0, a0, count), central(b1, a1, count)));
  v128.store(variance, narrow(central(b2, a2, count), central(b3, a3, count)), 16);
  if (residual) {
    v128.store(residual, narrow(a0, a1));
    v128.store(residual, narrow(a2, a3), 16);
  }
}

/** Variance from the sum of squared differences and the mean difference; rounding must not make it negative. */
// @ts-ignore: decorator
@inline
function central(squares: v128, mean: v128, count: v128): v128 {
  return f64x2.pmax(f64x2.sub(f64x2.div(squares, count), f64x2.mul(mean, mean)), f64x2.splat(0));
}
