/**
 * The gradients of a convolution's parameters, and what its weights become on the way: transposed for the gradient of
 * the input, spread over bands and gathered from them where there are groups. Layouts are those of conv.ts.
 */
import { BLOCK, ROW, high, low, madd, narrow } from './vector';
import { WEIGHTS, bandStart } from './conv';

/**
 * dw[o][tap][c] = sum over pixels and examples of dy[pixel][r][o] x[tap][r][c]: a line of pixels in float32, then line is
 * added to line. The range counts the blocks of weights, `[filters / 8][band][tap]`. `rectangles` has four u32 a tap, the
 * output pixels whose tap lies inside the image: offset of the first one's input pixel, its own offset, lines and
 * columns. From a line to the next are `xLine` bytes of x and `yLine` of dy, from a column to the next `xColumn` and
 * `pixel`. `rows` are the examples.
 */
export function convWeightGradient(first: i32, last: i32, x: usize, dy: usize, dw: usize, rectangles: usize, wStride: usize, xStride: usize, yStride: usize, xLine: usize, yLine: usize, xColumn: usize, pixel: usize, rows: i32, taps: i32, inputs: i32, bands: i32, channels: i32, filters: i32, latest: i32): void {
  const blocks = bands * taps;
  // Where no example pads and columns are neighbours, a line is one long column.
  const whole = <usize>rows * ROW == pixel && xColumn == pixel;
  for (let unit = first; unit < last; unit++) {
    const p = unit / blocks;
    const block = unit % blocks;
    const q = bandStart(p, channels, filters, latest) + block / taps;
    const rectangle = rectangles + <usize>(block % taps) * 16;
    const seen = min(8, inputs - 8 * q);
    const out = dw + <usize>p * wStride + <usize>block * WEIGHTS;
    // The last panel of a kernel of one tap has no weights for channels that pad.
    memory.fill(out, 0, taps > 1 ? WEIGHTS : <usize>seen * ROW);
    let source = x + <usize>q * xStride + load<u32>(rectangle);
    let gradient = dy + <usize>p * yStride + load<u32>(rectangle, 4);
    const columns = load<i32>(rectangle, 12);
    for (let lines = load<i32>(rectangle, 8); lines > 0; lines--) {
      const length = whole ? columns * rows : rows;
      const count = whole ? 1 : columns;
      run(source, gradient, out, seen, count, xColumn, pixel, length);
      if (seen > 4) run(source + 16, gradient, out + 4 * ROW, seen - 4, count, xColumn, pixel, length);
      source += xLine;
      gradient += yLine;
    }
  }
}

/** As `convWeightGradient` for an input in planes. The range counts the taps of each panel; `plane` is its bytes. */
export function convPlanesWeightGradient(first: i32, last: i32, x: usize, dy: usize, dw: usize, rectangles: usize, wStride: usize, plane: usize, yStride: usize, xLine: usize, yLine: usize, xColumn: usize, pixel: usize, rows: i32, taps: i32, inputs: i32): void {
  const whole = <usize>rows * ROW == pixel && xColumn == pixel / 8;
  for (let unit = first; unit < last; unit++) {
    const p = unit / taps;
    const tap = unit % taps;
    const rectangle = rectangles + <usize>tap * 16;
    const out = dw + <usize>p * wStride + <usize>tap * WEIGHTS;
    memory.fill(out, 0, taps > 1 ? WEIGHTS : <usize>inputs * ROW);
    let source = x + load<u32>(rectangle);
    let gradient = dy + <usize>p * yStride + load<u32>(rectangle, 4);
    const columns = load<i32>(rectangle, 12);
    for (let lines = load<i32>(rectangle, 8); lines > 0; lines--) {
      for (let c = 0; c < inputs; c++) {
        const channel = source + <usize>c * plane;
        const weight = out + <usize>c * ROW;
        if (whole) planesRun(channel, gradient, weight, 1, xColumn, pixel, columns * rows);
        else planesRun(channel, gradient, weight, columns, xColumn, pixel, rows);
      }
      source += xLine;
      gradient += yLine;
    }
  }
}

/**
 * db[o] = sum over pixels and examples of dy, in float64 from blocks of 32. Panels are those of the output;
 * each of the `pixels` has `rows` examples, and `pixelRows` with those that pad.
 */
export function convBiasGradient(first: i32, last: i32, dy: usize, db: usize, stride: usize, rows: i32, pixels: i32, pixelRows: i32): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    let a0 = f64x2.splat(0), a1 = a0, a2 = a0, a3 = a0;
    let start = dy + p * stride;
    for (let left = pixels; left > 0; left--) {
      const end = start + <usize>rows * ROW;
      for (let row = start; row < end; ) {
        const stop = min(end, row + <usize>BLOCK * ROW);
        let s0 = f32x4.splat(0), s1 = s0;
        do {
          s0 = f32x4.add(s0, v128.load(row));
          s1 = f32x4.add(s1, v128.load(row, 16));
          row += ROW;
        } while (row < stop);
        a0 = f64x2.add(a0, low(s0));
        a1 = f64x2.add(a1, high(s0));
        a2 = f64x2.add(a2, low(s1));
        a3 = f64x2.add(a3, high(s1));
      }
      start += <usize>pixelRows * ROW;
    }
    v128.store(db + p * ROW, narrow(a0, a1));
    v128.store(db + p * ROW, narrow(a2, a3), 16);
  }
}

/**
 * Weights as `[channels / 8][band of filters][tap][8 filters][8 channels]`, what `convolve` takes for the way back.
 * Panels are those of the input. `bands` and `backBands` are the panels in a band.
 */
export function convTranspose(first: i32, last: i32, w: usize, out: usize, wStride: usize, taps: i32, inputs: i32, bands: i32, latest: i32, backBands: i32, backLatest: i32, channels: i32, filters: i32): void {
  for (let p = first; p < last; p++) {
    const seen = min(8, inputs - 8 * p);
    const from = bandStart(p, filters, channels, backLatest);
    for (let q = 0; q < backBands; q++) {
      const band = p - bandStart(from + q, channels, filters, latest);
      const rows = band >= 0 && band < bands ? seen : 0;
      let source = w + <usize>(from + q) * wStride + <usize>(band * taps) * WEIGHTS;
      let target = out + <usize>((p * backBands + q) * taps) * WEIGHTS;
      for (let tap = 0; tap < taps; tap++) {
        transposeBlock(source, target, rows);
        source += WEIGHTS;
        target += WEIGHTS;
      }
    }
  }
}

/**
 * From weights as they are kept, where a filter's channels are counted within its group, to bands. Panels are those of
 * the output.
 */
export function convSpread(first: i32, last: i32, w: usize, out: usize, wStride: usize, outStride: usize, taps: i32, bands: i32, channels: i32, filters: i32, latest: i32): void {
  for (let p = first; p < last; p++) {
    const from = 8 * bandStart(p, channels, filters, latest);
    for (let c = 0; c < 8 * bands; c++) {
      for (let tap = 0; tap < taps; tap++) {
        const target = out + <usize>p * outStride + weightRow(c, tap, taps);
        for (let lane = 0; lane < 8; lane++) {
          const channel = from + c - (8 * p + lane) / filters * channels;
          const inside = channel >= 0 && channel < channels;
          const source = w + <usize>p * wStride + weightRow(channel, tap, taps);
          store<f32>(target + <usize>lane * 4, inside ? load<f32>(source + <usize>lane * 4) : 0);
        }
      }
    }
  }
}

/** The way back for gradients: what lies between different groups is left out. `outputs` filters there are. */
export function convGather(first: i32, last: i32, dwBands: usize, dw: usize, bandStride: usize, wStride: usize, taps: i32, outputs: i32, channels: i32, filters: i32, latest: i32): void {
  for (let p = first; p < last; p++) {
    const from = 8 * bandStart(p, channels, filters, latest);
    memory.fill(dw + <usize>p * wStride, 0, wStride);
    for (let lane = 0; lane < min(8, outputs - 8 * p); lane++) {
      const start = (8 * p + lane) / filters * channels - from;
      for (let c = 0; c < channels; c++) {
        for (let tap = 0; tap < taps; tap++) {
          const source = dwBands + <usize>p * bandStride + weightRow(start + c, tap, taps);
          const target = dw + <usize>p * wStride + weightRow(c, tap, taps);
          store<f32>(target + <usize>lane * 4, load<f32>(source + <usize>lane * 4));
        }
      }
    }
  }
}

/** Offset of a channel's weights in a panel. */
// @ts-ignore: decorator
@inline
function weightRow(channel: i32, tap: i32, taps: i32): usize {
  return <usize>((channel >> 3) * taps + tap) * WEIGHTS + <usize>(channel & 7) * ROW;
}

/** Adds one line's share of the gradients of four channels (fewer when `left` is less) to those of eight filters. */
function run(x: usize, dy: usize, out: usize, left: i32, columns: i32, xColumn: usize, pixel: usize, rows: i32): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (let column = columns; column > 0; column--) {
    let value = x;
    let weight = dy;
    const end = dy + <usize>rows * ROW;
    do {
      const w0 = v128.load(weight);
      const w1 = v128.load(weight, 16);
      let v = v128.load32_splat(value);
      s00 = madd(v, w0, s00);
      s01 = madd(v, w1, s01);
      v = v128.load32_splat(value, 4);
      s10 = madd(v, w0, s10);
      s11 = madd(v, w1, s11);
      v = v128.load32_splat(value, 8);
      s20 = madd(v, w0, s20);
      s21 = madd(v, w1, s21);
      v = v128.load32_splat(value, 12);
      s30 = madd(v, w0, s30);
      s31 = madd(v, w1, s31);
      value += ROW;
      weight += ROW;
    } while (weight < end);
    x += xColumn;
    dy += pixel;
  }
  accumulate(out, s00, s01);
  if (left < 2) return;
  accumulate(out + ROW, s10, s11);
  if (left < 3) return;
  accumulate(out + 2 * ROW, s20, s21);
  if (left < 4) return;
  accumulate(out + 3 * ROW, s30, s31);
}

/** As `run` for a single channel: four examples at a time, so that as many sums are under way. */
function planesRun(x: usize, dy: usize, out: usize, columns: i32, xColumn: usize, pixel: usize, rows: i32): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (let column = columns; column > 0; column--) {
    let value = x;
    let row = dy;
    const end = dy + <usize>rows * ROW;
    for (const whole = dy + <usize>(rows & ~3) * ROW; row < whole; row += 4 * ROW) {
      let v = v128.load32_splat(value);
      s00 = madd(v, v128.load(row), s00);
      s01 = madd(v, v128.load(row, 16), s01);
      v = v128.load32_splat(value, 4);
      s10 = madd(v, v128.load(row, 32), s10);
      s11 = madd(v, v128.load(row, 48), s11);
      v = v128.load32_splat(value, 8);
      s20 = madd(v, v128.load(row, 64), s20);
      s21 = madd(v, v128.load(row, 80), s21);
      v = v128.load32_splat(value, 12);
      s30 = madd(v, v128.load(row, 96), s30);
      s31 = madd(v, v128.load(row, 112), s31);
      value += 16;
    }
    for (; row < end; row += ROW) {
      const v = v128.load32_splat(value);
      s00 = madd(v, v128.load(row), s00);
      s01 = madd(v, v128.load(row, 16), s01);
      value += 4;
    }
    x += xColumn;
    dy += pixel;
  }
  const half0 = f32x4.add(f32x4.add(s00, s10), f32x4.add(s20, s30));
  const half1 = f32x4.add(f32x4.add(s01, s11), f32x4.add(s21, s31));
  accumulate(out, half0, half1);
}

// @ts-ignore: decorator
@inline
function accumulate(out: usize, half0: v128, half1: v128): void {
  v128.store(out, f32x4.add(v128.load(out), half0));
  v128.store(out, f32x4.add(v128.load(out, 16), half1), 16);
}

/** A block of eight by eight; behind the first `rows` rows its columns are 0. */
function transposeBlock(w: usize, out: usize, rows: i32): void {
  const zero = f32x4.splat(0);
  for (let k: usize = 0; k < 8; k += 4) {
    const left = rows - <i32>k;
    for (let half: usize = 0; half < 2; half++) {
      const source = w + k * ROW + half * 16;
      const a = left > 0 ? v128.load(source) : zero;
      const b = left > 1 ? v128.load(source, 32) : zero;
      const c = left > 2 ? v128.load(source, 64) : zero;
      const d = left > 3 ? v128.load(source, 96) : zero;
      const ab0 = i32x4.shuffle(a, b, 0, 4, 1, 5);
      const ab1 = i32x4.shuffle(a, b, 2, 6, 3, 7);
      const cd0 = i32x4.shuffle(c, d, 0, 4, 1, 5);
      const cd1 = i32x4.shuffle(c, d, 2, 6, 3, 7);
      const target = out + half * 4 * ROW + k * 4;
      v128.store(target, i64x2.shuffle(ab0, cd0, 0, 2));
      v128.store(target, i64x2.shuffle(ab0, cd0, 1, 3), 32);
      v128.store(target, i64x2.shuffle(ab1, cd1, 0, 2), 64);
      v128.store(target, i64x2.shuffle(ab1, cd1, 1, 3), 96);
    }
  }
}
