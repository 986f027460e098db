/**
 * Parameter updates with PyTorch's formulas. Weight decay is L2: it is added to the gradient, for every parameter.
 * A panel is `size` bytes of parameter w, its gradient g and its state. On the way each panel leaves three float64 at
 * `sums + 24 panel`: the sums of g^2 (without decay), of the squared change and of w^2 before it.
 */
import { high, low, madd, total } from './vector';

const PLAIN = 0;
const MOMENTUM = 1;
const NESTEROV = 2;
const ADAM = 3;

/** Vectors added in float32 before a sum moves on to float64. */
const BLOCK_BYTES: usize = 64 * 16;

/** w -= rate (g + decay w). `scalars`: rate. */
export function sgd(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, decay: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(PLAIN, size, w + p * size, g + p * size, 0, 0, sums + p * 24, scalars, decay, 0, 0);
  }
}

/** v = momentum v + (g + decay w); w -= rate v. */
export function sgdMomentum(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, decay: f32, v: usize, momentum: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(MOMENTUM, size, w + p * size, g + p * size, v + p * size, 0, sums + p * 24, scalars, decay, momentum, 0);
  }
}

/** d = g + decay w; v = momentum v + d; w -= rate (d + momentum v). */
export function sgdNesterov(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, decay: f32, v: usize, momentum: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(NESTEROV, size, w + p * size, g + p * size, v + p * size, 0, sums + p * 24, scalars, decay, momentum, 0);
  }
}

/**
 * d = g + decay w; m = beta1 m + (1 - beta1) d; v = beta2 v + (1 - beta2) d^2;
 * w -= rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
 * `scalars`: rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t), epsilon, 1 - beta1, 1 - beta2.
 */
export function adam(first: i32, last: i32, size: usize, w: usize, g: usize, sums: usize, scalars: usize, decay: f32, m: usize, v: usize, beta1: f32, beta2: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    update(ADAM, size, w + p * size, g + p * size, m + p * size, v + p * size, sums + p * 24, scalars, decay, beta1, beta2);
  }
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
function update(kind: i32, size: usize, w: usize, g: usize, first: usize, second: usize, sums: usize, scalars: usize, decay: f32, factor1: f32, factor2: f32): void {
  const rate = v128.load32_splat(scalars);
  const decays = f32x4.splat(decay);
  const by1 = f32x4.splat(factor1);
  const by2 = f32x4.splat(factor2);
  let gradients = f64x2.splat(0), changes = gradients, weights = gradients;
  for (let at: usize = 0; at < size; ) {
    const stop = min(size, at + BLOCK_BYTES);
    let g2 = f32x4.splat(0), c2 = g2, w2 = g2;
    do {
      const weight = v128.load(w + at);
      const gradient = v128.load(g + at);
      let d = madd(decays, weight, gradient);
      if (kind == MOMENTUM || kind == NESTEROV) {
        const velocity = madd(by1, v128.load(first + at), d);
        v128.store(first + at, velocity);
        d = kind == NESTEROV ? madd(by1, velocity, d) : velocity;
      }
      if (kind == ADAM) {
        const m = madd(v128.load32_splat(scalars, 12), d, f32x4.mul(by1, v128.load(first + at)));
        const v = madd(f32x4.mul(v128.load32_splat(scalars, 16), d), d, f32x4.mul(by2, v128.load(second + at)));
        v128.store(first + at, m);
        v128.store(second + at, v);
        d = f32x4.div(m, madd(f32x4.sqrt(v), v128.load32_splat(scalars, 4), v128.load32_splat(scalars, 8)));
      }
      const change = f32x4.mul(rate, d);
      v128.store(w + at, f32x4.sub(weight, change));
      g2 = madd(gradient, gradient, g2);
      c2 = madd(change, change, c2);
      w2 = madd(weight, weight, w2);
      at += 16;
    } while (at < stop);
    gradients = f64x2.add(gradients, f64x2.add(low(g2), high(g2)));
    changes = f64x2.add(changes, f64x2.add(low(c2), high(c2)));
    weights = f64x2.add(weights, f64x2.add(low(w2), high(w2)));
  }
  store<f64>(sums, total(gradients));
  store<f64>(sums, total(changes), 8);
  store<f64>(sums, total(weights), 16);
}
