/** What is computed over the units of one row, across panels. */
import { ROW, exp, lanesBelow } from './vector';

export function rowMaximum(row: usize, stride: usize, units: i32): f32 {
  const lowest = f32x4.splat(-Infinity);
  let most = lowest;
  for (let left = units; left > 0; left -= 8) {
    most = f32x4.pmax(most, v128.bitselect(v128.load(row), lowest, lanesBelow(left)));
    most = f32x4.pmax(most, v128.bitselect(v128.load(row, 16), lowest, lanesBelow(left - 4)));
    row += stride;
  }
  return max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
}

/** e^(z - largest) of a row into `out`, 0 behind the last unit; returns the sum. */
export function exponentials(row: usize, out: usize, stride: usize, units: i32, largest: f32): f32 {
  const shift = f32x4.splat(largest);
  let sum = f32x4.splat(0);
  for (let left = units; left > 0; left -= 8) {
    const e0 = v128.and(exp(f32x4.sub(v128.load(row), shift)), lanesBelow(left));
    const e1 = v128.and(exp(f32x4.sub(v128.load(row, 16), shift)), lanesBelow(left - 4));
    v128.store(out, e0);
    v128.store(out, e1, 16);
    sum = f32x4.add(sum, f32x4.add(e0, e1));
    row += stride;
    out += stride;
  }
  return addLanes(sum);
}

// @ts-ignore: decorator
@inline
export function addLanes(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}
