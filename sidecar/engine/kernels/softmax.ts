/**
 * Softmax over the channels of each pixel of each example: y = e^(x - largest) / sum. What belongs together lies across
 * panels, so both ways take two calls: one whose range counts rows (pixels and examples, `first` to `last` of all that a
 * panel holds) and leaves one float32 a row, then one over panels.
 */
import { ROW, lanesBelow } from './vector';
import { addLanes, exponentials, rowMaximum } from './rows';

/** Writes e^(x - largest) into y, 0 behind the last unit, and 1 / sum of it for each row. */
export function softmaxExponentials(first: i32, last: i32, x: usize, y: usize, stride: usize, units: i32, inverse: usize): void {
  for (let r = <usize>first; r < <usize>last; r++) {
    const at = r * ROW;
    const largest = rowMaximum(x + at, stride, units);
    store<f32>(inverse + r * 4, 1 / exponentials(x + at, y + at, stride, units, largest));
  }
}

/** y *= inverse of its row. */
export function softmaxScale(first: i32, last: i32, y: usize, stride: usize, rows: i32, inverse: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    let at = y + p * stride;
    for (let r = inverse; r < inverse + <usize>rows * 4; r += 4) {
      const factor = v128.load32_splat(r);
      v128.store(at, f32x4.mul(v128.load(at), factor));
      v128.store(at, f32x4.mul(v128.load(at, 16), factor), 16);
      at += ROW;
    }
  }
}

/** Sum over the channels of y dy, for each row. */
export function softmaxDots(first: i32, last: i32, y: usize, dy: usize, stride: usize, units: i32, dots: usize): void {
  for (let r = <usize>first; r < <usize>last; r++) {
    let at = r * ROW;
    let sum0 = f32x4.splat(0), sum1 = sum0;
    for (let left = units; left > 0; left -= 8) {
      const product = f32x4.mul(v128.load(y + at), v128.load(dy + at));
      sum0 = f32x4.add(sum0, v128.and(product, lanesBelow(left)));
      const other = f32x4.mul(v128.load(y + at, 16), v128.load(dy + at, 16));
      sum1 = f32x4.add(sum1, v128.and(other, lanesBelow(left - 4)));
      at += stride;
    }
    store<f32>(dots + r * 4, addLanes(f32x4.add(sum0, sum1)));
  }
}

/** dx = y (dy - dot of its row); behind the last unit y is 0. */
export function softmaxBackward(first: i32, last: i32, y: usize, dy: usize, dx: usize, stride: usize, rows: i32, dots: usize): void {
  for (let p = <usize>first; p < <usize>last; p++) {
    let at = p * stride;
    for (let r = dots; r < dots + <usize>rows * 4; r += 4) {
      const dot = v128.load32_splat(r);
      v128.store(dx + at, f32x4.mul(v128.load(y + at), f32x4.sub(v128.load(dy + at), dot)));
      v128.store(dx + at, f32x4.mul(v128.load(y + at, 16), f32x4.sub(v128.load(dy + at, 16), dot)), 16);
      at += ROW;
    }
  }
}
