import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { diagnose } from '../../sidecar/diagnosis/diagnose.ts';
import type { Train } from '../../sidecar/network/types.ts';
import type { GapProbe, Probe } from '../../sidecar/protocol/probes.ts';
import { batchnorm, dense, networkOf } from '../engine/networks.ts';
import { gap, measured, probe } from './measured.ts';

const worse = { runningLoss: 2.3, runningAccuracy: 0.4 };
const off = { meanMedian: 0.4, meanLargest: 1.2 };

/** A finding needs two probes in a row. */
const twice = (one: Probe) => [{ ...one, step: one.step - 1 }, one];

function networkWith(momentum: number, train: Partial<Train> = {}) {
  const normalized = batchnorm(momentum);
  return networkOf(3, [dense(4), normalized, dense(4), normalized, dense(2)], {
    batchSize: 100,
    steps: 2000,
    ...train,
  });
}

function found(gaps: Partial<GapProbe>[], changes: Partial<Probe> = worse, momentum = 0.1) {
  return diagnose(
    measured(
      networkWith(momentum),
      ...twice(probe({ ...changes, gaps: gaps.map((each) => gap(each)) })),
    ),
  );
}

describe('the layer that makes evaluation worse', () => {
  test('is the first in the order of the network, whatever that of the probe', () => {
    const gaps = [
      { layer: 'batchnorm2', meanMedian: 3 },
      { layer: 'batchnorm1', meanMedian: 0.4 },
    ];
    const [finding, ...others] = found(gaps);
    assert.deepEqual(others, []);
    assert.equal(finding.kind, 'evaluation-gap');
    assert.equal(finding.layer, 'batchnorm1');
    assert.equal(finding.action, 'recompute-statistics');
    assert.match(finding.measured, /loss of 0\.300 \(90\.0 % right\) .* 2\.30 \(40\.0 % right\)/);
    assert.match(finding.measured, /0\.400 deviations of the batch away in the median unit/);
  });

  // A batch of 100 has means within 0.1 deviations, and deviations within 7 %.
  for (const [name, changes, expected] of [
    ['a mean within the noise', { meanMedian: 0.29, meanLargest: 0.6 }, 0],
    ['a mean beyond it', { meanMedian: 0.31 }, 1],
    ['one unit far away', { meanLargest: 1.1 }, 1],
    ['a deviation twice as large', { deviationMedian: 2 }, 1],
    ['a deviation half as large', { deviationMedian: 0.5 }, 1],
    ['one deviation a quarter', { deviationWorst: 0.25 }, 1],
    ['deviations within the noise', { deviationMedian: 1.3, deviationWorst: 0.6 }, 0],
    ['no number', { meanMedian: Number.NaN }, 1],
  ] as const) {
    test(`${name}: ${expected === 0 ? 'nothing' : 'a finding'}`, () => {
      assert.equal(found([changes]).length, expected);
    });
  }
});

test('statistics that are off are no matter while evaluation is no worse', () => {
  for (const harmless of [
    { runningLoss: 0.5, runningAccuracy: 0.85 },
    { runningLoss: 0.25, runningAccuracy: 0.95 },
    { batchLoss: 0.001, runningLoss: 0.01, runningAccuracy: 0.9 },
    { batchLoss: null },
  ]) {
    assert.deepEqual(found([off], harmless), []);
  }
  for (const harmful of [
    { runningLoss: 0.35, runningAccuracy: 0.75 },
    { runningLoss: 1, runningAccuracy: 0.9 },
    { runningLoss: null, runningAccuracy: 0.1 },
    { batchAccuracy: null, runningAccuracy: null, batchLoss: 0.01, runningLoss: 0.03 },
  ]) {
    assert.equal(found([off], harmful).length, 1, JSON.stringify(harmful));
  }
});

describe('running averages that have not warmed up', () => {
  const at = (step: number, momentum: number, recomputedAt?: number) => {
    const cold = probe({ ...worse, step, gaps: [gap(off)] });
    return diagnose({ ...measured(networkWith(momentum), ...twice(cold)), recomputedAt });
  };

  test('are said with their share, when the run is too short for them', () => {
    const [{ measured: said, remedy, reference }] = at(1000, 0.001);
    // 0.999 ** 1000 = e ** -1.0005.
    assert.ok(said.includes('still hold 36.8 % of their initial values after 1,000 steps'), said);
    assert.ok(said.includes('(1 - 0.001)^1000'), said);
    // 1 - 0.01 ** (1 / 400): warm after 400 of the 2,000 steps.
    assert.ok(remedy.includes('a momentum of 0.0114 or more'), remedy);
    assert.ok(reference.url.endsWith('keras/issues/10666'));
  });

  test('say what can still be done about them: nothing but to train again once training is over', () => {
    const remedyAt = (step: number) => at(step, 0.001)[0].remedy;
    assert.match(remedyAt(1000), /^Recompute the statistics/);
    assert.match(remedyAt(2000), /^Train again with a momentum of 0\.0114 or more/);
  });

  test('are no finding while they will be warm for half of the run', () => {
    assert.deepEqual(at(20, 0.1), []);
    assert.deepEqual(at(500, 0.005), []);
    assert.equal(at(500, 0.004).length, 1);
  });

  test('are no excuse once they are warm or have been computed anew', () => {
    for (const [finding] of [at(60, 0.1), at(1000, 0.001, 900)]) {
      assert.doesNotMatch(finding.measured, /initial value/);
      assert.ok(finding.reference.url.endsWith('pytorch/issues/4741'));
    }
  });
});

test('one probe is no finding, unless it is the only one of a run', () => {
  const gaps = [gap(off)];
  const network = networkWith(0.1);
  const at = (step: number, changes: Partial<Probe>) => probe({ step, gaps, ...changes });
  assert.deepEqual(diagnose(measured(network, at(900, worse))), []);
  assert.deepEqual(diagnose(measured(network, at(800, {}), at(900, worse))), []);
  assert.deepEqual(diagnose(measured(network, at(800, worse), at(900, {}))), []);
  assert.equal(diagnose(measured(network, at(800, worse), at(900, worse))).length, 1);
  assert.equal(diagnose(measured(network, at(2000, worse))).length, 1);
});

test('layers that normalize by running statistics in training too are no cause', () => {
  const frozen = { ...batchnorm(), state: 'freeze-statistics' as const };
  const network = networkOf(3, [dense(4), frozen, dense(2)], { batchSize: 100 });
  assert.deepEqual(
    diagnose(measured(network, ...twice(probe({ ...worse, gaps: [gap(off)] })))),
    [],
  );
});
