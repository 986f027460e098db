import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeReport } from '../../sidecar/report/describe.ts';
import { reportFiles } from '../../sidecar/report/files.ts';
import { diverged, request, sourceOf, variantOf } from './runs.ts';

describe('describeReport', () => {
  test('best is the first evaluation with the highest accuracy, final that of the kept weights', () => {
    const final = { loss: 0.3, accuracy: 0.7 };
    const [found] = describeReport(
      sourceOf([variantOf('base', [0.5, 0.9, 0.8, 0.9], { final })]),
    ).variants;
    assert.deepEqual(found.best, { step: 200, accuracy: 0.9, loss: 1 - 0.9 });
    assert.deepEqual(found.final, final);
    assert.deepEqual(found.curve.step, [100, 200, 300, 400]);
  });

  test('of regression the smallest loss is best, and there is no chance', () => {
    const source = sourceOf([]);
    const data = { ...source.data, commonest: null };
    const evaluations = [3, 1, 2].map((testLoss, index) => ({
      step: index + 1,
      testLoss,
      testAccuracy: null,
      validationLoss: null,
      validationAccuracy: null,
    }));
    const report = describeReport({
      ...source,
      data,
      variants: [variantOf('base', [], { evaluations })],
    });
    assert.deepEqual(report.variants[0].best, { step: 2, loss: 1, accuracy: null });
    assert.equal(report.chance, null);
  });

  test('counts steps to the baseline’s best accuracy and compares them with its own', () => {
    const published = [
      { variant: 'slow', label: 'Inception', steps: 31_000_000, accuracy: 0.722 },
      { variant: 'fast', label: 'BN-x5', steps: 2_100_000, accuracy: 0.73 },
      { variant: 'never', label: 'Sigmoid', steps: null, accuracy: 0.698 },
    ];
    const report = describeReport(
      sourceOf(
        [
          variantOf('slow', [0.2, 0.5, 0.6, 0.8, 0.7]),
          variantOf('fast', [0.7, 0.8, 0.9, 0.9, 0.9]),
          variantOf('never', [0.7, 0.7, 0.7, 0.7, 0.79]),
        ],
        { request: { ...request, baseline: 'slow', published } },
      ),
    );
    assert.deepEqual(
      report.variants.map(({ stepsToBaseline, speedup }) => [stepsToBaseline, speedup]),
      [
        [400, 1],
        [200, 2],
        [null, null],
      ],
    );
    assert.equal(report.variants[1].published!.speedup, 31_000_000 / 2_100_000);
    assert.equal(report.variants[2].published!.speedup, null);
  });

  test('a baseline that was not trained leaves steps uncounted', () => {
    const source = sourceOf([variantOf('a', [0.5])], { request: { ...request, baseline: 'b' } });
    const report = describeReport(source);
    assert.equal(report.baseline, null);
    assert.equal(report.variants[0].stepsToBaseline, null);
  });

  test('tells what trained from what stayed at chance, diverged, was stopped or never began', () => {
    // Three standard errors above one tenth of 10,000 examples.
    const chance = 0.1 + 3 * Math.sqrt((0.1 * 0.9) / 10_000);
    const report = describeReport(
      sourceOf([
        variantOf('above', [chance + 1e-6]),
        variantOf('below', [chance - 1e-6]),
        variantOf('diverged', [0.5, null], { ...diverged, stepsMade: 150, error: 'NaN' }),
        variantOf('stopped', [0.5], { state: 'stopped' }),
        variantOf('refused', [], { state: 'failed', stepsMade: 0, error: 'no memory' }),
        variantOf('crashed', [0.5], { state: 'failed', error: 'The thread ended early.' }),
      ]),
    );
    assert.ok(Math.abs(report.chance! - chance) < 1e-15);
    assert.deepEqual(
      report.variants.map(({ outcome }) => outcome),
      ['trained', 'chance', 'diverged', 'unfinished', 'failed', 'failed'],
    );
    assert.deepEqual(report.variants[2].best, { step: 100, accuracy: 0.5, loss: 0.5 });
    assert.equal(report.variants[4].best, null);
  });

  test('names nothing chance where no accuracy could be more, with few examples or one class', () => {
    const { data } = sourceOf([]);
    for (const [commonest, testExamples] of [
      [0.5, 2],
      [1, 10_000],
      [0.9, 10],
    ]) {
      const source = sourceOf([variantOf('base', [0.5])], {
        data: { ...data, commonest, testExamples },
      });
      const report = describeReport(source);
      assert.equal(report.chance, null);
      assert.equal(report.variants[0].outcome, 'trained');
      assert.match(reportFiles(report)['report.md'], /too near to 100 % .* to tell what learned/);
    }
  });

  test('what was only looked at by the statistics of the batches is no result', () => {
    const seen = variantOf('a', [0.5, 0.9, 0.6]);
    const evaluations = seen.evaluations.map((each) =>
      each.step === 200 ? { ...each, statistics: 'batch' as const } : each,
    );
    const [{ curve, best }] = describeReport(sourceOf([{ ...seen, evaluations }])).variants;
    assert.deepEqual(curve.step, [100, 300]);
    assert.deepEqual(best?.step, 300);
  });

  test('a grid has the cells that were trained, with what became of them', () => {
    const grid = {
      name: 'grid',
      axes: [
        { key: 'learningRate', values: ['0.1', '1'] },
        { key: 'deviation', values: ['0.01'] },
      ],
      cells: [
        { variant: 'a', at: [0, 0] },
        { variant: 'b', at: [1, 0] },
      ],
    };
    const [found] = describeReport(sourceOf([variantOf('a', [0.9])], { grids: [grid] })).grids;
    assert.deepEqual(found.cells, [
      { variant: 'a', at: [0, 0], outcome: 'trained', accuracy: 0.9, loss: 1 - 0.9 },
    ]);
  });
});
