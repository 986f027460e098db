/**
 * Batch normalization (Ioffe and Szegedy 2015, Algorithms 1 and 2): of units over the m examples of a batch, of the
 * channels of images over its examples and locations (section 3.2), m = examples times locations.
 *
 * Training: xhat = (x - mu) / sqrt(var + epsilon), y = gamma xhat + beta, with mu and the biased variance of the batch,
 * which the backward pass takes into account in full: both depend on every x. The running variance takes the unbiased
 * one (times m / (m - 1)), as in PyTorch; `momentum` is the weight of the new batch, as in PyTorch, not of the old
 * value. m = 1 has no variance and is refused before. Sums over the batch are float64 from blocks of 32 rows.
 *
 * All vectors are `[channels]`. A panel of x and y has `stride` bytes and `pixels` pixels, each of them `rows` examples and
 * `pixelRows` with those that pad. The mean is held as float32 and a `residual`, so that a mean that is large beside the
 * deviation costs no digits of xhat.
 */
import { BLOCK, ROW, high, low, madd, narrow } from './vector';
import { RECTIFY, panelMoments, pass } from './statistics';

/**
 * Writes y, the batch's mean, variance and residual, inverse = 1 / sqrt(variance + epsilon), and for those who watch
 * copies of gamma and beta as used here and the variance of y, gamma^2 variance inverse^2.
 */
export function batchnormForward(first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, pixels: i32, pixelRows: i32, gamma: usize, beta: usize, mean: usize, variance: usize, residual: usize, inverse: usize, usedGamma: usize, usedBeta: usize, outputVariance: usize, epsilon: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    const at = p * ROW;
    panelMoments(x + p * stride, rows, pixels, pixelRows, mean + at, variance + at, residual + at);
    for (let half: usize = at; half < at + ROW; half += 16) {
      describe(gamma + half, beta + half, variance + half, inverse + half, usedGamma + half, usedBeta + half, outputVariance + half, epsilon);
    }
    const scale0 = f32x4.mul(v128.load(gamma + at), v128.load(inverse + at));
    const scale1 = f32x4.mul(v128.load(gamma + at, 16), v128.load(inverse + at, 16));
    const shift0 = f32x4.sub(v128.load(beta + at), f32x4.mul(v128.load(residual + at), scale0));
    const shift1 = f32x4.sub(v128.load(beta + at, 16), f32x4.mul(v128.load(residual + at, 16), scale1));
    affine(x + p * stride, y + p * stride, stride, mean + at, scale0, scale1, shift0, shift1);
  }
}

/**
 * Batch normalization and ReLU in one: y = max(0, BN(x)), with the bits of one after the other. Mean and variance of y
 * go to `rectifiedMean`, unless it is 0, and `rectifiedVariance`.
 */
export function batchnormReluForward(first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, pixels: i32, pixelRows: i32, gamma: usize, beta: usize, mean: usize, variance: usize, residual: usize, inverse: usize, usedGamma: usize, usedBeta: usize, outputVariance: usize, epsilon: f32, rectifiedMean: usize, rectifiedVariance: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    const at = p * ROW;
    panelMoments(x + p * stride, rows, pixels, pixelRows, mean + at, variance + at, residual + at);
    for (let half: usize = at; half < at + ROW; half += 16) {
      describe(gamma + half, beta + half, variance + half, inverse + half, usedGamma + half, usedBeta + half, outputVariance + half, epsilon);
    }
    const scale0 = f32x4.mul(v128.load(gamma + at), v128.load(inverse + at));
    const scale1 = f32x4.mul(v128.load(gamma + at, 16), v128.load(inverse + at, 16));
    const shift0 = f32x4.sub(v128.load(beta + at), f32x4.mul(v128.load(residual + at), scale0));
    const shift1 = f32x4.sub(v128.load(beta + at, 16), f32x4.mul(v128.load(residual + at, 16), scale1));
    const to = rectifiedMean ? rectifiedMean + at : 0;
    pass(RECTIFY, x + p * stride, y + p * stride, rows, pixels, pixelRows, to, rectifiedVariance + at, 0, v128.load(mean + at), v128.load(mean + at, 16), scale0, scale1, shift0, shift1);
  }
}

/** The inverse of the deviation, and what those who watch see, in four lanes. */
// @ts-ignore: decorator
@inline
function describe(gamma: usize, beta: usize, variance: usize, inverse: usize, usedGamma: usize, usedBeta: usize, outputVariance: usize, epsilon: f32): void {
  const v = v128.load(variance);
  const g = v128.load(gamma);
  const i = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(v, f32x4.splat(epsilon))));
  const scale = f32x4.mul(g, i);
  v128.store(inverse, i);
  v128.store(usedGamma, g);
  v128.store(usedBeta, v128.load(beta));
  v128.store(outputVariance, f32x4.mul(f32x4.mul(scale, scale), v));
}

/** Running statistics: r += momentum (new - r), the variance made unbiased by the factor `unbias` = m / (m - 1). */
export function batchnormRunning(first: i32, last: i32, mean: usize, variance: usize, runningMean: usize, runningVariance: usize, seenMean: usize, seenVariance: usize, momentum: f32, unbias: f32): void {
  const keep = f32x4.splat(<f32>(1 - <f64>momentum));
  const take = f32x4.splat(momentum);
  for (let at = <usize>first * ROW; at < <usize>last * ROW; at += 16) {
    const m = f32x4.add(f32x4.mul(keep, v128.load(runningMean + at)), f32x4.mul(take, v128.load(mean + at)));
    const unbiased = f32x4.mul(v128.load(variance + at), f32x4.splat(unbias));
    const v = f32x4.add(f32x4.mul(keep, v128.load(runningVariance + at)), f32x4.mul(take, unbiased));
    v128.store(runningMean + at, m);
    v128.store(runningVariance + at, v);
    v128.store(seenMean + at, m);
    v128.store(seenVariance + at, v);
  }
}

/**
 * dbeta = sum of dy, dgamma = sum of dy xhat, and with them
 * dx = gamma inverse (dy - dbeta / m - xhat dgamma / m), written as k dy + c (x - mean) + d. `dx` is 0 for none.
 */
export function batchnormBackward(first: i32, last: i32, x: usize, dy: usize, dx: usize, stride: usize, rows: i32, pixels: i32, pixelRows: i32, gamma: usize, mean: usize, residual: usize, inverse: usize, dgamma: usize, dbeta: usize): void {
  backward(false, first, last, x, 0, dy, dx, stride, rows, pixels, pixelRows, gamma, mean, residual, inverse, dgamma, dbeta);
}

/** The way back through batchnormReluForward: y is its output, dy that output's gradient. */
export function batchnormReluBackward(first: i32, last: i32, x: usize, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, pixels: i32, pixelRows: i32, gamma: usize, mean: usize, residual: usize, inverse: usize, dgamma: usize, dbeta: usize): void {
  backward(true, first, last, x, y, dy, dx, stride, rows, pixels, pixelRows, gamma, mean, residual, inverse, dgamma, dbeta);
}

// @ts-ignore: decorator
@inline
function backward(rectified: bool, first: i32, last: i32, x: usize, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, pixels: i32, pixelRows: i32, gamma: usize, mean: usize, residual: usize, inverse: usize, dgamma: usize, dbeta: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    const at = p * ROW;
    gradientSums(rectified, x + p * stride, y + p * stride, dy + p * stride, rows, pixels, pixelRows, mean + at, residual + at, inverse + at, dgamma + at, dbeta + at);
    if (!dx) continue;
    const share = f32x4.splat(<f32>(-1.0 / (<f64>pixels * <f64>rows)));
    const k0 = f32x4.mul(v128.load(gamma + at), v128.load(inverse + at));
    const k1 = f32x4.mul(v128.load(gamma + at, 16), v128.load(inverse + at, 16));
    const c0 = f32x4.mul(f32x4.mul(f32x4.mul(k0, v128.load(inverse + at)), v128.load(dgamma + at)), share);
    const c1 = f32x4.mul(f32x4.mul(f32x4.mul(k1, v128.load(inverse + at, 16)), v128.load(dgamma + at, 16)), share);
    const d0 = constant(k0, c0, dbeta + at, residual + at, share);
    const d1 = constant(k1, c1, dbeta + at + 16, residual + at + 16, share);
    const m0 = v128.load(mean + at);
    const m1 = v128.load(mean + at, 16);
    for (let row = p * stride; row < (p + 1) * stride; row += ROW) {
      const centred0 = f32x4.sub(v128.load(x + row), m0);
      const centred1 = f32x4.sub(v128.load(x + row, 16), m1);
      v128.store(dx + row, madd(k0, reaching(rectified, dy + row, y + row), madd(c0, centred0, d0)));
      v128.store(dx + row, madd(k1, reaching(rectified, dy + row + 16, y + row + 16), madd(c1, centred1, d1)), 16);
    }
  }
}

/** What dx has besides its multiples of dy and of x - mean. */
// @ts-ignore: decorator
@inline
function constant(k: v128, c: v128, dbeta: usize, residual: usize, share: v128): v128 {
  return f32x4.sub(f32x4.mul(f32x4.mul(k, v128.load(dbeta)), share), f32x4.mul(c, v128.load(residual)));
}

/** Inference with the running statistics: a fixed affine map, y = (x - mean) gamma / sqrt(variance + epsilon) + beta. */
export function batchnormInference(first: i32, last: i32, x: usize, y: usize, stride: usize, gamma: usize, beta: usize, mean: usize, variance: usize, epsilon: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    const at = p * ROW;
    const deviation0 = f32x4.sqrt(f32x4.add(v128.load(variance + at), f32x4.splat(epsilon)));
    const deviation1 = f32x4.sqrt(f32x4.add(v128.load(variance + at, 16), f32x4.splat(epsilon)));
    const scale0 = f32x4.div(v128.load(gamma + at), deviation0);
    const scale1 = f32x4.div(v128.load(gamma + at, 16), deviation1);
    const shift0 = v128.load(beta + at);
    affine(x + p * stride, y + p * stride, stride, mean + at, scale0, scale1, shift0, v128.load(beta + at, 16));
  }
}

/** y = (x - mean) scale + shift in one panel. */
// @ts-ignore: decorator
@inline
function affine(x: usize, y: usize, bytes: usize, mean: usize, scale0: v128, scale1: v128, shift0: v128, shift1: v128): void {
  const m0 = v128.load(mean);
  const m1 = v128.load(mean, 16);
  for (let at: usize = 0; at < bytes; at += ROW) {
    v128.store(y + at, madd(f32x4.sub(v128.load(x + at), m0), scale0, shift0));
    v128.store(y + at, madd(f32x4.sub(v128.load(x + at, 16), m1), scale1, shift1), 16);
  }
}

/** The gradient that reaches BN: all of dy, or where a ReLU stands behind it that of the positive y. */
// @ts-ignore: decorator
@inline
function reaching(rectified: bool, dy: usize, y: usize): v128 {
  if (!rectified) return v128.load(dy);
  return v128.and(v128.load(dy), f32x4.gt(v128.load(y), f32x4.splat(0)));
}

/** The two sums of the backward pass for one panel. */
// @ts-ignore: decorator
@inline
function gradientSums(rectified: bool, x: usize, y: usize, dy: usize, rows: i32, pixels: i32, pixelRows: i32, mean: usize, residual: usize, inverse: usize, dgamma: usize, dbeta: usize): void {
  const m0 = v128.load(mean);
  const m1 = v128.load(mean, 16);
  const zero = f32x4.splat(0);
  let a0 = f64x2.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  const runs = rows == pixelRows ? 1 : pixels;
  const length = rows == pixelRows ? rows * pixels : rows;
  for (let run: usize = 0; run < <usize>runs; run++) {
    let at = run * <usize>pixelRows * ROW;
    const end = at + <usize>length * ROW;
    while (at < end) {
      const count = min((end - at) / ROW, <usize>BLOCK);
      let s0 = zero, s1 = zero, s2 = zero, s3 = zero, q0 = zero, q1 = zero, q2 = zero, q3 = zero;
      // Two rows at a time: more sums are under way.
      for (const stop = at + (count & ~1) * ROW; at < stop; at += 2 * ROW) {
        let d = reaching(rectified, dy + at, y + at);
        s0 = f32x4.add(s0, d);
        q0 = madd(d, f32x4.sub(v128.load(x + at), m0), q0);
        d = reaching(rectified, dy + at + 16, y + at + 16);
        s1 = f32x4.add(s1, d);
        q1 = madd(d, f32x4.sub(v128.load(x + at, 16), m1), q1);
        d = reaching(rectified, dy + at + 32, y + at + 32);
        s2 = f32x4.add(s2, d);
        q2 = madd(d, f32x4.sub(v128.load(x + at, 32), m0), q2);
        d = reaching(rectified, dy + at + 48, y + at + 48);
        s3 = f32x4.add(s3, d);
        q3 = madd(d, f32x4.sub(v128.load(x + at, 48), m1), q3);
      }
      if (count & 1) {
        let d = reaching(rectified, dy + at, y + at);
        s0 = f32x4.add(s0, d);
        q0 = madd(d, f32x4.sub(v128.load(x + at), m0), q0);
        d = reaching(rectified, dy + at + 16, y + at + 16);
        s1 = f32x4.add(s1, d);
        q1 = madd(d, f32x4.sub(v128.load(x + at, 16), m1), q1);
        at += ROW;
      }
      s0 = f32x4.add(s0, s2);
      s1 = f32x4.add(s1, s3);
      q0 = f32x4.add(q0, q2);
      q1 = f32x4.add(q1, q3);
      a0 = f64x2.add(a0, low(s0));
      a1 = f64x2.add(a1, high(s0));
      a2 = f64x2.add(a2, low(s1));
      a3 = f64x2.add(a3, high(s1));
      b0 = f64x2.add(b0, low(q0));
      b1 = f64x2.add(b1, high(q0));
      b2 = f64x2.add(b2, low(q1));
      b3 = f64x2.add(b3, high(q1));
    }
  }
  v128.store(dbeta, narrow(a0, a1));
  v128.store(dbeta, narrow(a2, a3), 16);
  const r0 = v128.load(residual);
  const r1 = v128.load(residual, 16);
  b0 = f64x2.sub(b0, f64x2.mul(a0, low(r0)));
  b1 = f64x2.sub(b1, f64x2.mul(a1, high(r0)));
  b2 = f64x2.sub(b2, f64x2.mul(a2, low(r1)));
  b3 = f64x2.sub(b3, f64x2.mul(a3, high(r1)));
  v128.store(dgamma, f32x4.mul(narrow(b0, b1), v128.load(inverse)));
  v128.store(dgamma, f32x4.mul(narrow(b2, b3), v128.load(inverse, 16)), 16);
}
