import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShownRun } from '../../../extension/dashboard/shown-run.ts';
import type { Probe } from '../../../sidecar/protocol/probes.ts';
import type { RunFrame } from '../../../sidecar/protocol/statistics.ts';
import { Feed } from '../../webview-ui/feed.ts';

const feed = new Feed({ steps: 100, every: 1, hiddenLayers: 1 });

/** What is shown after a snapshot of some rows and these frames, as of the run at `rows`. */
function shown(start: number, frames: readonly RunFrame[], rows: number) {
  const run = new ShownRun(feed.snapshot(start));
  for (const frame of frames) run.add(frame);
  return run.whole(feed.run(rows));
}

test('a snapshot and the frames since are the snapshot of now', () => {
  const frames = [feed.frame(0, 1), feed.frame(1, 14), feed.frame(14, 14), feed.frame(14, 60)];
  assert.deepEqual(shown(0, frames, 60), feed.snapshot(60));
});

test('asked for in between, it goes on from there', () => {
  const run = new ShownRun(feed.snapshot(10));
  run.add(feed.frame(10, 20));
  assert.deepEqual(run.whole(feed.run(20)), feed.snapshot(20));
  run.add(feed.frame(20, 35));
  assert.deepEqual(run.whole(feed.run(35)), feed.snapshot(35));
});

test('rows that come twice are taken once, none from beyond a gap', () => {
  assert.deepEqual(shown(30, [feed.frame(10, 20), feed.frame(25, 40)], 40), feed.snapshot(40));
  assert.deepEqual(shown(30, [feed.frame(31, 40), feed.frame(40, 50)], 30), feed.snapshot(30));
});

test('changes and evaluations of one step are all kept, those that come twice once', () => {
  const event = (step: number, kind: 'pause' | 'continue') => {
    return { step, action: { kind }, effect: '' };
  };
  const evaluation = (step: number, testLoss: number) => {
    return { step, testLoss, testAccuracy: null, validationLoss: null, validationAccuracy: null };
  };
  const [first, again] = [event(3, 'pause'), event(3, 'continue')];
  const [running, batch] = [evaluation(3, 0.5), evaluation(3, 0.6)];
  const start = feed.snapshot(30);
  const [base, ...others] = start.variants;
  const run = new ShownRun({
    ...start,
    variants: [{ ...base, evaluations: [running], events: [first, again] }, ...others],
  });
  const add = (events: (typeof first)[], evaluations: (typeof running)[]) => {
    const rows = { first: 30, count: 0, values: '' };
    run.add({
      run: feed.run(30),
      variants: [{ variant: base.variant, rows, evaluations, events }],
    });
  };
  add([again, first], [running, batch]);
  add([again, event(4, 'pause')], [evaluation(2, 0.7), evaluation(4, 0.6)]);
  const [shown] = run.whole(feed.run(30)).variants;
  assert.deepEqual(shown.events, [first, again, first, again, event(4, 'pause')]);
  assert.deepEqual(shown.evaluations, [running, batch, evaluation(4, 0.6)]);
});

test('frames of another run change nothing', () => {
  const other = new Feed({ steps: 100, every: 1, hiddenLayers: 1, runId: 'run-2' });
  assert.deepEqual(shown(30, [other.frame(30, 40)], 30), feed.snapshot(30));
});

test('probes come with snapshot and frames, each once, and units keep their places', () => {
  const probe = (step: number): Probe => ({
    ...{ step, activations: [], shifts: [], gaps: [], units: null },
    ...{ batchLoss: 1, batchAccuracy: null, runningLoss: 1, runningAccuracy: null },
  });
  const unitFields = [{ layer: 'dense1', quantity: 'outputMean', offset: 0, length: 3 }];
  const snapshot = feed.snapshot(10);
  const run = new ShownRun({
    ...snapshot,
    variants: snapshot.variants.map((each) => ({ ...each, unitFields, probes: [probe(1)] })),
  });
  for (const [from, to, steps] of [
    [10, 20, [1, 2]],
    [20, 20, [3]],
    [20, 30, []],
  ] as const) {
    const frame = feed.frame(from, to);
    const probes = steps.map(probe);
    run.add({ ...frame, variants: frame.variants.map((each) => ({ ...each, probes })) });
  }
  for (const variant of run.whole(feed.run(30)).variants) {
    assert.deepEqual(variant.probes, [probe(1), probe(2), probe(3)]);
    assert.deepEqual(variant.unitFields, unitFields);
  }
});
