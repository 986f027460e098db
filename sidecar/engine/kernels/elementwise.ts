/**
 * Activation functions. Forward: x to y. Backward: dx = dy f'(x), from x or y, whichever is cheaper and as exact.
 * Each exported pair is the same loop; the function's number is a constant there, so that only its arithmetic is left.
 */
import { ROW, exp, gelu, geluDerivative, log1p, sigmoid, silu, siluDerivative, tanh } from './vector';

const SIGMOID = 0;
const TANH = 1;
const RELU = 2;
const LEAKY_RELU = 3;
const SOFTPLUS = 4;
const GELU = 5;
const SILU = 6;

/**
 * Bytes of two rows, four vectors: one alone waits for its own results most of the time. Rows are padded to a multiple of
 * 4, so that no row is left over.
 */
const PAIR: usize = 2 * ROW;

export function sigmoidForward(first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, slope: f32): void {
  forward(SIGMOID, first, last, x, y, stride, rows, slope);
}

export function sigmoidBackward(first: i32, last: i32, x: usize, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, slope: f32): void {
  backward(SIGMOID, first, last, x, y, dy, dx, stride, rows, slope);
}

export function tanhForward(first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, slope: f32): void {
  forward(TANH, first, last, x, y, stride, rows, slope);
}

export function tanhBackward(first: i32, last: i32, x: usize, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, slope: f32): void {
  backward(TANH, first, last, x, y, dy, dx, stride, rows, slope);
}

export function reluForward(first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, slope: f32): void {
  forward(RELU, first, last, x, y, stride, rows, slope);
}

export function reluBackward(first: i32, last: i32, x: usize, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, slope: f32): void {
  backward(RELU, first, last, x, y, dy, dx, stride, rows, slope);
}

export function leakyReluForward(first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, slope: f32): void {
  forward(LEAKY_RELU, first, last, x, y, stride, rows, slope);
}

export function leakyReluBackward(first: i32, last: i32, x: usize, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, slope: f32): void {
  backward(LEAKY_RELU, first, last, x, y, dy, dx, stride, rows, slope);
}

export function softplusForward(first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, slope: f32): void {
  forward(SOFTPLUS, first, last, x, y, stride, rows, slope);
}

export function softplusBackward(first: i32, last: i32, x: usize, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, slope: f32): void {
  backward(SOFTPLUS, first, last, x, y, dy, dx, stride, rows, slope);
}

export function geluForward(first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, slope: f32): void {
  forward(GELU, first, last, x, y, stride, rows, slope);
}

export function geluBackward(first: i32, last: i32, x: usize, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, slope: f32): void {
  backward(GELU, first, last, x, y, dy, dx, stride, rows, slope);
}

export function siluForward(first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, slope: f32): void {
  forward(SILU, first, last, x, y, stride, rows, slope);
}

export function siluBackward(first: i32, last: i32, x: usize, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, slope: f32): void {
  backward(SILU, first, last, x, y, dy, dx, stride, rows, slope);
}

// @ts-ignore: decorator
@inline
function forward(kind: i32, first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, slope: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    const end = (p * stride) + <usize>rows * ROW;
    for (let at = p * stride; at < end; at += PAIR) {
      const a = value(kind, v128.load(x + at), slope);
      const b = value(kind, v128.load(x + at, 16), slope);
      const c = value(kind, v128.load(x + at, 32), slope);
      const d = value(kind, v128.load(x + at, 48), slope);
      v128.store(y + at, a);
      v128.store(y + at, b, 16);
      v128.store(y + at, c, 32);
      v128.store(y + at, d, 48);
    }
  }
}

// @ts-ignore: decorator
@inline
function backward(kind: i32, first: i32, last: i32, x: usize, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, slope: f32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    const end = (p * stride) + <usize>rows * ROW;
    for (let at = p * stride; at < end; at += PAIR) {
      const a = derivative(kind, v128.load(dy + at), x + at, y + at, slope);
      const b = derivative(kind, v128.load(dy + at, 16), x + at + 16, y + at + 16, slope);
      const c = derivative(kind, v128.load(dy + at, 32), x + at + 32, y + at + 32, slope);
      const d = derivative(kind, v128.load(dy + at, 48), x + at + 48, y + at + 48, slope);
      v128.store(dx + at, a);
      v128.store(dx + at, b, 16);
      v128.store(dx + at, c, 32);
      v128.store(dx + at, d, 48);
    }
  }
}

/** f(x). NaN stays NaN: pmax and comparisons are arranged so. */
// @ts-ignore: decorator
@inline
function value(kind: i32, x: v128, slope: f32): v128 {
  const zero = f32x4.splat(0);
  if (kind == SIGMOID) return sigmoid(x);
  if (kind == TANH) return tanh(x);
  if (kind == RELU) return f32x4.pmax(x, zero);
  if (kind == LEAKY_RELU) return v128.bitselect(f32x4.mul(x, f32x4.splat(slope)), x, f32x4.lt(x, zero));
  if (kind == GELU) return gelu(x);
  if (kind == SILU) return silu(x);
  // ln(1 + e^x) without overflow.
  return f32x4.add(f32x4.pmax(x, zero), log1p(exp(f32x4.neg(f32x4.abs(x)))));
}

/** dy f'(x); the derivative of relu and leaky-relu at 0 is that of the negative side. */
// @ts-ignore: decorator
@inline
function derivative(kind: i32, dy: v128, x: usize, y: usize, slope: f32): v128 {
  const one = f32x4.splat(1);
  if (kind == SIGMOID) {
    const s = v128.load(y);
    return f32x4.mul(dy, f32x4.mul(s, f32x4.sub(one, s)));
  }
  if (kind == TANH) {
    const t = v128.load(y);
    return f32x4.mul(dy, f32x4.sub(one, f32x4.mul(t, t)));
  }
  if (kind == RELU) return v128.and(dy, f32x4.gt(v128.load(y), f32x4.splat(0)));
  if (kind == LEAKY_RELU) {
    const positive = f32x4.gt(v128.load(x), f32x4.splat(0));
    return v128.bitselect(dy, f32x4.mul(dy, f32x4.splat(slope)), positive);
  }
  if (kind == GELU) return f32x4.mul(dy, geluDerivative(v128.load(x)));
  if (kind == SILU) return f32x4.mul(dy, siluDerivative(v128.load(x)));
  return f32x4.mul(dy, sigmoid(v128.load(x)));
}
