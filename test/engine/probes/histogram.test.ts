import assert from 'node:assert/strict';
import { test } from 'node:test';
import { histogramOf } from '../../../sidecar/engine/probes/histogram.ts';
import { seededRandom } from '../../../sidecar/random.ts';

const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);

test('bins reach from the smallest to the largest value and count what lies in them', () => {
  const random = seededRandom(1, 'histogram');
  const values = Float32Array.from({ length: 1000 }, () => random.uniform()).sort();
  const { low, high, counts, below, above } = histogramOf(values);
  assert.deepEqual([low, high], [values[0], values[999]]);
  assert.equal(counts.length, 40);
  const width = (high - low) / 40;
  for (const [bin, count] of counts.entries()) {
    const from = low + bin * width;
    const within = values.filter((x) => x >= from && (x < from + width || bin === 39)).length;
    // A value on an edge may be in either bin.
    assert.ok(Math.abs(count - within) <= 1, `bin ${bin}: expected ${within}, found ${count}`);
  }
  assert.deepEqual([sum(counts), below, above], [1000, 0, 0]);
});

test('a few values far out are counted apart and do not stretch the bins', () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
  values[0] = -1e6;
  values[998] = 5e5;
  values[999] = 1e6;
  const { low, high, counts, below, above } = histogramOf(values);
  assert.ok(low > -1 && high < 2, `${low} to ${high}`);
  assert.deepEqual([sum(counts), below, above], [997, 1, 2]);
});

test('values that are all the same lie in one bin, and none in no bin', () => {
  for (const value of [0, -3, 1e-12, 7e20]) {
    const { low, high, counts } = histogramOf(new Float32Array(5).fill(value));
    assert.ok(low < high && low <= value && value <= high, `${low} to ${high}`);
    assert.deepEqual([Math.max(...counts), sum(counts)], [5, 5]);
  }
  const empty = histogramOf(new Float32Array(0));
  assert.ok(empty.low < empty.high);
  assert.equal(sum(empty.counts), 0);
});
