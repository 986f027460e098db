/**
 * Inverted dropout: an element is kept with probability 1 - rate and then divided by it, so that inference is the
 * identity. Whether element e is kept in step s is a hash of (key, s, e): nothing is stored for the backward pass and
 * the mask does not depend on who computes it.
 */
import { ROW } from './vector';

/** y = x scale where the hash is at least `threshold` (rate times 2^32), else 0. Backward is the same with dy. */
export function dropout(first: i32, last: i32, x: usize, y: usize, stride: usize, rows: i32, key: i32, step: usize, threshold: u32, scale: f32): void {
  const stream = i32x4.splat(mix(key ^ mix(load<i32>(step))));
  const limit = i32x4.splat(threshold);
  const factor = f32x4.splat(scale);
  for (let p = <usize>first; p < <usize>last; p++) {
    for (let r: usize = 0; r < <usize>rows; r++) {
      for (let half: usize = 0; half < 2; half++) {
        const at = p * stride + r * ROW + half * 16;
        // The element's number does not depend on the batch size: panel in the upper half, row and lane below.
        const element = i32x4.splat(<i32>((p << 18) + r * 8 + half * 4));
        const index = i32x4.add(element, i32x4(0, 1, 2, 3));
        const keep = i32x4.ge_u(hash(v128.xor(index, stream)), limit);
        v128.store(y + at, v128.and(f32x4.mul(v128.load(x + at), factor), keep));
      }
    }
  }
}

/** A bijective mixer of 32 bits, four at once; constants by Wellons, "Prospecting for hash functions" (2018). */
// @ts-ignore: decorator
@inline
function hash(x: v128): v128 {
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, i32x4.splat(0x7feb352d));
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.mul(x, i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** The same mixer for one number; the added constant moves 0, its fixed point. */
function mix(x: i32): i32 {
  let h = <u32>x + 0x9e3779b9;
  h = (h ^ (h >> 16)) * 0x7feb352d;
  h = (h ^ (h >> 15)) * 0x846ca68b;
  return <i32>(h ^ (h >> 16));
}
