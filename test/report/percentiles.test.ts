import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describePercentiles } from '../../sidecar/report/percentiles.ts';
import { probeOf, variantOf } from './runs.ts';

const typical = { layer: 'sigmoid1', unit: null };
/** Steps 100 to 1,000, of which those from 200 on are the last 80 %. */
const steps = Array.from({ length: 10 }, (_, index) => 100 * (index + 1));

const probed = (variant: string, rows: (step: number) => number[][]) =>
  variantOf(variant, steps.fill.call([...steps], 0.5) as number[], {
    stepsMade: 1000,
    probes: steps.map((step) => probeOf(step, rows(step))),
  });

describe('describePercentiles', () => {
  test('takes the unit that is named, as it was measured', () => {
    const variant = probed('base', (step) => [
      [-1, -step],
      [0, 0.5],
      [1, step],
    ]);
    const { variants } = describePercentiles([variant], { layer: 'sigmoid1', unit: 1 });
    assert.equal(variants[0].unit, 1);
    assert.equal(variants[0].typical, false);
    assert.deepEqual(variants[0].step, steps);
    assert.deepEqual(
      variants[0].low,
      steps.map((step) => -step),
    );
    assert.deepEqual(variants[0].mid, steps.fill.call([...steps], 0.5));
  });

  test('takes the unit nearest to the medians of its layer where none is named', () => {
    const variant = probed('base', () => [
      [-9, -1, -1.2, -4, 7],
      [-5, 0, 0.1, 3, 9],
      [-2, 1, 1.3, 5, 11],
    ]);
    const { variants } = describePercentiles([variant], typical);
    // Medians are -1.2, 0.1 and 1.3, which is unit 2.
    assert.equal(variants[0].unit, 2);
    assert.equal(variants[0].typical, true);
  });

  test('a unit that was not finite is never typical', () => {
    const variant = probed('base', (step) => [
      [step === 500 ? Number.NaN : 0, 3],
      [0, 3],
      [0, 3],
    ]);
    assert.equal(describePercentiles([variant], typical).variants[0].unit, 1);
  });

  test('wander is the standard deviation over the last 80 % of the steps, and compared with the first variant’s', () => {
    const wild = (step: number, factor: number) => (step === 100 ? 1e6 : factor * step);
    const rows = (factor: number) => (step: number) => [
      [wild(step, factor)],
      [2 * wild(step, factor)],
      [5],
    ];
    const { variants } = describePercentiles(
      [probed('a', rows(1)), probed('b', rows(-3))],
      typical,
    );
    const late = steps.slice(1);
    const mean = late.reduce((sum, step) => sum + step, 0) / late.length;
    const deviation = Math.sqrt(
      late.reduce((sum, step) => sum + (step - mean) ** 2, 0) / late.length,
    );
    const close = (found: number, expected: number) =>
      assert.ok(Math.abs(found - expected) < 1e-9 * expected, `${found} for ${expected}`);
    close(variants[0].wander!.low, deviation);
    close(variants[0].wander!.mid, 2 * deviation);
    assert.equal(variants[0].wander!.high, 0);
    close(variants[0].wander!.mean, deviation);
    assert.equal(variants[0].wander!.ratio, 1);
    close(variants[1].wander!.ratio!, 3);
  });

  test('nothing is compared with what does not wander', () => {
    const { variants } = describePercentiles(
      [probed('still', () => [[1], [2], [3]]), probed('b', (step) => [[step], [step], [step]])],
      typical,
    );
    assert.deepEqual(
      variants.map(({ wander }) => wander!.ratio),
      [null, null],
    );
  });

  test('says why a variant has none', () => {
    const other = probed('other', () => [[0], [0], [0]]);
    const { variants, missing } = describePercentiles([variantOf('unprobed', [0.5]), other], {
      layer: 'sigmoid1',
      unit: 4,
    });
    assert.deepEqual(variants, []);
    assert.deepEqual(missing, [
      { variant: 'unprobed', reason: 'nothing was measured while it trained' },
      { variant: 'other', reason: 'sigmoid1 has units 0 to 0 there, not 4' },
    ]);
    const [{ reason }] = describePercentiles([other], { layer: 'relu1', unit: null }).missing;
    assert.equal(reason, 'it has no activation called relu1');
  });

  test('what is not finite is a gap, and does not count as wander', () => {
    const variant = probed('base', (step) => [
      [step === 400 ? Number.POSITIVE_INFINITY : 2],
      [0],
      [0],
    ]);
    const [found] = describePercentiles([variant], { layer: 'sigmoid1', unit: 0 }).variants;
    assert.equal(found.low[3], null);
    assert.equal(found.wander!.low, 0);
  });
});
