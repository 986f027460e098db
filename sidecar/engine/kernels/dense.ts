/**
 * Fully connected layers, of a vector or of an image as it lies in memory: `channels` with `pixels` locations each, 1 for
 * a vector. Weights are packed in the order of the input's rows for good, so no step packs anything:
 * `[units / 8][channels / 8][pixels][8][8]`; `size` is their bytes a panel of units. All three products use a tile of 4 rows by 8 units: eight accumulators, two loads and a broadcast fit the 16 registers, and
 * the loop body holds a single step of the sum, since V8 moves all loads of a body to its front and would spill.
 */
import { ROW, madd } from './vector';

/** Rows of a tile. Rows of activations are padded to a multiple of it. */
const TILE: i32 = 4;

/**
 * y[r][u] = bias[u] + sum over inputs i of x[r][i] w[u][i], for `rows` rows (a multiple of 4). `bias` is 0 for none.
 * Panels are those of the output, in parts of 4 rows.
 */
export function denseForward(first: i32, last: i32, x: usize, w: usize, bias: usize, y: usize, channels: i32, pixels: i32, size: usize, rows: i32): void {
  const zero = f32x4.splat(0);
  const stride = <usize>rows * ROW;
  const tiles = rows / TILE;
  for (let item = first; item < last; item++) {
    const p = <usize>(item / tiles);
    const row = <usize>(item % tiles) * TILE * ROW;
    const b0 = bias ? v128.load(bias + p * ROW) : zero;
    const b1 = bias ? v128.load(bias + p * ROW, 16) : zero;
    product(x + row, w + p * size, y + p * stride + row, b0, b1, channels, pixels, stride);
  }
}

/**
 * dx[r][i] = sum over u of dy[r][u] w[u][i]. Panels are those of the input: each transposes its own share of the
 * weights into `transposed` (`[channels / 8][pixels][units rounded up to 8][8]`).
 */
export function denseInputGradient(first: i32, last: i32, dy: usize, w: usize, transposed: usize, dx: usize, channels: i32, pixels: i32, size: usize, units: i32, rows: i32): void {
  const zero = f32x4.splat(0);
  const stride = <usize>rows * ROW;
  const panel = <usize>((units + 7) & ~7) * ROW;
  for (let p = first; p < last; p++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const at = <usize>(p * pixels + pixel);
      transpose(w + at * 8 * ROW, transposed + at * panel, channels - 8 * p, size, units);
      for (let row: usize = 0; row < stride; row += TILE * ROW) {
        product(dy + row, transposed + at * panel, dx + at * stride + row, zero, zero, units, 1, stride);
      }
    }
  }
}

/**
 * dw[u][i] = sum over the `rows` examples of dy[r][u] x[r][i]. Panels, `stride` bytes each, are those of the output, in
 * parts of one panel of one pixel of the input.
 */
export function denseWeightGradient(first: i32, last: i32, x: usize, dy: usize, dw: usize, channels: i32, pixels: i32, size: usize, stride: usize, rows: i32): void {
  const parts = ((channels + 7) >> 3) * pixels;
  for (let item = first; item < last; item++) {
    const part = item % parts;
    const left = channels - 8 * (part / pixels);
    const a = x + <usize>part * stride;
    const b = dy + <usize>(item / parts) * stride;
    const out = dw + <usize>(item / parts) * size + <usize>part * 8 * ROW;
    weightTile(a, b, out, rows, left);
    if (left > TILE) weightTile(a + 16, b, out + 4 * ROW, rows, left - TILE);
  }
}

/** db[u] = sum over the examples of dy[r][u]. */
export function denseBiasGradient(first: i32, last: i32, dy: usize, db: usize, stride: usize, rows: i32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    let row = dy + p * stride;
    const end = row + <usize>rows * ROW;
    do {
      sum0 = f32x4.add(sum0, v128.load(row));
      sum1 = f32x4.add(sum1, v128.load(row, 16));
      row += ROW;
    } while (row < end);
    v128.store(db + p * ROW, sum0);
    v128.store(db + p * ROW, sum1, 16);
  }
}

/**
 * Four rows of one panel of the output: c[r] = start + sum over `count` terms a pixel of a[r][k] b[k]. `a` is `stride`
 * bytes from panel to panel, each with the terms of one pixel; `b` has a row of 8 a term and 8 rows a panel.
 */
// @ts-ignore: decorator
@inline
function product(a: usize, b: usize, c: usize, start0: v128, start1: v128, count: i32, pixels: i32, stride: usize): void {
  let s00 = start0, s01 = start1, s10 = start0, s11 = start1;
  let s20 = start0, s21 = start1, s30 = start0, s31 = start1;
  for (let left = count; left > 0; left -= 8) {
    const terms = <usize>min(left, 8) * 4;
    for (let pixel = 0; pixel < pixels; pixel++) {
      let weight = b;
      let value = a;
      const end = value + terms;
      do {
        const w0 = v128.load(weight);
        const w1 = v128.load(weight, 16);
        let v = v128.load32_splat(value);
        s00 = madd(v, w0, s00);
        s01 = madd(v, w1, s01);
        v = v128.load32_splat(value, 32);
        s10 = madd(v, w0, s10);
        s11 = madd(v, w1, s11);
        v = v128.load32_splat(value, 64);
        s20 = madd(v, w0, s20);
        s21 = madd(v, w1, s21);
        v = v128.load32_splat(value, 96);
        s30 = madd(v, w0, s30);
        s31 = madd(v, w1, s31);
        weight += ROW;
        value += 4;
      } while (value < end);
      a += stride;
      b += 8 * ROW;
    }
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c, s10, 32);
  v128.store(c, s11, 48);
  v128.store(c, s20, 64);
  v128.store(c, s21, 80);
  v128.store(c, s30, 96);
  v128.store(c, s31, 112);
}

/** Gradients of four inputs' weights (fewer when `left` is less) to the eight units of a panel. */
function weightTile(x: usize, dy: usize, out: usize, rows: i32, left: i32): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  const end = dy + <usize>rows * ROW;
  do {
    const d0 = v128.load(dy);
    const d1 = v128.load(dy, 16);
    let v = v128.load32_splat(x);
    s00 = madd(v, d0, s00);
    s01 = madd(v, d1, s01);
    v = v128.load32_splat(x, 4);
    s10 = madd(v, d0, s10);
    s11 = madd(v, d1, s11);
    v = v128.load32_splat(x, 8);
    s20 = madd(v, d0, s20);
    s21 = madd(v, d1, s21);
    v = v128.load32_splat(x, 12);
    s30 = madd(v, d0, s30);
    s31 = madd(v, d1, s31);
    x += ROW;
    dy += ROW;
  } while (dy < end);
  v128.store(out, s00);
  v128.store(out, s01, 16);
  if (left < 2) return;
  v128.store(out, s10, 32);
  v128.store(out, s11, 48);
  if (left < 3) return;
  v128.store(out, s20, 64);
  v128.store(out, s21, 80);
  if (left < 4) return;
  v128.store(out, s30, 96);
  v128.store(out, s31, 112);
}

/** Eight rows of packed weights from `w` on, of which `rows` are in use, as a panel `[unit][8 inputs]`, 0 for the others. */
function transpose(w: usize, out: usize, rows: i32, size: usize, units: i32): void {
  const zero = f32x4.splat(0);
  for (let u = 0; u < units; u += 8) {
    for (let k = 0; k < 8; k += 4) {
      const left = rows - k;
      for (let half: usize = 0; half < 2; half++) {
        const source = w + <usize>k * ROW + half * 16;
        const a = left > 0 ? v128.load(source) : zero;
        const b = left > 1 ? v128.load(source, 32) : zero;
        const c = left > 2 ? v128.load(source, 64) : zero;
        const d = left > 3 ? v128.load(source, 96) : zero;
        const ab0 = i32x4.shuffle(a, b, 0, 4, 1, 5);
        const ab1 = i32x4.shuffle(a, b, 2, 6, 3, 7);
        const cd0 = i32x4.shuffle(c, d, 0, 4, 1, 5);
        const cd1 = i32x4.shuffle(c, d, 2, 6, 3, 7);
        const target = out + (<usize>u + half * 4) * ROW + <usize>k * 4;
        v128.store(target, i64x2.shuffle(ab0, cd0, 0, 2));
        v128.store(target, i64x2.shuffle(ab0, cd0, 1, 3), 32);
        v128.store(target, i64x2.shuffle(ab1, cd1, 0, 2), 64);
        v128.store(target, i64x2.shuffle(ab1, cd1, 1, 3), 96);
      }
    }
    w += size;
  }
}
