/** Compares arrays of numbers and says where they differ most. */
import assert from 'node:assert/strict';

export interface Tolerance {
  readonly absolute?: number;
  /** Of the largest magnitude among the expected values: small ones beside large ones carry their rounding. */
  readonly ofLargest?: number;
  /** Of each expected value. */
  readonly relative?: number;
}

/** Fails with the element that exceeds its tolerance by the largest factor. NaN is close to nothing. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute = 0, ofLargest = 0, relative = 0 }: Tolerance,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]));
  let worst = -1;
  let excess = 1;
  for (let i = 0; i < expected.length; i++) {
    const allowed = absolute + ofLargest * largest + relative * Math.abs(expected[i]);
    const error = Math.abs(actual[i] - expected[i]);
    const factor = Number.isNaN(error) ? Infinity : error === 0 ? 0 : error / allowed;
    if (factor > excess) [worst, excess] = [i, factor];
  }
  if (worst < 0) return;
  assert.fail(
    `${what}: element ${worst} of ${expected.length}: expected ${expected[worst]}, found ${actual[worst]}, ` +
      `${excess.toPrecision(3)} times what is allowed`,
  );
}
