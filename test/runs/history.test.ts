import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { historyColumns } from '../../sidecar/runs/columns.ts';
import { allocateHistory, History, nextRecord } from '../../sidecar/runs/history.ts';
import { Recorder } from '../../sidecar/runs/recorder.ts';

const fields = [
  { layer: 'dense1', quantity: 'outputMean', offset: 0, length: 3 },
  { layer: 'dense1', quantity: 'gradientNorm', offset: 3, length: 1 },
  { layer: 'batchnorm1', quantity: 'runningVariance', offset: 4, length: 3 },
] as const;

test('columns: the network first, per-unit quantities as three percentiles, scalars as they are', () => {
  const names = historyColumns(fields).map(({ layer, quantity, statistic }) =>
    [layer, quantity, statistic].join(' '),
  );
  assert.deepEqual(names, [
    ' loss value',
    ' accuracy value',
    ' learningRate value',
    'dense1 outputMean low',
    'dense1 outputMean mid',
    'dense1 outputMean high',
    'dense1 gradientNorm value',
    'batchnorm1 runningVariance low',
    'batchnorm1 runningVariance mid',
    'batchnorm1 runningVariance high',
  ]);
});

test('a row holds the mean loss and accuracy since the row before, and the statistics of its step', () => {
  const buffers = allocateHistory(historyColumns(fields), 10);
  const history = new History(buffers);
  const recorder = new Recorder(fields, history);
  recorder.add(4, 0.5);
  recorder.add(2, 1);
  recorder.record(2, 0.1, Float32Array.of(1, 2, 3, 0.25, 0.25, 0.25, 7, 8, 9));
  recorder.add(1, 0);
  recorder.record(3, 0.1, Float32Array.of(0, 0, 0, 0.5, 0.5, 0.5, 8, 9, 10));
  assert.equal(history.rows, 2);
  assert.deepEqual(history.column(-1), [2, 3]);
  assert.deepEqual(history.column(0), [3, 1]);
  assert.deepEqual(history.column(1), [0.75, 0]);
  assert.deepEqual(history.column(4), [2, 0]);
  assert.deepEqual(history.column(6), [0.25, 0.5]);
  assert.deepEqual(history.column(8, 1), [9]);
  // Another thread's view of the same memory.
  const { count, values } = new History(buffers).since(1);
  assert.equal(count, 1);
  assert.equal(values[0], 3);
  assert.equal(values.length, historyColumns(fields).length + 1);
});

test('every length of run has room for its recorded steps, exactly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000_000 }), (steps) => {
      const history = new History(allocateHistory([], steps));
      let last = 0;
      for (let step = nextRecord(0, steps); step > last; step = nextRecord(step, steps)) {
        history.draft()[0] = step;
        history.commit();
        // A chart from 0 to now has at least 250 points, or every step.
        assert.ok(step - last <= Math.max(1, step / 250));
        last = step;
      }
      assert.equal(last, steps);
      assert.equal(history.draft().length, 0);
      assert.ok(history.rows <= 4000);
    }),
    { numRuns: 50 },
  );
});
