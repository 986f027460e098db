/**
 * Percentiles over the units of the live statistics, the band that charts draw: 15th, 50th and 85th as in figure 1 of the
 * paper (Ioffe and Szegedy 2015), by linear interpolation between order statistics.
 */
import { lanesBelow } from './vector';

/** Quantities that are sorted side by side, one a lane, and bytes of such a row of two vectors. */
const LANES: i32 = 8;
const SIDE: usize = 32;

/**
 * Three float32 for each of `count` quantities, from `out` on; all NaN where a value is NaN. `table` has two i32 for each
 * quantity, the address of its values and how many they are; the longest quantity comes first. `scratch` has room for its
 * length, rounded up to 4, of rows of eight.
 */
export function bands(first: i32, last: i32, table: usize, count: i32, scratch: usize, out: usize): void {
  for (let q = 0; q < count; q += LANES) {
    const lanes = min(LANES, count - q);
    const entry = table + <usize>q * 8;
    const longest = load<i32>(entry, 4);
    const lower = sideBySide(entry, lanes, longest, scratch);
    const unknown = lower | (sideBySide(entry + 4 * 8, lanes - 4, longest, scratch + 16) << 4);
    sortLanes(scratch, longest);
    for (let lane = 0; lane < lanes; lane++) {
      const sorted = scratch + <usize>lane * 4;
      const end = <f64>(load<i32>(entry + <usize>lane * 8, 4) - 1);
      const nan = (unknown >> lane) & 1;
      store<f32>(out, nan ? NaN : between(sorted, 0.15 * end));
      store<f32>(out, nan ? NaN : between(sorted, 0.5 * end), 4);
      store<f32>(out, nan ? NaN : between(sorted, 0.85 * end), 8);
      out += 12;
    }
  }
}

/**
 * Up to four quantities as half of the lanes of `longest` rows, with infinity behind the end of each and in lanes that are
 * left. Returns a bit for each lane that has a NaN.
 */
function sideBySide(entry: usize, lanes: i32, longest: i32, rows: usize): i32 {
  const infinite = f32x4.splat(Infinity);
  let unknown = i32x4.splat(0);
  for (let i = 0; i < longest; i += 4) {
    const a = lanes > 0 ? part(entry, i) : infinite;
    const b = lanes > 1 ? part(entry + 8, i) : infinite;
    const c = lanes > 2 ? part(entry + 16, i) : infinite;
    const d = lanes > 3 ? part(entry + 24, i) : infinite;
    const ab0 = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const ab1 = i32x4.shuffle(a, b, 2, 6, 3, 7);
    const cd0 = i32x4.shuffle(c, d, 0, 4, 1, 5);
    const cd1 = i32x4.shuffle(c, d, 2, 6, 3, 7);
    unknown = v128.or(unknown, row(rows, i64x2.shuffle(ab0, cd0, 0, 2)));
    unknown = v128.or(unknown, row(rows + SIDE, i64x2.shuffle(ab0, cd0, 1, 3)));
    unknown = v128.or(unknown, row(rows + 2 * SIDE, i64x2.shuffle(ab1, cd1, 0, 2)));
    unknown = v128.or(unknown, row(rows + 3 * SIDE, i64x2.shuffle(ab1, cd1, 1, 3)));
    rows += 4 * SIDE;
  }
  return i32x4.bitmask(unknown);
}

/** Four values of a quantity from the i-th on, infinity behind the last. */
// @ts-ignore: decorator
@inline
function part(entry: usize, i: i32): v128 {
  const left = load<i32>(entry, 4) - i;
  const infinite = f32x4.splat(Infinity);
  if (left <= 0) return infinite;
  return v128.bitselect(v128.load(<usize>load<i32>(entry) + <usize>i * 4), infinite, lanesBelow(left));
}

/** Stores half a row; ones in the lanes that are NaN. */
// @ts-ignore: decorator
@inline
function row(at: usize, values: v128): v128 {
  v128.store(at, values);
  return f32x4.ne(values, values);
}

/** Sorts `length` rows lane by lane: merge exchange (Knuth, volume 3, 5.2.2, algorithm M), the same steps whatever the values. */
function sortLanes(rows: usize, length: i32): void {
  if (length < 2) return;
  const half = 1 << (31 - clz(length - 1));
  for (let p = half; p > 0; p >>= 1) {
    let r = 0;
    let d = p;
    for (let q = half; ; q >>= 1) {
      // All i below length - d with (i & p) = r.
      for (let run = r; run < length - d; run += 2 * p) {
        exchange(rows + <usize>run * SIDE, <usize>d * SIDE, min(p, length - d - run));
      }
      if (q == p) break;
      d = q - p;
      r = p;
    }
  }
}

/** Puts each of `count` rows and the one `distance` bytes behind it in order. */
// @ts-ignore: decorator
@inline
function exchange(row: usize, distance: usize, count: i32): void {
  const end = row + <usize>count * SIDE;
  do {
    const a0 = v128.load(row);
    const a1 = v128.load(row, 16);
    const b0 = v128.load(row + distance);
    const b1 = v128.load(row + distance, 16);
    v128.store(row, f32x4.pmin(a0, b0));
    v128.store(row, f32x4.pmin(a1, b1), 16);
    v128.store(row + distance, f32x4.pmax(b0, a0));
    v128.store(row + distance, f32x4.pmax(b1, a1), 16);
    row += SIDE;
  } while (row < end);
}

/** The value of a lane at a position between its rows. */
function between(sorted: usize, position: f64): f32 {
  const below = sorted + <usize>position * SIDE;
  const value = load<f32>(below);
  const fraction = position - floor(position);
  // Nothing lies behind the last; and infinity times 0 would be NaN.
  if (fraction == 0) return value;
  return <f32>(<f64>value + fraction * (<f64>load<f32>(below, SIDE) - <f64>value));
}
