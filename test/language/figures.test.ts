import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesText, count, figure, shapeText, spread } from '../../sidecar/language/figures.ts';

const figures: readonly [number, string][] = [
  [0, '0'],
  [-0, '0'],
  [1, '1.00'],
  [0.0213456, '0.0213'],
  [-12.345, '-12.3'],
  [999.4, '999'],
  [999.6, '1,000'],
  [1236, '1,240'],
  [-1_234_567, '-1,230,000'],
  [9_999_999, '1.00e7'],
  [1.5e30, '1.50e30'],
  [0.0001, '0.000100'],
  [0.0000999, '9.99e-5'],
  [1.234e-7, '1.23e-7'],
  [Number.NaN, 'not a number'],
  [Number.POSITIVE_INFINITY, 'infinity'],
  [Number.NEGATIVE_INFINITY, 'minus infinity'],
];

for (const [value, text] of figures) {
  test(`${value} reads ${text}`, () => assert.equal(figure(value), text));
}

for (const [bytes, text] of [
  [0, '0 bytes'],
  [1023, '1,023 bytes'],
  [1024, '1.00 KiB'],
  [1.5 * 2 ** 20, '1.50 MiB'],
  [300 * 2 ** 30, '300 GiB'],
] as const) {
  test(`${bytes} bytes read ${text}`, () => assert.equal(bytesText(bytes), text));
}

test('every finite figure is within half a unit of its third digit', () => {
  fc.assert(
    fc.property(fc.double({ min: -3.4e38, max: 3.4e38, noNaN: true }), (value) => {
      const read = Number(figure(value).replaceAll(',', ''));
      assert.ok(Math.abs(read - value) <= Math.abs(value) * 0.00501, `${value} → ${read}`);
    }),
  );
});

test('whole numbers are written in full', () => {
  assert.equal(count(1240), '1,240');
  assert.equal(shapeText([3, 1024, 28]), '3 × 1,024 × 28');
});

test('a spread is the median and range over units', () => {
  assert.deepEqual(spread(Float32Array.of(3, -1, 2)), {
    median: 2,
    low: -1,
    high: 3,
    units: 3,
    notFinite: 0,
  });
  assert.equal(spread(Float32Array.of(10, 9, 1, 2))?.median, 5.5);
  assert.equal(spread(new Float32Array()), null);
});

test('units that are not finite are counted and left out of the figures', () => {
  const found = spread(Float32Array.of(Number.NaN, 4, Number.POSITIVE_INFINITY));
  assert.deepEqual(found, { median: 4, low: 4, high: 4, units: 3, notFinite: 2 });
  assert.ok(Number.isNaN(spread(Float32Array.of(Number.NaN))?.median));
});
