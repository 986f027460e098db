import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeBand } from '../../sidecar/runs/percentiles.ts';

function band(values: number[]): number[] {
  const out = new Float32Array(5).fill(-7);
  writeBand(Float32Array.from(values), out, 1);
  assert.equal(out[0], -7);
  assert.equal(out[4], -7);
  return [...out.subarray(1, 4)];
}

test('the band of 0..100 is 15, 50, 85, in any order', () => {
  const values = Array.from({ length: 101 }, (_, index) => (index * 37) % 101);
  assert.deepEqual(band(values), [15, 50, 85]);
});

test('between order statistics it interpolates linearly, as numpy.percentile does', () => {
  // numpy.percentile([1, 2, 4, 8], [15, 50, 85]) = 1.45, 3, 6.2
  band([8, 1, 4, 2]).forEach((value, index) => {
    assert.ok(Math.abs(value - [1.45, 3, 6.2][index]) < 1e-6);
  });
});

test('one unit is its own band', () => assert.deepEqual(band([3]), [3, 3, 3]));

test('NaN anywhere makes the band NaN, infinity does not', () => {
  assert.deepEqual(band([1, NaN, 2]), [NaN, NaN, NaN]);
  assert.deepEqual(band([]), [NaN, NaN, NaN]);
  assert.equal(band([Number.POSITIVE_INFINITY, 1, 2, 3, 4, 5, 6, 7, 8])[1], 5);
});

test('low <= mid <= high, all within the values', () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }),
      (values) => {
        const [low, mid, high] = band(values);
        assert.ok(low <= mid && mid <= high);
        assert.ok(low >= Math.min(...values) && high <= Math.max(...values));
      },
    ),
  );
});
