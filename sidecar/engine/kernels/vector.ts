/** Small vector functions that all kernels share. */

/** Bytes of one row of a panel: eight float32. */
export const ROW: usize = 32;

/** Rows that are added in float32 before the sum moves on to float64. */
export const BLOCK: i32 = 32;

/** a * b + c; rounded once where the relaxed build may. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c - a * b; rounded once where the relaxed build may. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** The two lower lanes as float64. */
// @ts-ignore: decorator
@inline
export function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The two upper lanes as float64. */
// @ts-ignore: decorator
@inline
export function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
}

/** Two pairs of float64 rounded to four float32. */
// @ts-ignore: decorator
@inline
export function narrow(a: v128, b: v128): v128 {
  return i64x2.shuffle(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}

/** Sum of two float64 lanes. */
// @ts-ignore: decorator
@inline
export function total(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** Ones in the lanes whose index is below `count`, zeros in the others. */
// @ts-ignore: decorator
@inline
export function lanesBelow(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/*
 * Constants lie in memory and are read with a broadcast. Written as literals V8 would build each of them anew from
 * general registers in every turn of a loop, which makes these functions twice as slow.
 */
const EXP = memory.data<f32>([
  // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer.
  12582912,
  // Limits of the argument, 1 / ln 2.
  88, -87, 1.44269504,
  // -ln 2 in two parts, the first with so few bits that its product with n is exact.
  -0.693359375, 2.12194440e-4,
  // q, highest power first, and 1.
  0.0013813142431899905, 0.008369418792426586, 0.04166845604777336, 0.16666515171527863, 0.4999999403953552, 1,
], 16);
const LOG1P = memory.data<f32>([0.2801195979118347, 0.2800181210041046, 0.4002152681350708, 0.666664183139801, 2], 16);
const TANH = memory.data<f32>([
  -0.005704990588128567, 0.02063908986747265, -0.05373971536755562, 0.13331441581249237, -0.3333328068256378,
  1, 2, 0.625,
], 16);

/**
 * e^x, relative error below 2e-7. Arguments are limited to [-87, 88], so that the result stays a normal number; NaN
 * stays NaN. x = n ln 2 + r with |r| <= ln 2 / 2; e^r = 1 + r + r^2 q(r), q fitted for the least largest relative error.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const magic = v128.load32_splat(EXP);
  const limited = f32x4.pmax(f32x4.pmin(x, v128.load32_splat(EXP, 4)), v128.load32_splat(EXP, 8));
  const shifted = madd(limited, v128.load32_splat(EXP, 12), magic);
  const n = f32x4.sub(shifted, magic);
  const r = madd(n, v128.load32_splat(EXP, 20), madd(n, v128.load32_splat(EXP, 16), limited));
  let q = madd(v128.load32_splat(EXP, 24), r, v128.load32_splat(EXP, 28));
  q = madd(q, r, v128.load32_splat(EXP, 32));
  q = madd(q, r, v128.load32_splat(EXP, 36));
  q = madd(q, r, v128.load32_splat(EXP, 40));
  const one = v128.load32_splat(EXP, 44);
  const e = madd(f32x4.mul(r, r), q, f32x4.add(r, one));
  // 2^n by its exponent bits; the low bits of `shifted` are n in two's complement.
  return f32x4.mul(e, i32x4.add(i32x4.shl(shifted, 23), one));
}

/** 1 / (1 + e^-x). */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const one = v128.load32_splat(EXP, 44);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/** ln(1 + t) for 0 <= t <= 1, relative error below 2e-7: 2 atanh(s) with s = t / (2 + t), as a polynomial in s^2. */
// @ts-ignore: decorator
@inline
export function log1p(t: v128): v128 {
  const two = v128.load32_splat(LOG1P, 16);
  const s = f32x4.div(t, f32x4.add(t, two));
  const square = f32x4.mul(s, s);
  let q = madd(v128.load32_splat(LOG1P), square, v128.load32_splat(LOG1P, 4));
  q = madd(q, square, v128.load32_splat(LOG1P, 8));
  q = madd(q, square, v128.load32_splat(LOG1P, 12));
  return madd(f32x4.mul(s, square), q, f32x4.mul(s, two));
}

const NORMAL = memory.data<f32>([
  // P, highest power first.
  -0.029146350920200348, 0.143973708152771, -0.25571832060813904, 0.1591787040233612, -0.02311287634074688,
  0.10550924390554428, 0.11983256787061691, 0.13986191153526306, 0.13962140679359436,
  // c of t, -1/2, 1 / sqrt(2 pi).
  0.35, -0.5, 0.3989422804014327,
], 16);

/** e^(-x^2 / 2), relative error growing with the exponent, 2e-7 + 6e-8 x^2 / 2. */
// @ts-ignore: decorator
@inline
function bell(x: v128): v128 {
  return exp(f32x4.mul(f32x4.mul(x, x), v128.load32_splat(NORMAL, 40)));
}

/**
 * Share of the normal distribution below x, relative error that of `bell` plus 4e-7: with z = |x| and
 * t = 1 / (1 + c z) the tail behind z is e^(-z^2 / 2) t P(t), P fitted for the least largest relative error up to z = 14.
 */
// @ts-ignore: decorator
@inline
function below(x: v128, bell: v128): v128 {
  const one = v128.load32_splat(EXP, 44);
  const t = f32x4.div(one, madd(v128.load32_splat(NORMAL, 36), f32x4.abs(x), one));
  let q = madd(v128.load32_splat(NORMAL), t, v128.load32_splat(NORMAL, 4));
  q = madd(q, t, v128.load32_splat(NORMAL, 8));
  q = madd(q, t, v128.load32_splat(NORMAL, 12));
  q = madd(q, t, v128.load32_splat(NORMAL, 16));
  q = madd(q, t, v128.load32_splat(NORMAL, 20));
  q = madd(q, t, v128.load32_splat(NORMAL, 24));
  q = madd(q, t, v128.load32_splat(NORMAL, 28));
  q = madd(q, t, v128.load32_splat(NORMAL, 32));
  const tail = f32x4.mul(f32x4.mul(bell, t), q);
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}

/** x times the share of the normal distribution below it; 0 at minus infinity. */
// @ts-ignore: decorator
@inline
export function gelu(x: v128): v128 {
  const bounded = f32x4.pmax(x, f32x4.splat(-14));
  return f32x4.mul(bounded, below(bounded, bell(bounded)));
}

/** Phi(x) + x phi(x), with the distribution's density phi. */
// @ts-ignore: decorator
@inline
export function geluDerivative(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-14)), f32x4.splat(14));
  const b = bell(bounded);
  return madd(f32x4.mul(bounded, v128.load32_splat(NORMAL, 44)), b, below(bounded, b));
}

/** x / (1 + e^-x); 0 at minus infinity. */
// @ts-ignore: decorator
@inline
export function silu(x: v128): v128 {
  const bounded = f32x4.pmax(x, v128.load32_splat(EXP, 8));
  return f32x4.mul(bounded, sigmoid(bounded));
}

/** s (1 + x (1 - s)), s the sigmoid of x. */
// @ts-ignore: decorator
@inline
export function siluDerivative(x: v128): v128 {
  const one = v128.load32_splat(EXP, 44);
  const bounded = f32x4.pmin(f32x4.pmax(x, v128.load32_splat(EXP, 8)), v128.load32_splat(EXP, 4));
  const s = sigmoid(bounded);
  return madd(f32x4.mul(s, bounded), f32x4.sub(one, s), s);
}

/** tanh x, relative error below 4e-7: a polynomial near 0, 1 - 2 / (1 + e^2x) from 0.625 on. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const one = v128.load32_splat(TANH, 20);
  const two = v128.load32_splat(TANH, 24);
  const square = f32x4.mul(x, x);
  let q = madd(v128.load32_splat(TANH), square, v128.load32_splat(TANH, 4));
  q = madd(q, square, v128.load32_splat(TANH, 8));
  q = madd(q, square, v128.load32_splat(TANH, 12));
  q = madd(q, square, v128.load32_splat(TANH, 16));
  const near = madd(f32x4.mul(x, square), q, x);
  const far = f32x4.sub(one, f32x4.div(two, f32x4.add(one, exp(f32x4.mul(x, two)))));
  return v128.bitselect(near, far, f32x4.lt(f32x4.abs(x), v128.load32_splat(TANH, 28)));
}
