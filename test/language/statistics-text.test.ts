import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayerStatistics } from '../../sidecar/language/host.ts';
import { statisticsText } from '../../sidecar/language/statistics-text.ts';
import { batchNormStatistics, runOf, trainingVariant } from './fixtures.ts';

test('a batchnorm layer shows batch beside running statistics, with the step', () => {
  const run = runOf([trainingVariant('base', 1240, 2000)]);
  assert.equal(
    statisticsText([batchNormStatistics], run),
    [
      'step 1,240 of 2,000 · base',
      '',
      '| 3 units | median | range |',
      '| :-- | --: | --: |',
      '| batch mean | 0.0200 | -0.100 to 0.300 |',
      '| running mean | 0.0150 | -0.0800 to 0.250 |',
      '| batch variance | 0.980 | 0.500 to 1.75 |',
      '| running variance | 1.01 | 0.600 to 1.50 |',
      '| gamma | 1.00 | 0.900 to 1.10 |',
      '| beta | 0 | -0.0500 to 0.0500 |',
      '| gradient norm | 0.0123 |  |',
      '| update ratio | 0.00100 |  |',
      '| mean by step | ▁▃▅█ | 0 → 0.0200 |',
      '| variance by step | █▅▃▁ | 2.00 → 0.980 |',
    ].join('\n'),
  );
});

test('another kind shows the mean and variance of its output', () => {
  const statistics: LayerStatistics = {
    variant: 'base',
    step: 5,
    state: 'finished',
    outputMean: Float32Array.of(0.5),
    outputVariance: Float32Array.of(0.25),
    meanTrend: [0.5],
    varianceTrend: [],
  };
  assert.equal(
    statisticsText([statistics], null),
    [
      'step 5 · base · finished',
      '',
      '| 1 unit | median | range |',
      '| :-- | --: | --: |',
      '| output mean | 0.500 | 0.500 to 0.500 |',
      '| output variance | 0.250 | 0.250 to 0.250 |',
    ].join('\n'),
  );
});

test('variants stand side by side, each with its own step', () => {
  const run = runOf([trainingVariant('base', 1240, 2000), trainingVariant('lr|x5', 1250, 2000)]);
  const other: LayerStatistics = {
    variant: 'lr|x5',
    step: 1250,
    state: 'stopped',
    outputMean: Float32Array.of(1, 2),
    meanTrend: [],
    varianceTrend: [],
  };
  const base: LayerStatistics = {
    ...other,
    variant: 'base',
    step: 1240,
    state: 'training',
    gradientNorm: 0.5,
  };
  assert.equal(
    statisticsText([base, other], run),
    [
      'Median over units, in brackets their range',
      '',
      '| 2 units | base | lr\\|x5 |',
      '| :-- | --: | --: |',
      '| step | 1,240 of 2,000 | 1,250 of 2,000 |',
      '| output mean | 1.50 (1.00 to 2.00) | 1.50 (1.00 to 2.00) |',
      '| gradient norm | 0.500 | – |',
      '',
      'lr\\|x5 stopped',
    ].join('\n'),
  );
});

test('what is not finite is said in words, and how many units it is', () => {
  const statistics: LayerStatistics = {
    variant: 'base',
    step: 9,
    state: 'failed',
    outputMean: Float32Array.of(1, Number.NaN, 3),
    outputVariance: Float32Array.of(Number.NaN, Number.NaN, Number.NaN),
    gradientNorm: Number.POSITIVE_INFINITY,
    meanTrend: [1, Number.NaN],
    varianceTrend: [],
  };
  const failed = { ...trainingVariant('base', 9, 20), error: '`dense1` is NaN\nat step 9' };
  assert.equal(
    statisticsText([statistics], runOf([failed])),
    [
      'step 9 of 20 · base · failed: \\`dense1\\` is NaN at step 9',
      '',
      '| 3 units | median | range |',
      '| :-- | --: | --: |',
      '| output mean | 2.00 | 1.00 to 3.00, 1 not finite |',
      '| output variance | not a number | 3 not finite |',
      '| gradient norm | infinity |  |',
      '| mean by step | ▄× | 1.00 → not a number |',
    ].join('\n'),
  );
});

test('without statistics there is no text', () => {
  assert.equal(statisticsText([], null), '');
});
