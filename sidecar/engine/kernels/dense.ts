/**
 * Fully connected layers, of a vector or of an image as it lies in memory: `channels` with `pixels` locations each, 1 for
 * a vector. Weights are packed in the order of the input's rows for good, so no step packs anything:
 * `[units / 8][channels / 8][pixels][8][8]`; `size` is their bytes a panel of units.
 *
 * Tiles of the products are as large as the 16 registers allow: 12 accumulators where multiplication and addition are
 * one instruction, 10 where a product has to be kept in between. The loop body holds a single step of the sum, since V8
 * moves all loads of a body to its front and would spill; old ones do so even then, and with `high` 0 only tiles of 8
 * accumulators are used. A sum runs in the order of its terms whatever the tile, so tiles do not change the bits.
 */
import { ROW, madd } from './vector';

/** Rows of a high tile, and of a low one: rows of activations are padded to a multiple of that. */
const HIGH: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
const LOW: i32 = 4;

/** Rows of a tile of half a panel, for a last panel of at most as many units. */
const HALF_ROWS: i32 = 8;
const HALF: i32 = 4;

/**
 * y[r][u] = bias[u] + sum over inputs i of x[r][i] w[u][i], for `rows` rows (a multiple of 4). `bias` is 0 for none.
 * Panels are those of the output, in parts of 4 rows.
 */
export function denseForward(first: i32, last: i32, x: usize, w: usize, bias: usize, y: usize, units: i32, channels: i32, pixels: i32, size: usize, rows: i32, high: i32): void {
  const stride = <usize>rows * ROW;
  const parts = rows / LOW;
  while (first < last) {
    const p = first / parts;
    const end = min(last, (p + 1) * parts);
    const row = <usize>(first % parts) * LOW * ROW;
    const start = bias ? bias + <usize>p * ROW : 0;
    const out = y + <usize>p * stride + row;
    product(x + row, w + <usize>p * size, start, out, channels, pixels, stride, (end - first) * LOW, units - 8 * p, high);
    first = end;
  }
}

/**
 * dx[r][i] = sum over u of dy[r][u] w[u][i]. Panels are those of the input: each transposes its own share of the
 * weights into `transposed` (`[channels / 8][pixels][units rounded up to 8][8]`).
 */
export function denseInputGradient(first: i32, last: i32, dy: usize, w: usize, transposed: usize, dx: usize, units: i32, channels: i32, pixels: i32, size: usize, rows: i32, high: i32): void {
  const stride = <usize>rows * ROW;
  const panel = <usize>((units + 7) & ~7) * ROW;
  for (let p = first; p < last; p++) {
    const left = channels - 8 * p;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const at = <usize>(p * pixels + pixel);
      transpose(w + at * 8 * ROW, transposed + at * panel, left, size, units);
      product(dy, transposed + at * panel, 0, dx + at * stride, units, 1, stride, rows, left, high);
    }
  }
}

/**
 * dw[u][i] = sum over the `rows` examples of dy[r][u] x[r][i]. Panels, `stride` bytes each, are those of the output, in
 * parts of one panel of one pixel of the input.
 */
export function denseWeightGradient(first: i32, last: i32, x: usize, dy: usize, dw: usize, units: i32, channels: i32, pixels: i32, size: usize, stride: usize, rows: i32, high: i32): void {
  const parts = ((channels + 7) >> 3) * pixels;
  // Parts with all their channels come first.
  const full = (channels >> 3) * pixels;
  for (let item = first; item < last; ) {
    const p = item / parts;
    const part = item % parts;
    const a = x + <usize>part * stride;
    const b = dy + <usize>p * stride;
    const out = dw + <usize>p * size + <usize>part * 8 * ROW;
    const half = high && units - 8 * p <= HALF;
    if (ASC_FEATURE_RELAXED_SIMD && high && !half && part + 3 <= full && item + 3 <= last) {
      weightTriple(a, b, out, stride, rows);
      item += 3;
      continue;
    }
    const left = channels - 8 * (part / pixels);
    if (half) {
      weightHalf(a, b, out, rows, left);
    } else {
      weightTile(a, b, out, rows, left);
      if (left > 4) weightTile(a + 16, b, out + 4 * ROW, rows, left - 4);
    }
    item += 1;
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
 * Rows of one panel of the output, as many as `rows` (a multiple of 4): c[r] = start + sum over `count` terms a pixel of
 * a[r][k] b[k]. `start` is where the sums begin, 0 for 0. `a` is `stride` bytes from panel to panel, each with the terms
 * of one pixel; `b` has a row of 8 a term and 8 rows a panel. Of the panel `units` are in use.
 */
// @ts-ignore: decorator
@inline
function product(a: usize, b: usize, start: usize, c: usize, count: i32, pixels: i32, stride: usize, rows: i32, units: i32, high: i32): void {
  const half = high && units <= HALF;
  const height = half ? HALF_ROWS : HIGH;
  // What is left for low tiles: high ones need a multiple of 4 and of their own height.
  let low = half ? rows % HALF_ROWS : ((rows / LOW) % (HIGH == 6 ? 3 : 5)) * LOW;
  if (!high) low = rows;
  const between = a + <usize>(rows - low) * ROW;
  const end = a + <usize>rows * ROW;
  for (; a < between; a += <usize>height * ROW) {
    if (half) halfTile(a, b, start, c, count, pixels, stride);
    else highTile(a, b, start, c, count, pixels, stride);
    c += <usize>height * ROW;
  }
  for (; a < end; a += LOW * ROW) {
    lowTile(a, b, start, c, count, pixels, stride);
    c += LOW * ROW;
  }
}

/** As many rows as fit: six, or five without the last. */
function highTile(a: usize, b: usize, start: usize, c: usize, count: i32, pixels: i32, stride: usize): void {
  const start0 = start ? v128.load(start) : f32x4.splat(0);
  const start1 = start ? v128.load(start, 16) : f32x4.splat(0);
  let s00 = start0, s01 = start1, s10 = start0, s11 = start1, s20 = start0, s21 = start1;
  let s30 = start0, s31 = start1, s40 = start0, s41 = start1, s50 = start0, s51 = start1;
  const full = (count >> 3) * pixels;
  const lines = ((count + 7) >> 3) * pixels;
  for (let line = 0; line < lines; line++) {
    let weight = b;
    let value = a;
    const end = value + <usize>(line < full ? 8 : count & 7) * 4;
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
      v = v128.load32_splat(value, 128);
      s40 = madd(v, w0, s40);
      s41 = madd(v, w1, s41);
      if (HIGH == 6) {
        v = v128.load32_splat(value, 160);
        s50 = madd(v, w0, s50);
        s51 = madd(v, w1, s51);
      }
      weight += ROW;
      value += 4;
    } while (value < end);
    a += stride;
    b += 8 * ROW;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c, s10, 32);
  v128.store(c, s11, 48);
  v128.store(c, s20, 64);
  v128.store(c, s21, 80);
  v128.store(c, s30, 96);
  v128.store(c, s31, 112);
  v128.store(c, s40, 128);
  v128.store(c, s41, 144);
  if (HIGH < 6) return;
  v128.store(c, s50, 160);
  v128.store(c, s51, 176);
}

/** Four rows. */
function lowTile(a: usize, b: usize, start: usize, c: usize, count: i32, pixels: i32, stride: usize): void {
  const start0 = start ? v128.load(start) : f32x4.splat(0);
  const start1 = start ? v128.load(start, 16) : f32x4.splat(0);
  let s00 = start0, s01 = start1, s10 = start0, s11 = start1, s20 = start0, s21 = start1;
  let s30 = start0, s31 = start1;
  const full = (count >> 3) * pixels;
  const lines = ((count + 7) >> 3) * pixels;
  for (let line = 0; line < lines; line++) {
    let weight = b;
    let value = a;
    const end = value + <usize>(line < full ? 8 : count & 7) * 4;
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
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c, s10, 32);
  v128.store(c, s11, 48);
  v128.store(c, s20, 64);
  v128.store(c, s21, 80);
  v128.store(c, s30, 96);
  v128.store(c, s31, 112);
}

/** Eight rows of the first four units. */
function halfTile(a: usize, b: usize, start: usize, c: usize, count: i32, pixels: i32, stride: usize): void {
  const start0 = start ? v128.load(start) : f32x4.splat(0);
  let s0 = start0, s1 = start0, s2 = start0, s3 = start0, s4 = start0, s5 = start0, s6 = start0, s7 = start0;
  const full = (count >> 3) * pixels;
  const lines = ((count + 7) >> 3) * pixels;
  for (let line = 0; line < lines; line++) {
    let weight = b;
    let value = a;
    const end = value + <usize>(line < full ? 8 : count & 7) * 4;
    do {
      const w = v128.load(weight);
      s0 = madd(v128.load32_splat(value), w, s0);
      s1 = madd(v128.load32_splat(value, 32), w, s1);
      s2 = madd(v128.load32_splat(value, 64), w, s2);
      s3 = madd(v128.load32_splat(value, 96), w, s3);
      s4 = madd(v128.load32_splat(value, 128), w, s4);
      s5 = madd(v128.load32_splat(value, 160), w, s5);
      s6 = madd(v128.load32_splat(value, 192), w, s6);
      s7 = madd(v128.load32_splat(value, 224), w, s7);
      weight += ROW;
      value += 4;
    } while (value < end);
    a += stride;
    b += 8 * ROW;
  }
  // Lanes that pad must be finite.
  const zero = f32x4.splat(0);
  v128.store(c, s0);
  v128.store(c, zero, 16);
  v128.store(c, s1, 32);
  v128.store(c, zero, 48);
  v128.store(c, s2, 64);
  v128.store(c, zero, 80);
  v128.store(c, s3, 96);
  v128.store(c, zero, 112);
  v128.store(c, s4, 128);
  v128.store(c, zero, 144);
  v128.store(c, s5, 160);
  v128.store(c, zero, 176);
  v128.store(c, s6, 192);
  v128.store(c, zero, 208);
  v128.store(c, s7, 224);
  v128.store(c, zero, 240);
}

/** Gradients of the weights of three panels of inputs, 24 in all, to the eight units of a panel. */
function weightTriple(x: usize, dy: usize, out: usize, stride: usize, rows: i32): void {
  const second = x + stride;
  const third = second + stride;
  weightHigh(x, x + 8, x + 16, dy, out, rows);
  weightHigh(x + 24, second, second + 8, dy, out + 6 * ROW, rows);
  weightHigh(second + 16, second + 24, third, dy, out + 12 * ROW, rows);
  weightHigh(third + 8, third + 16, third + 24, dy, out + 18 * ROW, rows);
}

/** Gradients of six inputs' weights to the eight units of a panel; two inputs each lie at `x0`, `x1` and `x2`. */
function weightHigh(x0: usize, x1: usize, x2: usize, dy: usize, out: usize, rows: i32): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00;
  let s30 = s00, s31 = s00, s40 = s00, s41 = s00, s50 = s00, s51 = s00;
  const end = dy + <usize>rows * ROW;
  do {
    const d0 = v128.load(dy);
    const d1 = v128.load(dy, 16);
    let v = v128.load32_splat(x0);
    s00 = madd(v, d0, s00);
    s01 = madd(v, d1, s01);
    v = v128.load32_splat(x0, 4);
    s10 = madd(v, d0, s10);
    s11 = madd(v, d1, s11);
    v = v128.load32_splat(x1);
    s20 = madd(v, d0, s20);
    s21 = madd(v, d1, s21);
    v = v128.load32_splat(x1, 4);
    s30 = madd(v, d0, s30);
    s31 = madd(v, d1, s31);
    v = v128.load32_splat(x2);
    s40 = madd(v, d0, s40);
    s41 = madd(v, d1, s41);
    v = v128.load32_splat(x2, 4);
    s50 = madd(v, d0, s50);
    s51 = madd(v, d1, s51);
    x0 += ROW;
    x1 += ROW;
    x2 += ROW;
    dy += ROW;
  } while (dy < end);
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out, s10, 32);
  v128.store(out, s11, 48);
  v128.store(out, s20, 64);
  v128.store(out, s21, 80);
  v128.store(out, s30, 96);
  v128.store(out, s31, 112);
  v128.store(out, s40, 128);
  v128.store(out, s41, 144);
  v128.store(out, s50, 160);
  v128.store(out, s51, 176);
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

/** Gradients of eight inputs' weights (fewer when `left` is less) to the first four units of a panel; 0 to the others. */
function weightHalf(x: usize, dy: usize, out: usize, rows: i32, left: i32): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  const end = dy + <usize>rows * ROW;
  do {
    const d = v128.load(dy);
    s0 = madd(v128.load32_splat(x), d, s0);
    s1 = madd(v128.load32_splat(x, 4), d, s1);
    s2 = madd(v128.load32_splat(x, 8), d, s2);
    s3 = madd(v128.load32_splat(x, 12), d, s3);
    s4 = madd(v128.load32_splat(x, 16), d, s4);
    s5 = madd(v128.load32_splat(x, 20), d, s5);
    s6 = madd(v128.load32_splat(x, 24), d, s6);
    s7 = madd(v128.load32_splat(x, 28), d, s7);
    x += ROW;
    dy += ROW;
  } while (dy < end);
  // What pads must stay 0.
  const zero = f32x4.splat(0);
  v128.store(out, s0);
  v128.store(out, zero, 16);
  if (left < 2) return;
  v128.store(out, s1, 32);
  v128.store(out, zero, 48);
  if (left < 3) return;
  v128.store(out, s2, 64);
  v128.store(out, zero, 80);
  if (left < 4) return;
  v128.store(out, s3, 96);
  v128.store(out, zero, 112);
  if (left < 5) return;
  v128.store(out, s4, 128);
  v128.store(out, zero, 144);
  if (left < 6) return;
  v128.store(out, s5, 160);
  v128.store(out, zero, 176);
  if (left < 7) return;
  v128.store(out, s6, 192);
  v128.store(out, zero, 208);
  if (left < 8) return;
  v128.store(out, s7, 224);
  v128.store(out, zero, 240);
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
