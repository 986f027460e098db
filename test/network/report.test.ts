/** What a file asks of a report, and names in it that nothing has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { unmark } from './marked.ts';

const file = (report: string) => `data: mnist
network: [dense: 100, batchnorm, sigmoid, dense: 10]
variants:
  without: { remove: batchnorm }
  soft: { replace: { sigmoid: softplus } }
  seeds: { grid: { seed: [1, 2] } }
report:
  ${report}
`;

test('a report that asks for all there is', () => {
  const { diagnostics, report } = readNetworkFile(
    file(`title: Figure 1
  baseline: base
  percentiles: { layer: sigmoid1, unit: 7 }
  ensemble: [seeds, without]
  populationStatistics: true
  published:
    base: { label: Inception, steps: 31.0M, accuracy: 0.722 }
    without: { steps: 13300 }
    soft: { label: Sigmoid, steps: 1.5k }
    seeds-seed1: {}`),
  );
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(report, {
    title: 'Figure 1',
    baseline: 'base',
    percentiles: { layer: 'sigmoid1', unit: 7 },
    ensemble: ['seeds-seed1', 'seeds-seed2', 'without'],
    populationStatistics: true,
    published: [
      { variant: 'base', label: 'Inception', steps: 31_000_000, accuracy: 0.722 },
      { variant: 'without', label: 'without', steps: 13_300, accuracy: null },
      { variant: 'soft', label: 'Sigmoid', steps: 1500, accuracy: null },
      { variant: 'seeds-seed1', label: 'seeds-seed1', steps: null, accuracy: null },
    ],
  });
});

test('a report that asks for little; a file without one', () => {
  const { report } = readNetworkFile(file('percentiles: softplus1'));
  assert.deepEqual(report, {
    ...{ title: null, baseline: null, percentiles: { layer: 'softplus1', unit: null } },
    ...{ ensemble: null, populationStatistics: false, published: [] },
  });
  assert.equal(readNetworkFile('data: iris\nnetwork: [dense: 3]\n').report, null);
  assert.deepEqual(readNetworkFile(file('ensemble: seeds')).report?.ensemble, [
    ...['seeds-seed1', 'seeds-seed2'],
  ]);
});

const bad: readonly (readonly [report: string, code: string, message: string])[] = [
  [
    'baseline: ⟦witout⟧',
    'unknown-variant',
    'report.baseline: unknown variant "witout"; did you mean "without"?',
  ],
  [
    'baseline: ⟦seeds⟧',
    'unknown-variant',
    'report.baseline: unknown variant "seeds"; expected base, without, soft, seeds-seed1 or seeds-seed2',
  ],
  [
    'ensemble: [seeds, ⟦seed⟧]',
    'unknown-variant',
    'report.ensemble: unknown variant "seed"; did you mean "seeds"?',
  ],
  [
    'ensemble: ⟦seed⟧',
    'unknown-variant',
    'report.ensemble: unknown variant "seed"; did you mean "seeds"?',
  ],
  [
    'published: { ⟦bass⟧: { accuracy: 0.5 } }',
    'unknown-variant',
    'report.published: unknown variant "bass"; did you mean "base"?',
  ],
  [
    'percentiles: ⟦sigmoid2⟧',
    'unknown-layer',
    'report.percentiles: unknown layer "sigmoid2"; did you mean "sigmoid1"?',
  ],
  [
    'percentiles: { layer: ⟦dense1⟧ }',
    'unknown-layer',
    'report.percentiles: dense1 is no activation; expected sigmoid1 or softplus1',
  ],
  [
    'percentiles: { layer: sigmoid1, unit: ⟦-1⟧ }',
    'out-of-range',
    'report.percentiles.unit: expected a whole number from 0 to 65,535, found -1',
  ],
  [
    'percentiles: ⟦3⟧',
    'wrong-type',
    'report.percentiles: expected the name of an activation, or a map with layer and unit, found 3',
  ],
  [
    'published: { base: { accuracy: ⟦72.7⟧ } }',
    'out-of-range',
    'report.published.base.accuracy: expected a number from 0 to 1, found 72.7',
  ],
  [
    'published: { base: { steps: ⟦13.3 million⟧ } }',
    'wrong-type',
    'report.published.base.steps: expected a number of steps, such as 31000000 or 31.0M, found "13.3 million"',
  ],
  ['⟦baselne⟧: base', 'unknown-field', 'report: unknown field "baselne"; did you mean "baseline"?'],
];

for (const [report, code, message] of bad) {
  test(`${code}: ${report}`, () => {
    const { text, range } = unmark(file(report));
    assert.deepEqual(readNetworkFile(text).diagnostics, [
      { range, severity: 'error', code, message },
    ]);
  });
}
