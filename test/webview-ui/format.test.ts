import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  count,
  duration,
  figure,
  percent,
  shape,
  shortest,
  tickLabels,
} from '../../webview-ui/format.ts';

/** Reads a figure as a person would. */
function read(text: string): number {
  return Number(text.replaceAll('−', '-').replaceAll(',', ''));
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });

test('a figure is the number rounded to three significant digits', () => {
  fc.assert(
    fc.property(finite, (value) => {
      assert.equal(read(figure(value)), Number(value.toPrecision(3)) + 0);
    }),
  );
});

test('a figure shows three significant digits, also when they end in zeros', () => {
  const texts: [number, string][] = [
    [0, '0'],
    [1, '1.00'],
    [0.0213, '0.0213'],
    [-0.5, '−0.500'],
    [9.996, '10.0'],
    [1234.5, '1,230'],
    [123_456, '123,000'],
    [0.00012, '1.20e−4'],
    [-2.5e-7, '−2.50e−7'],
    [1_234_567, '1.23e6'],
  ];
  for (const [value, text] of texts) assert.equal(figure(value), text);
});

test('what is not finite is said so', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    assert.equal(figure(value), 'not finite');
    assert.equal(percent(value), 'not finite');
  }
});

test('counts keep every digit', () => {
  fc.assert(fc.property(fc.nat(2 ** 31 - 1), (value) => assert.equal(read(count(value)), value)));
  assert.equal(count(1_234_567), '1,234,567');
});

test('shares are percentages with three digits', () => {
  assert.equal(percent(0.9283), '92.8 %');
  assert.equal(percent(1), '100 %');
  assert.equal(percent(0), '0 %');
});

test('durations are said in at most two units', () => {
  const texts: [number, string][] = [
    [0.04, '0.0 s'],
    [9.97, '10 s'],
    [59.4, '59 s'],
    [59.7, '1 min'],
    [125, '2 min 5 s'],
    [3599.9, '1 h'],
    [3780, '1 h 3 min'],
  ];
  for (const [seconds, text] of texts) assert.equal(duration(seconds), text);
});

test('shapes name every dimension', () => {
  assert.equal(shape([100]), '100');
  assert.equal(shape([16, 28, 28]), '16 × 28 × 28');
});

test('ticks of one axis have the same decimals and stay apart', () => {
  assert.deepEqual(tickLabels([-0.5, 0, 0.5], 0.5), ['−0.5', '0.0', '0.5']);
  assert.deepEqual(tickLabels([0, 0.05, 0.1], 0.05), ['0.00', '0.05', '0.10']);
  assert.deepEqual(tickLabels([0, 1000, 2000], 1000), ['0', '1,000', '2,000']);
  assert.deepEqual(tickLabels([0, 2e-5], 2e-5), ['0', '2e−5']);
});

test('the shortest text of a round number is exact', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 5, 15),
      fc.integer({ min: -12, max: 12 }),
      (digits, power) => {
        const value = Number(`${digits}e${power}`);
        assert.equal(read(shortest(value)), value);
      },
    ),
  );
  assert.equal(shortest(1e-6), '1e−6');
});
