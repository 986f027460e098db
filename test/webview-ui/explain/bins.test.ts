import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Histogram } from '../../../sidecar/protocol/probes.ts';
import { mergeBins } from '../../../webview-ui/explain/bins.ts';

const histogram: fc.Arbitrary<Histogram> = fc
  .record({
    low: fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    width: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
    counts: fc.array(fc.nat(100), { minLength: 1, maxLength: 40 }),
    above: fc.nat(5),
  })
  .filter(({ counts }) => counts.some((count) => count > 0))
  .map(({ low, width, counts, above }) => ({ low, high: low + width, counts, above }));

test('every value that a bin counted is in a common bin, and those far out are in none', () => {
  fc.assert(
    fc.property(fc.array(histogram, { minLength: 1, maxLength: 4 }), (all) => {
      const bins = mergeBins(all)!;
      assert.ok(bins.count <= 61, `${bins.count} bins`);
      bins.shares.forEach((shares, index) => {
        const { counts, above = 0 } = all[index];
        const binned = counts.reduce((sum, each) => sum + each, 0);
        const sum = shares.reduce((total, each) => total + each, 0);
        assert.ok(Math.abs(sum - binned / (binned + above)) < 1e-9);
      });
    }),
  );
});

test('values stay where they are: the mean of a histogram moves by less than a common bin', () => {
  fc.assert(
    fc.property(histogram, histogram, (one, other) => {
      const bins = mergeBins([one, other])!;
      [one, other].forEach(({ low, high, counts }, index) => {
        const own = (high - low) / counts.length;
        const mean = (weights: ArrayLike<number>, from: number, width: number) => {
          const all = Array.from(weights);
          const total = all.reduce((sum, each) => sum + each, 0);
          return all.reduce((sum, each, at) => sum + each * (from + (at + 0.5) * width), 0) / total;
        };
        const moved = mean(bins.shares[index], bins.low, bins.width) - mean(counts, low, own);
        assert.ok(Math.abs(moved) <= bins.width / 2 + own / 2, `moved by ${moved}`);
      });
    }),
  );
});

test('bins that fit are taken over as they are', () => {
  const bins = mergeBins([{ low: -1, high: 1, counts: [1, 3] }])!;
  const left = bins.shares[0].subarray(0, bins.count / 2);
  assert.ok(Math.abs(left.reduce((sum, each) => sum + each, 0) - 0.25) < 1e-12);
});

test('a constant has a bin, nothing finite has none', () => {
  const constant = mergeBins([{ low: 2, high: 2, counts: [7] }])!;
  const at = constant.shares[0].indexOf(1);
  const from = constant.low + at * constant.width;
  assert.ok(at >= 0 && from <= 2 + 1e-9 && from + constant.width >= 2 - 1e-9, `bin ${at}`);
  const none = { low: null as unknown as number, high: Number.NaN, counts: [0] };
  assert.equal(mergeBins([none]), null);
  assert.equal(mergeBins([]), null);
});
