/**
 * Losses over the last layer's output z (`[rows][units]`, blocked) and their gradients. The loss of the batch is summed
 * in float64 and stored as one float64 at `result`. Lanes behind the last unit get gradient 0. One panel, one thread:
 * the work is small.
 */
import { addLanes, exponentials, rowMaximum } from './rows';
import { ROW, exp, lanesBelow, log1p, sigmoid } from './vector';

/**
 * Mean over the batch of -sum of t ln softmax(z), stable: the largest logit is subtracted first. The target t is
 * 1 - smoothing at the row's class, and `smoothing` is spread evenly over all classes, that one included, as in PyTorch.
 * dz = (softmax(z) - t) / rows. `classes` is i32 `[rows]`.
 */
export function softmaxCrossEntropy(first: i32, last: i32, z: usize, dz: usize, stride: usize, rows: i32, units: i32, classes: usize, result: usize, smoothing: f32): void {
  const share = <f32>(1.0 / <f64>rows);
  const spread = <f64>smoothing / <f64>units;
  const sharp = 1 - <f64>smoothing;
  let loss: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const row = <usize>r * ROW;
    const label = load<i32>(classes + <usize>r * 4);
    const largest = rowMaximum(z + row, stride, units);
    const sum = exponentials(z + row, dz + row, stride, units, largest);
    scaleRow(dz + row, stride, units, share / sum, <f32>(spread * <f64>share));
    const at = <usize>(label >> 3) * stride + row + <usize>(label & 7) * 4;
    store<f32>(dz + at, load<f32>(dz + at) - <f32>(sharp * <f64>share));
    loss += logarithm(<f64>sum) + sharp * (<f64>largest - <f64>load<f32>(z + at));
    if (smoothing > 0) loss -= spread * differences(z + row, stride, units, largest);
  }
  store<f64>(result, loss / <f64>rows);
}

/**
 * Mean over batch and outputs of -t ln s(z) - (1 - t) ln(1 - s(z)), s the sigmoid, in the stable form
 * max(z, 0) - z t + ln(1 + e^-|z|). dz = (s(z) - t) / (rows units). Targets are blocked like z.
 */
export function binaryCrossEntropy(first: i32, last: i32, z: usize, dz: usize, stride: usize, rows: i32, units: i32, targets: usize, result: usize): void {
  pointwise(true, z, dz, stride, rows, units, targets, result);
}

/** Mean over batch and outputs of (z - t)^2; dz = 2 (z - t) / (rows units). Targets are blocked like z. */
export function meanSquaredError(first: i32, last: i32, z: usize, dz: usize, stride: usize, rows: i32, units: i32, targets: usize, result: usize): void {
  pointwise(false, z, dz, stride, rows, units, targets, result);
}

/**
 * Number of rows whose prediction is their class, as i32 at `result`: the first of the largest outputs, or with a single
 * output whether it lies above `threshold`. Rows of class -1 (regression) are never counted.
 */
export function countCorrect(first: i32, last: i32, z: usize, stride: usize, rows: i32, units: i32, classes: usize, threshold: f32, result: usize): void {
  let correct = 0;
  for (let r = 0; r < rows; r++) {
    const row = z + <usize>r * ROW;
    const label = load<i32>(classes + <usize>r * 4);
    const predicted = units == 1 ? i32(load<f32>(row) > threshold) : firstLargest(row, stride, units);
    correct += i32(predicted == label);
  }
  store<i32>(result, correct);
}

function firstLargest(row: usize, stride: usize, units: i32): i32 {
  const largest = rowMaximum(row, stride, units);
  for (let u = 0; u < units; u++) {
    if (load<f32>(row + <usize>(u >> 3) * stride + <usize>(u & 7) * 4) == largest) return u;
  }
  return -1;
}

/** A row times `factor`, less `spread` in each of its units. */
function scaleRow(row: usize, stride: usize, units: i32, factor: f32, spread: f32): void {
  const by = f32x4.splat(factor);
  const less = f32x4.splat(spread);
  for (let left = units; left > 0; left -= 8) {
    v128.store(row, f32x4.sub(f32x4.mul(v128.load(row), by), v128.and(less, lanesBelow(left))));
    v128.store(row, f32x4.sub(f32x4.mul(v128.load(row, 16), by), v128.and(less, lanesBelow(left - 4))), 16);
    row += stride;
  }
}

/** Sum of z - largest over a row. */
function differences(row: usize, stride: usize, units: i32, largest: f32): f64 {
  let sum: f64 = 0;
  for (let u = 0; u < units; u++) {
    sum += <f64>load<f32>(row + <usize>(u >> 3) * stride + <usize>(u & 7) * 4) - <f64>largest;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function pointwise(entropy: bool, z: usize, dz: usize, stride: usize, rows: i32, units: i32, targets: usize, result: usize): void {
  const share = f32x4.splat(<f32>((entropy ? 1.0 : 2.0) / (<f64>rows * <f64>units)));
  const zero = f32x4.splat(0);
  let loss: f64 = 0;
  for (let r: usize = 0; r < <usize>rows; r++) {
    let sum = zero;
    let at = r * ROW;
    for (let left = units; left > 0; left -= 4) {
      const mask = lanesBelow(left);
      const value = v128.load(z + at);
      const target = v128.load(targets + at);
      const difference = f32x4.sub(entropy ? sigmoid(value) : value, target);
      const term = entropy
        ? f32x4.add(f32x4.sub(f32x4.pmax(value, zero), f32x4.mul(value, target)), log1p(exp(f32x4.neg(f32x4.abs(value)))))
        : f32x4.mul(difference, difference);
      sum = f32x4.add(sum, v128.and(term, mask));
      v128.store(dz + at, v128.and(f32x4.mul(difference, share), mask));
      at += (at & 16) ? stride - 16 : 16;
    }
    loss += <f64>addLanes(sum);
  }
  store<f64>(result, loss / (<f64>rows * <f64>units));
}

/**
 * ln x of a positive normal number, absolute error below 1e-12: x = m 2^e with m near 1 and ln m = 2 atanh(s),
 * s = (m - 1) / (m + 1), as a series. The library's would bring tables, and the module has no data of its own.
 */
function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  // Biased so that m lies between 0.75 and 1.5; infinity and NaN pass through.
  if (!(x < Infinity)) return x;
  const e = <i32>((bits - 0x3fe8000000000000) >> 52);
  const m = reinterpret<f64>(bits - (<i64>e << 52));
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let series: f64 = 0;
  for (let k = 17; k > 0; k -= 2) series = series * square + 2 / <f64>k;
  return series * s + <f64>e * 0.6931471805599453;
}
