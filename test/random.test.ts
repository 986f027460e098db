import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, xoshiro128 } from '../sidecar/random.ts';

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

test('xoshiro128** gives the reference implementation’s first ten values', () => {
  // From state 1, 2, 3, 4; the same figures as in the tests of Rust's rand_xoshiro.
  const expected = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
    4258142804,
  ];
  assert.deepEqual(draw(10, xoshiro128([1, 2, 3, 4]).uint32), expected);
});

test('a seed and its keys always give the same numbers', () => {
  // Recorded once: a change here silently changes every trained model.
  assert.deepEqual(
    draw(4, seededRandom(1, 'weights', 'dense1').uint32),
    [1020625034, 2158458500, 3921967747, 138553631],
  );
});

test('another seed, key or grouping of keys gives other numbers', () => {
  const streams = [
    seededRandom(1),
    seededRandom(2),
    seededRandom(-1),
    seededRandom(1.5),
    seededRandom(1, 'a'),
    seededRandom(1, 'b'),
    seededRandom(1, 'a', 'b'),
    seededRandom(1, 'ab'),
    seededRandom(1, 2),
    seededRandom(1, '2'),
    seededRandom(12),
  ];
  assert.equal(
    new Set(streams.map((random) => draw(4, random.uint32).join())).size,
    streams.length,
  );
});

test('uniform numbers fill [0, 1) evenly (chi-square over 100 bins, six deviations)', () => {
  const bins = new Float64Array(100);
  const { uniform } = seededRandom(3, 'uniform');
  for (let i = 0; i < 100_000; i++) bins[Math.floor(uniform() * 100)] += 1;
  const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(Math.abs(chiSquare - 99) < 6 * Math.sqrt(2 * 99), `chi-square ${chiSquare}`);
});

test('normal numbers have the moments and tails of the standard normal', () => {
  const values = draw(200_000, seededRandom(4, 'normal').normal);
  const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / values.length;
  const within = values.filter((x) => Math.abs(x) < 1.959964).length / values.length;
  assert.ok(Math.abs(moment(1)) < 0.012, `mean ${moment(1)}`);
  assert.ok(Math.abs(moment(2) - 1) < 0.02, `variance ${moment(2)}`);
  assert.ok(Math.abs(moment(3)) < 0.06, `skewness ${moment(3)}`);
  assert.ok(Math.abs(moment(4) - 3) < 0.15, `kurtosis ${moment(4)}`);
  assert.ok(Math.abs(within - 0.95) < 0.003, `share within 1.96 deviations ${within}`);
});

test('successive normal numbers are uncorrelated, also within a pair', () => {
  const values = draw(100_000, seededRandom(5).normal);
  let product = 0;
  for (let i = 1; i < values.length; i++) product += values[i] * values[i - 1];
  assert.ok(Math.abs(product / values.length) < 0.02, `correlation ${product / values.length}`);
});

test('below stays below its limit and takes every value', () => {
  const { below } = seededRandom(6);
  for (const limit of [1, 2, 3, 7, 10]) {
    const seen = new Set(draw(500, () => below(limit)));
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      draw(
        limit,
        (
          (i) => () =>
            i++
        )(0),
      ),
    );
  }
  const largest = 2 ** 32;
  assert.ok(draw(100, () => below(largest)).every((value) => value < largest));
});

test('below has no bias where the limit does not divide 2^32', () => {
  // With a plain remainder, three quarters of 2^32 as limit would draw the lower third twice as often.
  const { below } = seededRandom(7);
  const limit = 3 * 2 ** 30;
  const lower = draw(30_000, () => below(limit)).filter((value) => value < 2 ** 30).length;
  assert.ok(Math.abs(lower / 30_000 - 1 / 3) < 0.02, `share ${lower / 30_000}`);
});
