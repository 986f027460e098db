import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ActivationProbe, Probe } from '../../../sidecar/protocol/probes.ts';
import { percentileTrace, probeTrace } from '../../../webview-ui/explain/probe-traces.ts';
import { decodeSlice, percentilesOf, probeAt } from '../../../webview-ui/explain/probes.ts';
import { typicalUnit } from '../../../webview-ui/explain/typical-unit.ts';
import { UnitHistory } from '../../../webview-ui/explain/unit-history.ts';
import { Store, type VariantData } from '../../../webview-ui/store.ts';
import { Feed } from '../feed.ts';

function base64(values: readonly number[]): string {
  return Buffer.from(Float32Array.from(values).buffer).toString('base64');
}

function activation(percentiles: readonly number[]): ActivationProbe {
  const histogram = { low: 0, high: 1, counts: [1] };
  const shares = { saturated: 0, saturatedUnits: 0, derivative: 0.25, dead: 0 };
  return { layer: 'a', histogram, ...shares, percentiles: base64(percentiles) };
}

function probe(step: number, percentiles: readonly number[], units: string | null = null): Probe {
  return {
    step,
    activations: [activation(percentiles)],
    shifts: [{ layer: 'd', wasserstein: step === 0 ? null : step, ...noGradient }],
    gaps: [],
    ...{ batchLoss: null, batchAccuracy: null, runningLoss: null, runningAccuracy: null },
    units,
  };
}

const noGradient = { gradientAngle: null, gradientDistance: null };

function variantWith(probes: readonly Probe[]): VariantData {
  const feed = new Feed({ steps: 10, every: 1, hiddenLayers: 1, variants: ['base'] });
  const store = new Store();
  store.replace(feed.snapshot(5));
  const [variant] = store.variants;
  variant.probes.splice(0, variant.probes.length, ...probes);
  return variant;
}

test('any part of an array of floats is read without the rest', () => {
  fc.assert(
    fc.property(fc.array(fc.float(), { maxLength: 40 }), fc.nat(40), fc.nat(40), (values, a, b) => {
      const [from, to] = [a, b].map((end) => Math.min(end, values.length)).sort((x, y) => x - y);
      const read = decodeSlice(base64(values), from, to - from);
      assert.deepEqual([...read], [...Float32Array.from(values).subarray(from, to)]);
    }),
  );
});

test('what is not there is an error that says so', () => {
  assert.throws(() => decodeSlice(base64([1, 2]), 1, 2), /expected 12 bytes, found 8/);
});

test('percentiles come by unit, whatever their number', () => {
  for (const units of [1, 2, 3, 7]) {
    const values = Array.from({ length: 3 * units }, (_, index) => index);
    assert.deepEqual(percentilesOf(activation(values)), {
      units,
      values: Float32Array.from(values),
    });
  }
});

test('the probe at a step is the last one before it', () => {
  const probes = [0, 50, 100].map((step) => probe(step, [0, 0, 0]));
  const steps = [null, 0, 49, 50, 1000].map((step) => probeAt(probes, step)?.step);
  assert.deepEqual(steps, [100, 0, 0, 50, 100]);
  assert.equal(probeAt(probes, -1), undefined);
});

test('the typical unit is nearest to the median of its layer over all probes', () => {
  // Unit 1 lies in the middle of the first probe alone, unit 2 of all.
  const probes = [
    probe(0, [...[-5, 0, 0.1, 0.2, 5], ...[-4, 1, 1.1, 1.2, 6], ...[-3, 2, 2.1, 2.2, 7]]),
    probe(1, [...[-5, 9, 0.1, -9, 5], ...[-4, 9, 1.1, -9, 6], ...[-3, 9, 2.1, -9, 7]]),
  ];
  assert.equal(typicalUnit(probes, 'a'), 2);
  assert.equal(typicalUnit([], 'a'), null);
  assert.equal(typicalUnit(probes, 'other'), null);
});

test('probes that are not finite do not decide which unit is typical', () => {
  const probes = [probe(0, [0, 1, 5, 0, 1, 5, 0, 1, 5])];
  const broken = probe(
    1,
    Array.from({ length: 9 }, () => Number.NaN),
  );
  assert.equal(typicalUnit([...probes, broken], 'a'), 1);
});

test('a trace of probes grows with them and leaves out what was not measured', () => {
  const variant = variantWith([0, 10].map((step) => probe(step, [step, step, step])));
  const shift = probeTrace(variant, 'distance', ({ shifts }) => shifts[0].wasserstein);
  const unit = percentileTrace(variant, 'a', 0);
  assert.deepEqual([...Array.from(shift.read().steps)], [10]);
  variant.probes.push(probe(20, [1, 2, Number.NaN]));
  assert.deepEqual([...Array.from(shift.read().mid)], [10, 20]);
  const { low, mid, high, count, firstNonFinite } = unit.read();
  assert.deepEqual(
    [low, mid, high].map((values) => Array.from(values!).at(-1)),
    [1, 2, Number.NaN],
  );
  assert.deepEqual([count, firstNonFinite], [3, 2]);
});

test('the history of units has a column a probe that carries them', () => {
  const field = { layer: 'dense1', quantity: 'outputMean', offset: 1, length: 3 };
  const variant = variantWith([
    probe(0, [0, 0, 0], base64([9, -1, 2, 3, 9])),
    probe(10, [0, 0, 0]),
  ]);
  const history = UnitHistory.of({ ...variant, unitFields: [field] }, 'dense1', 'outputMean')!;
  history.update();
  variant.probes.push(probe(20, [0, 0, 0], base64([9, Number.NaN, 0.5, 4, 9])));
  history.update();
  assert.deepEqual(history.steps, [0, 20]);
  assert.deepEqual(
    history.columns.map((column) => [...column]),
    [
      [-1, 2, 3],
      [Number.NaN, 0.5, 4],
    ],
  );
  assert.deepEqual(history.extent, { min: -1, max: 4, minPositive: 0.5 });
  assert.equal(UnitHistory.of(variant, 'dense1', 'gamma'), null);
});
