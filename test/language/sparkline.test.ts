import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sparkline } from '../../sidecar/language/sparkline.ts';

test('eight rising values use all eight heights', () => {
  assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 20), '▁▂▃▄▅▆▇█');
});

test('a curve is scaled between its own extremes', () => {
  assert.equal(sparkline([-5, 995, 495], 20), '▁█▅');
});

test('a long curve is averaged down to the width', () => {
  const values = Array.from({ length: 60 }, (_, index) => index);
  assert.equal(sparkline(values, 8), '▁▂▃▄▅▆▇█');
  assert.equal(sparkline([0, 0, 10, 10, 0, 0], 3), '▁█▁');
});

test('a flat curve and a single value stay in the middle', () => {
  assert.equal(sparkline([2, 2, 2], 20), '▄▄▄');
  assert.equal(sparkline([1, 1 + 1e-9], 20), '▄▄');
  assert.equal(sparkline([0], 20), '▄');
});

test('values that are not finite are marked and do not spoil the scale', () => {
  assert.equal(sparkline([0, Number.NaN, 7, Number.POSITIVE_INFINITY], 20), '▁×█×');
  assert.equal(sparkline([Number.NaN, Number.NaN], 20), '××');
});

test('no values make no curve', () => assert.equal(sparkline([], 20), ''));
