import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSummary, VariantSummary } from '../../sidecar/protocol/runs.ts';
import { isActive, progressOf, sayVariant, secondsLeft } from '../../webview-ui/progress.ts';

function variant(changes: Partial<VariantSummary>): VariantSummary {
  return {
    ...{ variant: 'base', state: 'training', step: 0, steps: 2000, seconds: 0, findings: [] },
    ...{ loss: null, testAccuracy: null, testLoss: null, examplesPerSecond: 0 },
    learningRate: 0.1,
    ...changes,
  };
}

function run(...variants: VariantSummary[]): RunSummary {
  return { runId: 'a', uri: 'file:///a.bn.yaml', name: 'a', folder: null, variants };
}

test('a single training variant says step, rate and time left', () => {
  const training = variant({ step: 1240, seconds: 12.4, examplesPerSecond: 61_234 });
  const { state, parts, share } = progressOf(run(training));
  assert.equal(state, 'training');
  assert.deepEqual(parts, ['training', 'step 1,240 of 2,000', '61,200 examples/s', '7.6 s left']);
  assert.equal(share, 0.62);
});

test('variants that wait are part of the time left', () => {
  const training = variant({ step: 1000, seconds: 10 });
  const queued = variant({ state: 'queued' });
  assert.equal(secondsLeft([training, queued]), 30);
  assert.equal(secondsLeft([queued]), null);
});

test('the most active variant gives the run its state', () => {
  const states = (['finished', 'failed', 'training'] as const).map((state) => variant({ state }));
  assert.equal(progressOf(run(...states)).parts[0], 'training 1 of 3');
  assert.equal(isActive(run(...states)), true);
  assert.equal(isActive(run(...states.slice(0, 2))), false);
});

test('a run that is over says how long it took', () => {
  const finished = variant({ state: 'finished', step: 2000, seconds: 65 });
  assert.deepEqual(progressOf(run(finished)).parts, [
    'finished',
    'step 2,000 of 2,000',
    '1 min 5 s of training',
  ]);
});

test('a stopped run says how far those came that had begun', () => {
  const begun = [64, 70].map((step) => variant({ state: 'stopped', step, seconds: 9 }));
  const stopped = run(...begun, variant({ state: 'stopped' }));
  assert.equal(progressOf(stopped).parts[1], 'step 64 of 2,000');
  assert.equal(progressOf(run(variant({ state: 'stopped' }))).parts[1], 'step 0 of 2,000');
});

test('results that are not on disk are part of where the run stands', () => {
  const finished = run(variant({ state: 'finished', step: 2000, seconds: 65 }));
  const unsaved = { ...finished, saveError: '/runs: expected a folder.' };
  assert.equal(progressOf(finished).parts.includes('results not saved'), false);
  assert.equal(progressOf(unsaved).parts.at(-1), 'results not saved');
});

test('a variant is said with its accuracy once there is one', () => {
  assert.equal(sayVariant(variant({ step: 5 })), 'base training, step 5 of 2,000');
  assert.match(sayVariant(variant({ testAccuracy: 0.921 })), /test accuracy 92\.1 %$/);
});
