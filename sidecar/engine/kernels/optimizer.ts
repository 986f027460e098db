/**
 * Parameter updates with PyTorch's formulas. A panel is `size` bytes of parameter w, its gradient and its state. Every
 * gradient is first multiplied by the step's coefficient of clipping, which gives g, then weight decay is added to it
 * (L2) for every parameter; only AdamW takes its decay apart from the gradient. `factor` multiplies the learning rate.
 * On the way each panel leaves three float64 at `sums + 24 panel`: the sums of the squared gradient (neither clipped nor
 * decayed), of the squared change and of w^2 before it.
 *
 * `scalars` are the float32 of a step: coefficient, rate, epsilon, and what else a formula names.
 */
import { high, low, madd, total } from './vector';

const PLAIN = 0;
const MOMENTUM = 1;
const NESTEROV = 2;
const ADAM = 3;
const ADAMW = 4;
const RMSPROP = 5;
const RMSPROP_MOMENTUM = 6;
const ADAGRAD = 7;
const FROZEN = 8;

/** Vectors added in float32 before a sum moves on to float64. */
const BLOCK_BYTES: usize = 64 * 16;

/** w -= rate (g + decay w). */
export function sgd(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, factor: f32, decay: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(PLAIN, size, w + p * size, g + p * size, 0, 0, sums + p * 24, scalars, factor, decay, 0, 0);
  }
}

/** v = momentum v + (g + decay w); w -= rate v. */
export function sgdMomentum(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, factor: f32, decay: f32, v: usize, momentum: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(MOMENTUM, size, w + p * size, g + p * size, v + p * size, 0, sums + p * 24, scalars, factor, decay, momentum, 0);
  }
}

/** d = g + decay w; v = momentum v + d; w -= rate (d + momentum v). */
export function sgdNesterov(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, factor: f32, decay: f32, v: usize, momentum: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(NESTEROV, size, w + p * size, g + p * size, v + p * size, 0, sums + p * 24, scalars, factor, decay, momentum, 0);
  }
}

/**
 * d = g + decay w; m = beta1 m + (1 - beta1) d; v = beta2 v + (1 - beta2) d^2;
 * w -= rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
 * `scalars`: coefficient, rate / (1 - beta1^t), epsilon, 1 / sqrt(1 - beta2^t), 1 - beta1, 1 - beta2.
 */
export function adam(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, factor: f32, decay: f32, m: usize, v: usize, beta1: f32, beta2: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(ADAM, size, w + p * size, g + p * size, m + p * size, v + p * size, sums + p * 24, scalars, factor, decay, beta1, beta2);
  }
}

/** Adam with d = g, and w -= rate decay w besides. `scalars` as for Adam, then rate decay. */
export function adamw(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, factor: f32, decay: f32, m: usize, v: usize, beta1: f32, beta2: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(ADAMW, size, w + p * size, g + p * size, m + p * size, v + p * size, sums + p * 24, scalars, factor, decay, beta1, beta2);
  }
}

/** d = g + decay w; v = keep v + (1 - keep) d^2; w -= rate d / (sqrt(v) + epsilon). `scalars`: coefficient, rate, epsilon, 1 - keep. */
export function rmsprop(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, factor: f32, decay: f32, v: usize, keep: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(RMSPROP, size, w + p * size, g + p * size, v + p * size, 0, sums + p * 24, scalars, factor, decay, keep, 0);
  }
}

/** As `rmsprop`, with b = momentum b + d / (sqrt(v) + epsilon); w -= rate b. */
export function rmspropMomentum(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, factor: f32, decay: f32, v: usize, b: usize, keep: f32, momentum: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(RMSPROP_MOMENTUM, size, w + p * size, g + p * size, v + p * size, b + p * size, sums + p * 24, scalars, factor, decay, keep, momentum);
  }
}

/** d = g + decay w; v += d^2; w -= rate d / (sqrt(v) + epsilon). `scalars`: coefficient, rate, epsilon. */
export function adagrad(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, factor: f32, decay: f32, v: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(ADAGRAD, size, w + p * size, g + p * size, v + p * size, 0, sums + p * 24, scalars, factor, decay, 0, 0);
  }
}

/** No update: leaves the sums alone. */
export function parameterSums(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(FROZEN, size, w + p * size, g + p * size, 0, 0, sums + p * 24, 0, 0, 0, 0, 0);
  }
}

/**
 * The coefficient of clipping, min(1, limit / (norm + 1e-6)), with the L2 norm over the gradients of `count` panels,
 * whose sums are added in their order.
 */
export function clipCoefficient(first: i32, last: i32, sums: usize, count: i32, limit: f32, scalars: usize): void {
  let squares: f64 = 0;
  for (let end = sums + <usize>count * 24; sums < end; sums += 24) squares += load<f64>(sums);
  store<f32>(scalars, <f32>min<f64>(1, <f64>limit / (sqrt(squares) + 1e-6)));
}

/** Adds the panels' sums in their order: the gradient's norm, and the change's norm over the weights'. */
export function parameterNorms(first: i32, last: i32, sums: usize, count: i32, gradientNorm: usize, updateRatio: usize): void {
  let gradient: f64 = 0, change: f64 = 0, weight: f64 = 0;
  for (let end = sums + <usize>count * 24; sums < end; sums += 24) {
    gradient += load<f64>(sums);
    change += load<f64>(sums, 8);
    weight += load<f64>(sums, 16);
  }
  store<f32>(gradientNorm, <f32>sqrt(gradient));
  store<f32>(updateRatio, weight == 0 ? 0 : <f32>sqrt(change / weight));
}

// @ts-ignore: decorator
@inline
function update(kind: i32, size: usize, w: usize, g: usize, first: usize, second: usize, sums: usize, scalars: usize, factor: f32, decay: f32, factor1: f32, factor2: f32): void {
  const rate = f32x4.mul(v128.load32_splat(scalars, 4), f32x4.splat(factor));
  // What the gradient is multiplied by: without state between it and the change, the rate is part of it.
  const coefficient = kind == PLAIN ? f32x4.mul(v128.load32_splat(scalars), rate) : v128.load32_splat(scalars);
  // What the weight is multiplied by: a part of the change for AdamW and without state, of the gradient for all others.
  let decays = f32x4.splat(decay);
  if (kind == ADAMW) decays = f32x4.mul(v128.load32_splat(scalars, 24), f32x4.splat(factor));
  if (kind == PLAIN) decays = f32x4.mul(decays, rate);
  const by1 = f32x4.splat(factor1);
  const by2 = f32x4.splat(factor2);
  let gradients = f64x2.splat(0), changes = gradients, weights = gradients;
  for (let at: usize = 0; at < size; ) {
    const stop = min(size, at + BLOCK_BYTES);
    let g0 = f32x4.splat(0), g1 = g0, c0 = g0, c1 = g0, w0 = g0, w1 = g0;
    do {
      // Both halves of a row: two chains of additions at once.
      let weight = v128.load(w + at);
      let gradient = v128.load(g + at);
      if (kind != FROZEN) {
        const change = changeOf(kind, weight, f32x4.mul(gradient, coefficient), first + at, second + at, scalars, rate, decays, by1, by2);
        v128.store(w + at, f32x4.sub(weight, change));
        c0 = madd(change, change, c0);
      }
      g0 = madd(gradient, gradient, g0);
      w0 = madd(weight, weight, w0);
      at += 16;
      weight = v128.load(w + at);
      gradient = v128.load(g + at);
      if (kind != FROZEN) {
        const change = changeOf(kind, weight, f32x4.mul(gradient, coefficient), first + at, second + at, scalars, rate, decays, by1, by2);
        v128.store(w + at, f32x4.sub(weight, change));
        c1 = madd(change, change, c1);
      }
      g1 = madd(gradient, gradient, g1);
      w1 = madd(weight, weight, w1);
      at += 16;
    } while (at < stop);
    gradients = f64x2.add(gradients, quadruple(g0, g1));
    changes = f64x2.add(changes, quadruple(c0, c1));
    weights = f64x2.add(weights, quadruple(w0, w1));
  }
  store<f64>(sums, total(gradients));
  store<f64>(sums, total(changes), 8);
  store<f64>(sums, total(weights), 16);
}

/** What is taken from the weight. */
// @ts-ignore: decorator
@inline
function changeOf(kind: i32, weight: v128, gradient: v128, first: usize, second: usize, scalars: usize, rate: v128, decays: v128, by1: v128, by2: v128): v128 {
  if (kind == PLAIN) return madd(decays, weight, gradient);
  if (kind == ADAMW) {
    return madd(decays, weight, f32x4.mul(rate, direction(kind, gradient, first, second, scalars, by1, by2)));
  }
  return f32x4.mul(rate, direction(kind, madd(decays, weight, gradient), first, second, scalars, by1, by2));
}

/** What is multiplied by the learning rate, from the gradient with decay `d`; updates the state. */
// @ts-ignore: decorator
@inline
function direction(kind: i32, d: v128, first: usize, second: usize, scalars: usize, by1: v128, by2: v128): v128 {
  if (kind == MOMENTUM || kind == NESTEROV) {
    const velocity = madd(by1, v128.load(first), d);
    v128.store(first, velocity);
    return kind == NESTEROV ? madd(by1, velocity, d) : velocity;
  }
  const epsilon = v128.load32_splat(scalars, 8);
  if (kind == ADAM || kind == ADAMW) {
    const m = madd(v128.load32_splat(scalars, 16), d, f32x4.mul(by1, v128.load(first)));
    const v = madd(f32x4.mul(v128.load32_splat(scalars, 20), d), d, f32x4.mul(by2, v128.load(second)));
    v128.store(first, m);
    v128.store(second, v);
    return f32x4.div(m, madd(f32x4.sqrt(v), v128.load32_splat(scalars, 12), epsilon));
  }
  let v = v128.load(first);
  v = kind == ADAGRAD ? madd(d, d, v) : madd(f32x4.mul(v128.load32_splat(scalars, 12), d), d, f32x4.mul(by1, v));
  v128.store(first, v);
  const scaled = f32x4.div(d, f32x4.add(f32x4.sqrt(v), epsilon));
  if (kind != RMSPROP_MOMENTUM) return scaled;
  const velocity = madd(by2, v128.load(second), scaled);
  v128.store(second, velocity);
  return velocity;
}

/** Four float32 and four more, added to two float64. */
// @ts-ignore: decorator
@inline
function quadruple(a: v128, b: v128): v128 {
  return f64x2.add(f64x2.add(low(a), high(a)), f64x2.add(low(b), high(b)));
}
