/** Findings about units, from probes made by hand: dead ones, saturated ones, noisy ones, and those that drift. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { diagnose } from '../../sidecar/diagnosis/diagnose.ts';
import type { ActivationProbe } from '../../sidecar/protocol/probes.ts';
import { seededRandom } from '../../sidecar/random.ts';
import { batchnorm, dense, networkOf } from '../engine/networks.ts';
import { measured, probe, withUnits } from './measured.ts';

function activation(changes: Partial<ActivationProbe>): ActivationProbe {
  const histogram = { low: 0, high: 1, counts: [1] };
  const healthy = { saturated: 0.01, saturatedUnits: 0, derivative: 0.2, dead: 0, percentiles: '' };
  return { layer: 'sigmoid1', histogram, ...healthy, ...changes };
}

describe('saturation', () => {
  const network = networkOf(3, [dense(8), { kind: 'sigmoid' }, { kind: 'relu' }, dense(2)]);
  const found = (...activations: ActivationProbe[]) =>
    diagnose(measured(network, probe({ activations })));

  test('is most of the inputs of a sigmoid in its flat part', () => {
    const [finding] = found(activation({ saturated: 0.62, derivative: 0.02 }));
    assert.equal(finding.kind, 'saturation');
    assert.equal(finding.layer, 'sigmoid1');
    // 0.02 of the 0.25 that a sigmoid has at 0.
    assert.match(finding.measured, /^62\.0 % of its inputs .* mean derivative is 8\.00 % of it/);
    assert.match(finding.remedy, /^Put a batchnorm directly before it/);
  });

  test('behind a batchnorm is no reason to put one there', () => {
    const behind = networkOf(3, [dense(8), batchnorm(), { kind: 'sigmoid' }, dense(2)]);
    const saturated = probe({ activations: [activation({ saturated: 0.62 })] });
    const [finding] = diagnose(measured(behind, saturated));
    assert.match(finding.remedy, /^batchnorm1 is directly before it, .* smaller learning rate/);
  });

  test('is not half of them, nor anything of a relu', () => {
    assert.deepEqual(found(activation({ saturated: 0.5 })), []);
    assert.deepEqual(found(activation({ layer: 'relu1', saturated: 0.6 })), []);
  });
});

describe('dead units', () => {
  const network = networkOf(3, [dense(8), batchnorm(), { kind: 'relu' }, dense(2)]);

  test('are those that are flat for the whole batch', () => {
    const activations = [activation({ layer: 'relu1', dead: 0.375 })];
    const [finding] = diagnose(measured(network, probe({ activations })));
    assert.equal(finding.kind, 'dead-units');
    assert.equal(finding.layer, 'relu1');
    assert.match(finding.measured, /3 of 8 units \(37\.5 %\)/);
    assert.doesNotMatch(finding.remedy, /batchnorm/);
    const few = [activation({ layer: 'relu1', dead: 0.125 })];
    assert.deepEqual(diagnose(measured(network, probe({ activations: few }))), []);
  });

  test('are those whose gamma is next to nothing', () => {
    const gammas = (...values: number[]) =>
      diagnose(withUnits(network, [1000], { 'batchnorm1.gamma': [values] }));
    const [finding] = gammas(1, -0.001, 0.5, 0, 0.009, 1, 1, 1);
    assert.equal(finding.kind, 'dead-units');
    assert.equal(finding.layer, 'batchnorm1');
    assert.match(finding.measured, /3 of 8 units .* gamma within ±0\.01/);
    assert.deepEqual(gammas(1, -0.02, 0.5, 0, 0.02, 1, 1, 1), []);
  });
});

describe('noisy statistics', () => {
  const steps = Array.from({ length: 20 }, (_, i) => 100 * (i + 1));
  const units = 40;

  /** Batches of so many normal values a unit, whose running averages follow; `rise` is what the mean goes a step, `cold` what the running variance is in place of 1; with `still` behind a layer whose units never vary. */
  function found(batchSize: number, { momentum = 0.1, rise = 0, cold = 1, still = false } = {}) {
    const random = seededRandom(batchSize, 'noise');
    const layers = [dense(units), batchnorm(momentum)];
    const network = networkOf(3, [...(still ? layers : []), ...layers, dense(2)], {
      batchSize,
      steps: 2000,
    });
    const blocks = steps.map((step) =>
      Array.from({ length: units }, () => {
        const values = Array.from({ length: batchSize }, () => random.normal());
        const mean = values.reduce((sum, value) => sum + value, 0) / batchSize;
        const biased = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / batchSize;
        const unbiased = (biased * batchSize) / (batchSize - 1);
        const level = rise * step;
        return {
          inputMean: level + mean,
          inputVariance: biased,
          runningMean: momentum * (level + mean) + (1 - momentum) * (level - rise / momentum),
          runningVariance: momentum * unbiased + (1 - momentum) * cold,
        };
      }),
    );
    const of = (quantity: keyof (typeof blocks)[0][0]) =>
      blocks.map((block) => block.map((unit) => unit[quantity]));
    const quantities = ['inputMean', 'inputVariance', 'runningMean', 'runningVariance'] as const;
    const series = (layer: string, isStill = false) =>
      quantities.map((quantity) => [
        `${layer}.${quantity}`,
        of(quantity).map((block) => (isStill ? block.map(() => 0) : block)),
      ]);
    const all = still
      ? [...series('batchnorm1', true), ...series('batchnorm2')]
      : series('batchnorm1');
    return diagnose(withUnits(network, steps, Object.fromEntries(all)));
  }

  for (const batchSize of [2, 4]) {
    test(`are those of batches of ${batchSize}, measured as the formula has them`, () => {
      const [{ kind, measured: said }] = found(batchSize);
      assert.equal(kind, 'noisy-statistics');
      const [variance, mean, ...predicted] = [...said.matchAll(/([\d.]+) %/g)].map(([, x]) => +x);
      assert.deepEqual(
        predicted.map((percent) => percent.toPrecision(3)),
        [100 * Math.sqrt(2 / (batchSize - 1)), 100 / Math.sqrt(batchSize)].map((each) =>
          each.toPrecision(3),
        ),
      );
      // The median of few blocks lies below the deviation of a skewed distribution.
      assert.ok(variance > 0.6 * predicted[0] && variance < 1.1 * predicted[0], said);
      assert.ok(Math.abs(mean - predicted[1]) < 0.15 * predicted[1], said);
    });
  }

  test('are not those of batches of 16 or more, nor running means that trail behind', () => {
    assert.deepEqual(found(16), []);
    assert.deepEqual(found(60), []);
    assert.deepEqual(found(60, { rise: 0.001 }), []);
    assert.deepEqual(found(20, { cold: 0.05 }), []);
  });

  test('are found behind a layer that has nothing to measure', () => {
    const kinds = found(2, { still: true }).map(({ kind, layer }) => [kind, layer]);
    assert.deepEqual(kinds, [['noisy-statistics', 'batchnorm2']]);
  });

  test('are not looked for where nothing can be compared', () => {
    assert.deepEqual(found(4, { momentum: 1 }), []);
  });
});

describe('a drifting layer', () => {
  const steps = Array.from({ length: 10 }, (_, i) => 100 * (i + 1));
  const units = [0, 1, 2];
  /** Means and variances of three units by step. */
  const series = (mean: (step: number) => number, variance: (step: number) => number = () => 4) => [
    steps.map((step) => units.map((unit) => (unit - 1.5) * mean(step))),
    steps.map((step) => units.map(() => variance(step))),
  ];
  const plain = networkOf(3, [dense(3), { kind: 'tanh' }, dense(3), { kind: 'tanh' }, dense(3)]);
  const found = (first: number[][][], second: number[][][], last = second) =>
    diagnose(
      withUnits(plain, steps, {
        'dense1.outputMean': first[0],
        'dense1.outputVariance': first[1],
        'dense2.outputMean': second[0],
        'dense2.outputVariance': second[1],
        'dense3.outputMean': last[0],
        'dense3.outputVariance': last[1],
      }),
    );
  const still = series(() => 1);
  const moving = series((step) => step / 80);

  test('is the first whose units go one way in the second half of the steps', () => {
    const [finding, ...others] = found(still, moving);
    assert.deepEqual(others, []);
    assert.equal(finding.kind, 'drifting-layer');
    assert.equal(finding.layer, 'dense2');
    // The means of the units go 7.5, 2.5 and 2.5, of deviation 2.
    assert.match(finding.measured, /^From step 600 to 1,000 .* gone 1\.25 deviations/);
  });

  test('is one whose deviation doubles', () => {
    const growing = series(
      () => 1,
      (step) => Math.exp(step / 250),
    );
    const [{ layer, measured: said }] = found(growing, still);
    assert.equal(layer, 'dense1');
    // The square root of the factor in variance, e ** (400 / 250).
    assert.match(said, /to 2\.23 times what it was/);
  });

  test("is not the network's last, one that swings, nor one that has come to rest", () => {
    assert.deepEqual(found(still, still, moving), []);
    const swinging = series((step) => 5 * Math.sin(step));
    const resting = series((step) => Math.min(step, 650) / 80);
    assert.deepEqual(found(swinging, resting), []);
  });

  test('before a batchnorm is one that runs away from the running averages', () => {
    const lagging = (momentum: number) => {
      const network = networkOf(3, [dense(3), batchnorm(momentum), dense(3)]);
      return diagnose(
        withUnits(network, steps, {
          'dense1.outputMean': moving[0],
          'dense1.outputVariance': moving[1],
          'batchnorm1.inputMean': moving[0],
          'batchnorm1.inputVariance': moving[1],
        }),
      );
    };
    // 1.25 deviations in 400 steps: in 1 / 0.005 steps a half of that.
    const [{ layer, measured: said, action }] = lagging(0.005);
    assert.equal(layer, 'batchnorm1');
    assert.equal(action, 'recompute-statistics');
    assert.match(said, /are 200 steps old: the mean trails by 0\.625 deviations/);
    assert.deepEqual(lagging(0.1), []);
  });
});
