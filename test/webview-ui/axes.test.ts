import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  linearRange,
  linearTicks,
  logRange,
  logTicks,
  stepEnd,
  wantsLog,
} from '../../webview-ui/axes.ts';
import { emptyExtent, widen } from '../../webview-ui/samples.ts';
import { valueAxis } from '../../webview-ui/value-axis.ts';

/** As the data is: float32. */
const value = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });
const positive = fc.double({ noNaN: true, min: -12, max: 12 }).map((exponent) => 10 ** exponent);

function sorted([a, b]: readonly number[]): [number, number] {
  return a <= b ? [a, b] : [b, a];
}

test('a linear range holds its values and is at most half again as wide', () => {
  fc.assert(
    fc.property(fc.tuple(value, value), (pair) => {
      const [min, max] = sorted(pair);
      const [low, high] = linearRange(min, max);
      const slack = (high - low) * 1e-6;
      assert.ok(low <= min + slack && high >= max - slack && low < high);
      const isFlat = max - min <= Math.max(Math.abs(min), Math.abs(max)) * 1e-6;
      if (!isFlat) assert.ok(high - low <= (max - min) * 1.7, `${low} to ${high}`);
    }),
  );
});

test('without finite values there still is an axis', () => {
  assert.deepEqual(linearRange(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), [0, 1]);
  assert.deepEqual(logRange(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), [0.1, 10]);
});

test('a constant stands inside its range', () => {
  for (const constant of [0, 1, -3, 0.1, 1e-20]) {
    const [low, high] = linearRange(constant, constant);
    assert.ok(low < constant && constant < high, `${low} < ${constant} < ${high}`);
  }
});

test('a range stands still while values inside it arrive', () => {
  assert.deepEqual(linearRange(0.11, 0.87), linearRange(0.12, 0.89));
});

test('a logarithmic range holds its values', () => {
  fc.assert(
    fc.property(fc.tuple(positive, positive), (pair) => {
      const [min, max] = sorted(pair);
      const [low, high] = logRange(min, max);
      assert.ok(low > 0 && low <= min * (1 + 1e-6) && high >= max * (1 - 1e-6) && low < high);
    }),
  );
});

test('ticks ascend, lie in the range and are not too many', () => {
  fc.assert(
    fc.property(fc.tuple(positive, positive), fc.integer({ min: 2, max: 9 }), (pair, most) => {
      const [min, max] = sorted(pair);
      for (const [range, ticks] of [
        [linearRange(min, max), linearTicks(linearRange(min, max), most)],
        [logRange(min, max), logTicks(logRange(min, max), most)],
      ] as const) {
        const slack = (range[1] - range[0]) * 1e-3;
        assert.ok(ticks.length >= 1 && ticks.length <= most + 1, `${ticks}`);
        assert.ok(ticks.every((tick) => tick >= range[0] - slack && tick <= range[1] + slack));
        assert.ok(ticks.every((tick, index) => index === 0 || tick > ticks[index - 1]));
      }
    }),
  );
});

test('the step axis ends at the last step, or half again beyond what has been made', () => {
  assert.equal(stepEnd(2000, 2000), 2000);
  assert.equal(stepEnd(1240, 2000), 1500);
  assert.equal(stepEnd(1, 50_000), 1);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 1, max: 1e6 }),
      (last, total) => {
        const end = stepEnd(last, total);
        assert.ok(end >= last && end <= Math.max(last * 1.5, total));
      },
    ),
  );
});

test('an axis turns logarithmic at two decades and back below one', () => {
  assert.equal(wantsLog(0.01, 0.9, false), false);
  assert.equal(wantsLog(0.01, 1.1, false), true);
  assert.equal(wantsLog(0.01, 0.9, true), true);
  assert.equal(wantsLog(0.5, 0.9, true), false);
  assert.equal(wantsLog(Number.POSITIVE_INFINITY, 1, false), false);
});

test('a band that reaches down to nothing does not press the lines into a corner', () => {
  const axisOf = (low: number[], mid: number[], high: number[]) => {
    const extent = emptyExtent();
    const samples = { count: mid.length, steps: [0, 1, 2], low, mid, high, firstNonFinite: -1 };
    widen(extent, samples, 0, 2);
    return valueAxis({ log: 'auto', format: 'figure' }, extent, 'log', false);
  };
  const dead = axisOf([1e-9, 1e-7, 0], [0.1, 0.2, 0.5], [1, 1, 1]);
  assert.deepEqual(dead, { range: [0.01, 1], log: true });
  const usual = axisOf([0.05, 0.1, 0.2], [0.1, 0.2, 0.5], [1, 1, 1]);
  assert.deepEqual(usual.range, [0.05, 1]);
  const mostlyDead = axisOf([0, 0, 0], [0, 0, 0], [1e-3, 1e-2, 1]);
  assert.deepEqual(mostlyDead.range, [1e-3, 1]);
});
