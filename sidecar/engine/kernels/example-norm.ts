/**
 * Normalization within an example (layer and group normalization): xhat = (x - mean) / sqrt(variance + epsilon) over the
 * channels of a group and all their pixels, y = gamma xhat + beta. The variance is the biased one. Gamma and beta are one
 * a channel, or one a value (`values`: bytes from one pixel's to the next, 0 when a channel's pixels share them).
 *
 * A group lies across panels, so both ways take two calls: one whose range counts examples and leaves what belongs to a
 * group with each of its channels, `[channels / 8][examples][8]`, or once for all channels when there is a single group
 * (`spread`, bytes between two panels' figures, is 0); then one over panels. `pixel` is the bytes of one pixel, `rows` the
 * examples with those that pad: they are computed like the others, and never summed with them.
 * Sums over a group are float64; the mean is held as float32 with what rounding it left out, as in batchnorm.ts.
 */
import { ROW, high, lanesBelow, low, madd, narrow, total } from './vector';

/** Mean, 1 / deviation and (mean - its float32) / deviation of every group of the examples of the range. */
export function exampleMoments(first: i32, last: i32, x: usize, stride: usize, pixels: i32, pixel: usize, units: i32, groups: i32, epsilon: f32, mean: usize, inverse: usize, residual: usize, spread: usize): void {
  const channels = units / groups;
  const count = <f64>channels * <f64>pixels;
  for (let r = <usize>first; r < <usize>last; r++) {
    for (let c = 0; c < units; c += channels) {
      let sum = f64x2.splat(0), squares = sum;
      for (let p = c >> 3; p * 8 < c + channels; p++) {
        const mask0 = lanesBetween(c - p * 8, channels), mask1 = lanesBetween(c - p * 8 - 4, channels);
        let at = x + <usize>p * stride + r * ROW;
        for (let left = pixels; left > 0; left--) {
          const a = v128.and(v128.load(at), mask0), b = v128.and(v128.load(at, 16), mask1);
          const a0 = low(a), a1 = high(a), b0 = low(b), b1 = high(b);
          sum = f64x2.add(sum, f64x2.add(f64x2.add(a0, a1), f64x2.add(b0, b1)));
          squares = f64x2.add(squares, f64x2.add(
            f64x2.add(f64x2.mul(a0, a0), f64x2.mul(a1, a1)),
            f64x2.add(f64x2.mul(b0, b0), f64x2.mul(b1, b1)),
          ));
          at += pixel;
        }
      }
      const exact = total(sum) / count;
      const variance = max<f64>(total(squares) / count - exact * exact, 0);
      const scale = 1 / sqrt<f64>(variance + <f64>epsilon);
      const rounded = <f32>exact;
      const end = lastLane(c + channels, units, spread);
      spreadOver(mean + r * ROW, c, end, spread, rounded);
      spreadOver(inverse + r * ROW, c, end, spread, <f32>scale);
      spreadOver(residual + r * ROW, c, end, spread, <f32>((exact - <f64>rounded) * scale));
    }
  }
}

export function exampleForward(first: i32, last: i32, x: usize, y: usize, stride: usize, pixels: i32, rows: i32, mean: usize, inverse: usize, residual: usize, spread: usize, gamma: usize, beta: usize, values: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    let at = p * stride;
    let affine = p * (values ? <usize>pixels * values : ROW);
    for (let left = pixels; left > 0; left--) {
      const g0 = v128.load(gamma + affine), g1 = v128.load(gamma + affine, 16);
      const b0 = v128.load(beta + affine), b1 = v128.load(beta + affine, 16);
      let own = p * spread;
      for (const end = at + <usize>rows * ROW; at < end; at += 32) {
        v128.store(y + at, madd(normalized(x + at, mean + own, inverse + own, residual + own), g0, b0));
        v128.store(y + at, madd(normalized(x + at + 16, mean + own + 16, inverse + own + 16, residual + own + 16), g1, b1), 16);
        own += ROW;
      }
      affine += values;
    }
  }
}

/** dbeta = sum of dy, dgamma = sum of dy xhat, over the `count` examples and, with gamma a channel, over pixels. */
export function exampleParameterGradients(first: i32, last: i32, x: usize, dy: usize, stride: usize, pixels: i32, pixel: usize, count: i32, mean: usize, inverse: usize, residual: usize, spread: usize, dgamma: usize, dbeta: usize, values: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    for (let half: usize = 0; half < 32; half += 16) {
      let at = p * stride + half;
      let affine = p * (values ? <usize>pixels * values : ROW) + half;
      let g0 = f64x2.splat(0), g1 = g0, b0 = g0, b1 = g0;
      for (let left = pixels; left > 0; left--) {
        let own = p * spread + half;
        for (let r: usize = 0; r < <usize>count * ROW; r += ROW) {
          const d = v128.load(dy + at + r);
          const product = f32x4.mul(d, normalized(x + at + r, mean + own, inverse + own, residual + own));
          g0 = f64x2.add(g0, low(product));
          g1 = f64x2.add(g1, high(product));
          b0 = f64x2.add(b0, low(d));
          b1 = f64x2.add(b1, high(d));
          own += ROW;
        }
        at += pixel;
        if (values || left == 1) {
          v128.store(dgamma + affine, narrow(g0, g1));
          v128.store(dbeta + affine, narrow(b0, b1));
          g0 = g1 = b0 = b1 = f64x2.splat(0);
        }
        affine += values;
      }
    }
  }
}

/** Means over every group of dy gamma and of dy gamma xhat. */
export function exampleGradientMeans(first: i32, last: i32, x: usize, dy: usize, stride: usize, pixels: i32, pixel: usize, units: i32, groups: i32, mean: usize, inverse: usize, residual: usize, spread: usize, gamma: usize, values: usize, direct: usize, along: usize): void {
  const channels = units / groups;
  const share = 1 / (<f64>channels * <f64>pixels);
  for (let r = <usize>first; r < <usize>last; r++) {
    for (let c = 0; c < units; c += channels) {
      let sum = f64x2.splat(0), dot = sum;
      for (let p = c >> 3; p * 8 < c + channels; p++) {
        for (let half: usize = 0; half < 32; half += 16) {
          const mask = lanesBetween(c - p * 8 - <i32>(half >> 2), channels);
          const own = <usize>p * spread + r * ROW + half;
          let at = <usize>p * stride + r * ROW + half;
          let affine = gamma + <usize>p * (values ? <usize>pixels * values : ROW) + half;
          for (let left = pixels; left > 0; left--) {
            const d = v128.and(f32x4.mul(v128.load(dy + at), v128.load(affine)), mask);
            const product = v128.and(f32x4.mul(d, normalized(x + at, mean + own, inverse + own, residual + own)), mask);
            sum = f64x2.add(sum, f64x2.add(low(d), high(d)));
            dot = f64x2.add(dot, f64x2.add(low(product), high(product)));
            at += pixel;
            affine += values;
          }
        }
      }
      const end = lastLane(c + channels, units, spread);
      spreadOver(direct + r * ROW, c, end, spread, <f32>(total(sum) * share));
      spreadOver(along + r * ROW, c, end, spread, <f32>(total(dot) * share));
    }
  }
}

/** dx = (dy gamma - mean of it - xhat mean of its product with xhat) / deviation; 0 behind the last unit. */
export function exampleBackward(first: i32, last: i32, x: usize, dy: usize, dx: usize, stride: usize, pixels: i32, rows: i32, units: i32, mean: usize, inverse: usize, residual: usize, spread: usize, gamma: usize, values: usize, direct: usize, along: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    for (let half: usize = 0; half < 32; half += 16) {
      const mask = lanesBelow(units - <i32>(p * 8 + (half >> 2)));
      let at = p * stride + half;
      let affine = gamma + p * (values ? <usize>pixels * values : ROW) + half;
      for (let left = pixels; left > 0; left--) {
        const g = v128.load(affine);
        let own = p * spread + half;
        for (const end = at + <usize>rows * ROW; at < end; at += ROW) {
          const xhat = normalized(x + at, mean + own, inverse + own, residual + own);
          const centred = f32x4.sub(f32x4.mul(v128.load(dy + at), g), v128.load(direct + own));
          const change = f32x4.sub(centred, f32x4.mul(xhat, v128.load(along + own)));
          v128.store(dx + at, v128.and(f32x4.mul(change, v128.load(inverse + own)), mask));
          own += ROW;
        }
        affine += values;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function normalized(x: usize, mean: usize, inverse: usize, residual: usize): v128 {
  return f32x4.sub(f32x4.mul(f32x4.sub(v128.load(x), v128.load(mean)), v128.load(inverse)), v128.load(residual));
}

/** Ones in the lanes from `begin` on, `count` of them; both may lie outside the vector. */
// @ts-ignore: decorator
@inline
function lanesBetween(begin: i32, count: i32): v128 {
  return v128.andnot(lanesBelow(begin + count), lanesBelow(begin));
}

/** Where a group's figures end: those of the last one go on into the lanes that pad, a single group's fill one panel. */
// @ts-ignore: decorator
@inline
function lastLane(end: i32, units: i32, spread: usize): i32 {
  if (!spread) return 8;
  return end == units ? (end + 7) & ~7 : end;
}

/** Writes a figure for the channels from `c` to `end` of one example. */
// @ts-ignore: decorator
@inline
function spreadOver(row: usize, c: i32, end: i32, spread: usize, figure: f32): void {
  for (; c < end; c++) store<f32>(row + <usize>(c >> 3) * spread + <usize>(c & 7) * 4, figure);
}
