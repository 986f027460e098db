import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownRuns } from '../../../extension/dashboard/known-runs.ts';
import { runOf } from '../run-factory.ts';

const label = (runs: ReturnType<typeof knownRuns>) =>
  runs.map(({ run, label: each }) => [run.runId, each]);

test('the newest comes first, called by the number of its folder', () => {
  const runs = [
    runOf({ runId: 'one', folder: '/work/runs/mnist/001' }),
    runOf({ runId: 'two', folder: '/work/runs/mnist/012' }),
  ];
  assert.deepEqual(label(knownRuns(runs, [])), [
    ['two', '#12'],
    ['one', '#1'],
  ]);
});

test('runs in memory alone are counted by their file', () => {
  const runs = [
    runOf({ runId: 'a1', uri: 'file:///a' }),
    runOf({ runId: 'b1', uri: 'file:///b' }),
    runOf({ runId: 'a2', uri: 'file:///a' }),
  ];
  assert.deepEqual(label(knownRuns(runs, [])), [
    ['a2', 'unsaved #2'],
    ['b1', 'unsaved #1'],
    ['a1', 'unsaved #1'],
  ]);
});

test('a run of this session is not told twice, and in its present state', () => {
  const saved = runOf({ runId: 'one', folder: '/runs/001' });
  const now = { ...saved, name: 'renamed' };
  const known = knownRuns([now], [runOf({ runId: 'old', folder: '/runs/000' }), saved]);
  assert.deepEqual(label(known), [
    ['one', '#1'],
    ['old', '#0'],
  ]);
  assert.equal(known[0].run.name, 'renamed');
});
