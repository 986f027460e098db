/**
 * Convolutions of three by three taps with fewer multiplications: F(4x4, 3x3) of Winograd, as Lavin and Gray have it in
 * "Fast Algorithms for Convolutional Neural Networks" (2015). Four by four pixels of the output, a tile, come from six by
 * six of the input, its window, by 36 products a pair of channels in place of 144. With the matrices below
 *
 *   forward and gradient of the input:  y = A^T (sum over channels of (G w G^T) (B^T x B)) A
 *   gradient of the weights:            dw = G^T (sum over tiles of (A dy A^T) (B^T x B)) G
 *
 * where products go element by element: 36 matrix products, over channels or over tiles and examples. The polynomials
 * behind A, B and G are evaluated at 0, +-a, +-b and infinity with a = 5/8 and b = 3/2, where errors are twice those of
 * the direct sum; at the customary 1 and 2 they are four times as large again.
 *
 * Stride and dilation are 1, and there are no groups. A block of the work is one tile of at most 16 examples, whose
 * transformed window stays in the cache: `[panel][6][6][16 examples][8]`. Outside the image a window has zeros, and what
 * a tile has there is not stored. `scratch` is memory that no other thread uses meanwhile.
 */
import { ROW, madd, nmadd } from './vector';
import { WEIGHTS } from './conv';

/** Examples in a block, and the bytes from one value of a transformed window to the next, to the next line, of it all. */
const EXAMPLES: i32 = 16;
const STEP: usize = <usize>EXAMPLES * ROW;
const LINE: usize = 6 * STEP;
const WINDOW: usize = 6 * LINE;

/** Bytes of the transformed weights between eight channels and eight filters. */
const FILTERS: usize = 36 * WEIGHTS;

/** Powers of a and b; in memory for the reason vector.ts gives. */
const POINTS = memory.data<f32>([
  // a, a^2, a^3; b, b^2, b^3; a^2 + b^2 and a^2 b^2.
  0.625, 0.390625, 0.244140625, 1.5, 2.25, 3.375, 2.640625, 0.87890625,
], 16);

/** G without its zeros and ones: 1 / (a^2 b^2); 1, a and a^2 by 2 a^2 (a^2 - b^2); 1, b and b^2 by 2 b^2 (b^2 - a^2). */
const FILTER = memory.data<f32>([
  1.1377777777777778, -0.6884033613445378, -0.43025210084033616, -0.26890756302521013,
  0.11951447245564893, 0.1792717086834734, 0.2689075630252101,
], 16);

/**
 * Blocks of weights, `[9][8 channels][8 filters]`, transformed to `[6][6][8][8]`; `bands` blocks are a panel of the range.
 * Taps are read from the last to the first where `turned`, which is what the gradient of the input takes.
 */
export function winogradWeights(first: i32, last: i32, w: usize, u: usize, bands: i32, turned: i32): void {
  const start: usize = turned ? 8 * WEIGHTS : 0;
  const tap: usize = turned ? -WEIGHTS : WEIGHTS;
  for (let block = <usize>(first * bands); block < <usize>(last * bands); block++) {
    const source = w + block * 9 * WEIGHTS + start;
    const target = u + block * FILTERS;
    for (let at: usize = 0; at < WEIGHTS; at += 16) {
      for (let column: usize = 0; column < 3; column++) {
        filter(source + at + column * tap, 3 * tap, target + at + column * WEIGHTS, 6 * WEIGHTS);
      }
      for (let line: usize = 0; line < 6; line++) {
        const place = target + at + line * 6 * WEIGHTS;
        filter(place, WEIGHTS, place, WEIGHTS);
      }
    }
  }
}

/**
 * y = x convolved with the transformed weights `u`, `[outputs][bands][6][6][8][8]`, plus the bias, which is 0 for none.
 * The range counts the blocks: tile by tile, in each 16 examples after the other. Images of x have `xHeight` by `xWidth`
 * pixels of `pixel` bytes, `top` and `left` zeros are before them, those of y `height` by `width`; `inputs` channels come
 * in, `outputs` panels go out. `scratch` holds 2 STEP and a transformed window of all panels of x and of one of y.
 */
export function winogradConvolve(first: i32, last: i32, scratch: usize, x: usize, u: usize, bias: usize, y: usize, xHeight: i32, xWidth: i32, height: i32, width: i32, top: i32, left: i32, pixel: usize, inputs: i32, outputs: i32): void {
  const bands = (inputs + 7) >> 3;
  const zero = scratch;
  const spare = zero + STEP;
  const window = spare + STEP;
  const tile = window + <usize>bands * WINDOW;
  const xStride = <usize>(xHeight * xWidth) * pixel;
  const yStride = <usize>(height * width) * pixel;
  const chunks = <i32>((pixel + STEP - 1) / STEP);
  const across = (width + 3) >> 2;
  memory.fill(zero, 0, STEP);
  for (let unit = first; unit < last; unit++) {
    const at = <usize>(unit % chunks) * STEP;
    const bytes = min(STEP, pixel - at);
    const line = unit / chunks / across * 4;
    const column = unit / chunks % across * 4;
    for (let q = <usize>0; q < <usize>bands; q++) {
      transformWindow(x + q * xStride + at, window + q * WINDOW, bytes, line - top, column - left, xHeight, xWidth, pixel, zero);
    }
    for (let p = <usize>0; p < <usize>outputs; p++) {
      let weights = u + p * bands * FILTERS;
      for (let place: usize = 0; place < WINDOW; place += STEP) {
        product(window + place, weights, tile + place, bytes, inputs);
        weights += WEIGHTS;
      }
      storeTile(tile, y + p * yStride + at, bytes, line, column, height, width, pixel, spare, bias ? bias + p * ROW : 0);
    }
  }
}

/**
 * Gradient of the weights, dw; `du` is memory for those of transformed weights, laid out as `u`. The
 * range counts pairs of a panel of dy and one of x. `scratch` holds STEP and a transformed window of all panels of x and
 * of one of dy; of each pixel's `pixel` bytes `rows` rows are examples. Otherwise as `winogradConvolve` with dy for y.
 */
export function winogradWeightGradient(first: i32, last: i32, scratch: usize, x: usize, dy: usize, du: usize, dw: usize, xHeight: i32, xWidth: i32, height: i32, width: i32, top: i32, left: i32, pixel: usize, rows: i32, inputs: i32): void {
  const bands = (inputs + 7) >> 3;
  const zero = scratch;
  const window = zero + STEP;
  const tile = window + <usize>bands * WINDOW;
  const xStride = <usize>(xHeight * xWidth) * pixel;
  const yStride = <usize>(height * width) * pixel;
  const used = <usize>rows * ROW;
  // The panels of x that the range is about, where it is about one panel of dy.
  const alone = first / bands == (last - 1) / bands;
  const from = alone ? first % bands : 0;
  const to = alone ? (last - 1) % bands : bands - 1;
  memory.fill(zero, 0, STEP);
  memory.fill(du + <usize>first * FILTERS, 0, <usize>(last - first) * FILTERS);
  for (let line = 0; line < height; line += 4) {
    for (let column = 0; column < width; column += 4) {
      for (let at: usize = 0; at < used; at += STEP) {
        const bytes = min(STEP, used - at);
        for (let q = from; q <= to; q++) {
          transformWindow(x + <usize>q * xStride + at, window + <usize>q * WINDOW, bytes, line - top, column - left, xHeight, xWidth, pixel, zero);
        }
        let panel = -1;
        for (let unit = first; unit < last; unit++) {
          const p = unit / bands;
          if (p != panel) transformTile(dy + <usize>p * yStride + at, tile, bytes, line, column, height, width, pixel, zero);
          panel = p;
          correlate(window + <usize>(unit % bands) * WINDOW, tile, du + <usize>unit * FILTERS, bytes);
        }
      }
    }
  }
  for (let unit = first; unit < last; unit++) {
    storeWeights(du + <usize>unit * FILTERS, dw + <usize>unit * 9 * WEIGHTS, inputs - unit % bands * 8);
  }
}

/** B^T x B of one panel: columns first, then lines in place. The window begins at `line` and `column` of the image. */
function transformWindow(x: usize, out: usize, bytes: usize, line: i32, column: i32, height: i32, width: i32, pixel: usize, zero: usize): void {
  for (let j = 0; j < 6; j++) {
    const x0 = pixelAt(x, line, column + j, height, width, pixel, zero);
    const x1 = pixelAt(x, line + 1, column + j, height, width, pixel, zero);
    const x2 = pixelAt(x, line + 2, column + j, height, width, pixel, zero);
    const x3 = pixelAt(x, line + 3, column + j, height, width, pixel, zero);
    const x4 = pixelAt(x, line + 4, column + j, height, width, pixel, zero);
    const x5 = pixelAt(x, line + 5, column + j, height, width, pixel, zero);
    windowColumn(x0, x1, x2, x3, x4, x5, out + <usize>j * STEP, bytes);
  }
  for (let i: usize = 0; i < 6; i++) windowLine(out + i * LINE, bytes);
}

/** A dy A^T of one panel, in the same way. */
function transformTile(dy: usize, out: usize, bytes: usize, line: i32, column: i32, height: i32, width: i32, pixel: usize, zero: usize): void {
  for (let j = 0; j < 4; j++) {
    const y0 = pixelAt(dy, line, column + j, height, width, pixel, zero);
    const y1 = pixelAt(dy, line + 1, column + j, height, width, pixel, zero);
    const y2 = pixelAt(dy, line + 2, column + j, height, width, pixel, zero);
    const y3 = pixelAt(dy, line + 3, column + j, height, width, pixel, zero);
    tileColumn(y0, y1, y2, y3, out + <usize>j * STEP, bytes);
  }
  for (let i: usize = 0; i < 6; i++) tileLine(out + i * LINE, bytes);
}

/** A^T m A of one panel: columns in place, then lines to the pixels of y, or `spare` for those outside. */
function storeTile(m: usize, y: usize, bytes: usize, line: i32, column: i32, height: i32, width: i32, pixel: usize, spare: usize, bias: usize): void {
  for (let j: usize = 0; j < 6; j++) sumColumn(m + j * STEP, bytes);
  for (let i = 0; i < min(4, height - line); i++) {
    const y0 = pixelAt(y, line + i, column, height, width, pixel, spare);
    const y1 = pixelAt(y, line + i, column + 1, height, width, pixel, spare);
    const y2 = pixelAt(y, line + i, column + 2, height, width, pixel, spare);
    const y3 = pixelAt(y, line + i, column + 3, height, width, pixel, spare);
    const start0 = bias ? v128.load(bias) : f32x4.splat(0);
    const start1 = bias ? v128.load(bias, 16) : f32x4.splat(0);
    sumLine(m + <usize>i * LINE, y0, y1, y2, y3, start0, start1, bytes);
  }
}

/** G^T du G; behind the first `channels` channels weights are 0. */
function storeWeights(du: usize, dw: usize, channels: i32): void {
  for (let at: usize = 0; at < WEIGHTS; at += 16) {
    if (<i32>(at / ROW) >= channels) {
      for (let tap: usize = 0; tap < 9; tap++) v128.store(dw + at + tap * WEIGHTS, f32x4.splat(0));
      continue;
    }
    for (let column: usize = 0; column < 6; column++) {
      const place = du + at + column * WEIGHTS;
      filterGradient(place, 6 * WEIGHTS, place, 6 * WEIGHTS);
    }
    for (let line: usize = 0; line < 3; line++) {
      filterGradient(du + at + line * 6 * WEIGHTS, WEIGHTS, dw + at + line * 3 * WEIGHTS, WEIGHTS);
    }
  }
}

/** Where a pixel begins, or `outside` where the image ends. */
// @ts-ignore: decorator
@inline
function pixelAt(image: usize, line: i32, column: i32, height: i32, width: i32, pixel: usize, outside: usize): usize {
  const inside = <u32>line < <u32>height && <u32>column < <u32>width;
  return inside ? image + <usize>(line * width + column) * pixel : outside;
}

/** One of the 36 products for a panel of y: m[r][o] = sum over channels of v[r][c] u[c][o]. */
function product(v: usize, u: usize, m: usize, bytes: usize, inputs: i32): void {
  const end = m + bytes;
  do {
    let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
    let source = v;
    let weights = u;
    for (let left = inputs; left > 0; left -= 8) {
      let value = source;
      let weight = weights;
      const stop = value + <usize>min(left, 8) * 4;
      do {
        const w0 = v128.load(weight);
        const w1 = v128.load(weight, 16);
        let each = v128.load32_splat(value);
        s00 = madd(each, w0, s00);
        s01 = madd(each, w1, s01);
        each = v128.load32_splat(value, 32);
        s10 = madd(each, w0, s10);
        s11 = madd(each, w1, s11);
        each = v128.load32_splat(value, 64);
        s20 = madd(each, w0, s20);
        s21 = madd(each, w1, s21);
        each = v128.load32_splat(value, 96);
        s30 = madd(each, w0, s30);
        s31 = madd(each, w1, s31);
        weight += ROW;
        value += 4;
      } while (value < stop);
      source += WINDOW;
      weights += FILTERS;
    }
    v128.store(m, s00);
    v128.store(m, s01, 16);
    v128.store(m, s10, 32);
    v128.store(m, s11, 48);
    v128.store(m, s20, 64);
    v128.store(m, s21, 80);
    v128.store(m, s30, 96);
    v128.store(m, s31, 112);
    v += 4 * ROW;
    m += 4 * ROW;
  } while (m < end);
}

/** Adds a block's share of all 36 products for a panel of x and one of dy: du[c][o] += sum over r of v[r][c] t[r][o]. */
function correlate(v: usize, t: usize, du: usize, bytes: usize): void {
  for (const end = v + WINDOW; v < end; v += STEP) {
    for (let half: usize = 0; half < ROW; half += 16) {
      let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
      let value = v + half;
      let row = t;
      const stop = t + bytes;
      do {
        const w0 = v128.load(row);
        const w1 = v128.load(row, 16);
        let each = v128.load32_splat(value);
        s00 = madd(each, w0, s00);
        s01 = madd(each, w1, s01);
        each = v128.load32_splat(value, 4);
        s10 = madd(each, w0, s10);
        s11 = madd(each, w1, s11);
        each = v128.load32_splat(value, 8);
        s20 = madd(each, w0, s20);
        s21 = madd(each, w1, s21);
        each = v128.load32_splat(value, 12);
        s30 = madd(each, w0, s30);
        s31 = madd(each, w1, s31);
        value += ROW;
        row += ROW;
      } while (row < stop);
      v128.store(du, f32x4.add(v128.load(du), s00));
      v128.store(du, f32x4.add(v128.load(du, 16), s01), 16);
      v128.store(du, f32x4.add(v128.load(du, 32), s10), 32);
      v128.store(du, f32x4.add(v128.load(du, 48), s11), 48);
      v128.store(du, f32x4.add(v128.load(du, 64), s20), 64);
      v128.store(du, f32x4.add(v128.load(du, 80), s21), 80);
      v128.store(du, f32x4.add(v128.load(du, 96), s30), 96);
      v128.store(du, f32x4.add(v128.load(du, 112), s31), 112);
      du += 4 * ROW;
    }
    t += STEP;
  }
}

/** B^T down a column of six pixels, to a column of a transformed window. */
function windowColumn(x0: usize, x1: usize, x2: usize, x3: usize, x4: usize, x5: usize, out: usize, bytes: usize): void {
  const a = v128.load32_splat(POINTS);
  const aa = v128.load32_splat(POINTS, 4);
  const b = v128.load32_splat(POINTS, 12);
  const bb = v128.load32_splat(POINTS, 16);
  const sum = v128.load32_splat(POINTS, 24);
  const both = v128.load32_splat(POINTS, 28);
  for (const end = out + bytes; out < end; out += 16) {
    const v1 = v128.load(x1);
    const v2 = v128.load(x2);
    const v3 = v128.load(x3);
    const v4 = v128.load(x4);
    v128.store(out, madd(both, v128.load(x0), nmadd(sum, v2, v4)));
    v128.store(out, madd(both, v1, nmadd(sum, v3, v128.load(x5))), 5 * LINE);
    const evenA = nmadd(bb, v2, v4);
    const oddA = f32x4.mul(a, nmadd(bb, v1, v3));
    v128.store(out, f32x4.add(evenA, oddA), LINE);
    v128.store(out, f32x4.sub(evenA, oddA), 2 * LINE);
    const evenB = nmadd(aa, v2, v4);
    const oddB = f32x4.mul(b, nmadd(aa, v1, v3));
    v128.store(out, f32x4.add(evenB, oddB), 3 * LINE);
    v128.store(out, f32x4.sub(evenB, oddB), 4 * LINE);
    x0 += 16;
    x1 += 16;
    x2 += 16;
    x3 += 16;
    x4 += 16;
    x5 += 16;
  }
}

/** B^T along a line of a window, in place. */
function windowLine(v: usize, bytes: usize): void {
  const a = v128.load32_splat(POINTS);
  const aa = v128.load32_splat(POINTS, 4);
  const b = v128.load32_splat(POINTS, 12);
  const bb = v128.load32_splat(POINTS, 16);
  const sum = v128.load32_splat(POINTS, 24);
  const both = v128.load32_splat(POINTS, 28);
  for (const end = v + bytes; v < end; v += 16) {
    const v1 = v128.load(v, STEP);
    const v2 = v128.load(v, 2 * STEP);
    const v3 = v128.load(v, 3 * STEP);
    const v4 = v128.load(v, 4 * STEP);
    v128.store(v, madd(both, v128.load(v), nmadd(sum, v2, v4)));
    v128.store(v, madd(both, v1, nmadd(sum, v3, v128.load(v, 5 * STEP))), 5 * STEP);
    const evenA = nmadd(bb, v2, v4);
    const oddA = f32x4.mul(a, nmadd(bb, v1, v3));
    v128.store(v, f32x4.add(evenA, oddA), STEP);
    v128.store(v, f32x4.sub(evenA, oddA), 2 * STEP);
    const evenB = nmadd(aa, v2, v4);
    const oddB = f32x4.mul(b, nmadd(aa, v1, v3));
    v128.store(v, f32x4.add(evenB, oddB), 3 * STEP);
    v128.store(v, f32x4.sub(evenB, oddB), 4 * STEP);
  }
}

/** A down a column of four pixels. */
function tileColumn(y0: usize, y1: usize, y2: usize, y3: usize, out: usize, bytes: usize): void {
  const a = v128.load32_splat(POINTS);
  const aa = v128.load32_splat(POINTS, 4);
  const b = v128.load32_splat(POINTS, 12);
  const bb = v128.load32_splat(POINTS, 16);
  for (const end = out + bytes; out < end; out += 16) {
    const v0 = v128.load(y0);
    const v1 = v128.load(y1);
    const v2 = v128.load(y2);
    const v3 = v128.load(y3);
    v128.store(out, v0);
    v128.store(out, v3, 5 * LINE);
    const evenA = madd(aa, v2, v0);
    const oddA = f32x4.mul(a, madd(aa, v3, v1));
    v128.store(out, f32x4.add(evenA, oddA), LINE);
    v128.store(out, f32x4.sub(evenA, oddA), 2 * LINE);
    const evenB = madd(bb, v2, v0);
    const oddB = f32x4.mul(b, madd(bb, v3, v1));
    v128.store(out, f32x4.add(evenB, oddB), 3 * LINE);
    v128.store(out, f32x4.sub(evenB, oddB), 4 * LINE);
    y0 += 16;
    y1 += 16;
    y2 += 16;
    y3 += 16;
  }
}

/** A along a line of a tile, in place: four values become six. */
function tileLine(t: usize, bytes: usize): void {
  const a = v128.load32_splat(POINTS);
  const aa = v128.load32_splat(POINTS, 4);
  const b = v128.load32_splat(POINTS, 12);
  const bb = v128.load32_splat(POINTS, 16);
  for (const end = t + bytes; t < end; t += 16) {
    const v0 = v128.load(t);
    const v1 = v128.load(t, STEP);
    const v2 = v128.load(t, 2 * STEP);
    const v3 = v128.load(t, 3 * STEP);
    v128.store(t, v3, 5 * STEP);
    const evenA = madd(aa, v2, v0);
    const oddA = f32x4.mul(a, madd(aa, v3, v1));
    v128.store(t, f32x4.add(evenA, oddA), STEP);
    v128.store(t, f32x4.sub(evenA, oddA), 2 * STEP);
    const evenB = madd(bb, v2, v0);
    const oddB = f32x4.mul(b, madd(bb, v3, v1));
    v128.store(t, f32x4.add(evenB, oddB), 3 * STEP);
    v128.store(t, f32x4.sub(evenB, oddB), 4 * STEP);
  }
}

/** A^T down a column, in place: six values become four. */
function sumColumn(m: usize, bytes: usize): void {
  const a = v128.load32_splat(POINTS);
  const aa = v128.load32_splat(POINTS, 4);
  const aaa = v128.load32_splat(POINTS, 8);
  const b = v128.load32_splat(POINTS, 12);
  const bb = v128.load32_splat(POINTS, 16);
  const bbb = v128.load32_splat(POINTS, 20);
  for (const end = m + bytes; m < end; m += 16) {
    const m1 = v128.load(m, LINE);
    const m2 = v128.load(m, 2 * LINE);
    const m3 = v128.load(m, 3 * LINE);
    const m4 = v128.load(m, 4 * LINE);
    const evenA = f32x4.add(m1, m2);
    const oddA = f32x4.sub(m1, m2);
    const evenB = f32x4.add(m3, m4);
    const oddB = f32x4.sub(m3, m4);
    v128.store(m, f32x4.add(v128.load(m), f32x4.add(evenA, evenB)));
    v128.store(m, madd(b, oddB, f32x4.mul(a, oddA)), LINE);
    v128.store(m, madd(bb, evenB, f32x4.mul(aa, evenA)), 2 * LINE);
    v128.store(m, madd(bbb, oddB, madd(aaa, oddA, v128.load(m, 5 * LINE))), 3 * LINE);
  }
}

/** A^T along a line, and `start`: half the channels of four pixels. */
function sumLine(m: usize, y0: usize, y1: usize, y2: usize, y3: usize, start: v128, next: v128, bytes: usize): void {
  const a = v128.load32_splat(POINTS);
  const aa = v128.load32_splat(POINTS, 4);
  const aaa = v128.load32_splat(POINTS, 8);
  const b = v128.load32_splat(POINTS, 12);
  const bb = v128.load32_splat(POINTS, 16);
  const bbb = v128.load32_splat(POINTS, 20);
  for (const end = m + bytes; m < end; m += 16) {
    const m1 = v128.load(m, STEP);
    const m2 = v128.load(m, 2 * STEP);
    const m3 = v128.load(m, 3 * STEP);
    const m4 = v128.load(m, 4 * STEP);
    const evenA = f32x4.add(m1, m2);
    const oddA = f32x4.sub(m1, m2);
    const evenB = f32x4.add(m3, m4);
    const oddB = f32x4.sub(m3, m4);
    v128.store(y0, f32x4.add(start, f32x4.add(v128.load(m), f32x4.add(evenA, evenB))));
    v128.store(y1, madd(b, oddB, madd(a, oddA, start)));
    v128.store(y2, madd(bb, evenB, madd(aa, evenA, start)));
    v128.store(y3, f32x4.add(start, madd(bbb, oddB, madd(aaa, oddA, v128.load(m, 5 * STEP)))));
    const other = start;
    start = next;
    next = other;
    y0 += 16;
    y1 += 16;
    y2 += 16;
    y3 += 16;
  }
}

/** G: three values of four filters become six; places are `step` and `outStep` apart. */
// @ts-ignore: decorator
@inline
function filter(w: usize, step: usize, out: usize, outStep: usize): void {
  const w0 = v128.load(w);
  const w1 = v128.load(w + step);
  const w2 = v128.load(w + 2 * step);
  const evenA = madd(v128.load32_splat(FILTER, 12), w2, f32x4.mul(v128.load32_splat(FILTER, 4), w0));
  const oddA = f32x4.mul(v128.load32_splat(FILTER, 8), w1);
  const evenB = madd(v128.load32_splat(FILTER, 24), w2, f32x4.mul(v128.load32_splat(FILTER, 16), w0));
  const oddB = f32x4.mul(v128.load32_splat(FILTER, 20), w1);
  v128.store(out, f32x4.mul(v128.load32_splat(FILTER), w0));
  v128.store(out + outStep, f32x4.add(evenA, oddA));
  v128.store(out + 2 * outStep, f32x4.sub(evenA, oddA));
  v128.store(out + 3 * outStep, f32x4.add(evenB, oddB));
  v128.store(out + 4 * outStep, f32x4.sub(evenB, oddB));
  v128.store(out + 5 * outStep, w2);
}

/** G^T: six values of four filters become three. */
// @ts-ignore: decorator
@inline
function filterGradient(u: usize, step: usize, out: usize, outStep: usize): void {
  const u1 = v128.load(u + step);
  const u2 = v128.load(u + 2 * step);
  const u3 = v128.load(u + 3 * step);
  const u4 = v128.load(u + 4 * step);
  const evenA = f32x4.add(u1, u2);
  const oddA = f32x4.sub(u1, u2);
  const evenB = f32x4.add(u3, u4);
  const oddB = f32x4.sub(u3, u4);
  const sum0 = madd(v128.load32_splat(FILTER, 4), evenA, f32x4.mul(v128.load32_splat(FILTER, 16), evenB));
  const sum1 = madd(v128.load32_splat(FILTER, 8), oddA, f32x4.mul(v128.load32_splat(FILTER, 20), oddB));
  const sum2 = madd(v128.load32_splat(FILTER, 12), evenA, f32x4.mul(v128.load32_splat(FILTER, 24), evenB));
  const u0 = v128.load(u);
  const u5 = v128.load(u + 5 * step);
  v128.store(out, madd(v128.load32_splat(FILTER), u0, sum0));
  v128.store(out + outStep, sum1);
  v128.store(out + 2 * outStep, f32x4.add(sum2, u5));
}
