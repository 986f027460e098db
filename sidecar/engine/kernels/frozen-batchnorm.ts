/**
 * What batch normalization by running statistics needs in training besides batchnorm.ts. The running statistics are
 * constants there, so no gradient flows through them. All vectors are `[channels]`.
 */
import { ROW, madd } from './vector';

/**
 * For the backward pass inverse = 1 / sqrt(running variance + epsilon) and a residual of 0; for those who watch copies of
 * what was used, and mean and variance of y from those of x.
 */
export function frozenBatchnormFigures(first: i32, last: i32, gamma: usize, beta: usize, runningMean: usize, runningVariance: usize, mean: usize, variance: usize, residual: usize, inverse: usize, usedGamma: usize, usedBeta: usize, seenMean: usize, seenVariance: usize, outputMean: usize, outputVariance: usize, epsilon: f32): void {
  for (let at = <usize>first * ROW; at < <usize>last * ROW; at += 16) {
    const g = v128.load(gamma + at), b = v128.load(beta + at);
    const m = v128.load(runningMean + at), v = v128.load(runningVariance + at);
    const i = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(v, f32x4.splat(epsilon))));
    const scale = f32x4.mul(g, i);
    v128.store(residual + at, f32x4.splat(0));
    v128.store(inverse + at, i);
    v128.store(usedGamma + at, g);
    v128.store(usedBeta + at, b);
    v128.store(seenMean + at, m);
    v128.store(seenVariance + at, v);
    v128.store(outputMean + at, madd(f32x4.sub(v128.load(mean + at), m), scale, b));
    v128.store(outputVariance + at, f32x4.mul(f32x4.mul(scale, scale), v128.load(variance + at)));
  }
}

/** dx = dy gamma inverse. */
export function frozenBatchnormInputGradient(first: i32, last: i32, dy: usize, dx: usize, stride: usize, gamma: usize, inverse: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    const scale0 = f32x4.mul(v128.load(gamma + p * ROW), v128.load(inverse + p * ROW));
    const scale1 = f32x4.mul(v128.load(gamma + p * ROW, 16), v128.load(inverse + p * ROW, 16));
    for (let at = p * stride; at < (p + 1) * stride; at += ROW) {
      v128.store(dx + at, f32x4.mul(v128.load(dy + at), scale0));
      v128.store(dx + at, f32x4.mul(v128.load(dy + at, 16), scale1), 16);
    }
  }
}
