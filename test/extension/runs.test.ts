import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presentEnsemble, Runs, savedVariants, trainedVariants } from '../../extension/runs.ts';
import { runOf, variantOf } from './run-factory.ts';

test('the newest run is the one started last, of a file when one is named', () => {
  const runs = new Runs();
  runs.update(runOf({ runId: 'one', uri: 'file:///a' }));
  runs.update(runOf({ runId: 'two', uri: 'file:///b' }));
  runs.update(runOf({ runId: 'one', uri: 'file:///a', variants: [variantOf({ step: 2000 })] }));
  assert.equal(runs.newest()?.runId, 'two');
  assert.equal(runs.newest('file:///a')?.variants[0].step, 2000);
  assert.equal(runs.newest('file:///c'), undefined);
});

const lost = 'The process of BatchNorm ended unexpectedly; train again.';

test('a crash fails what was unfinished and leaves the rest as it was', () => {
  const runs = new Runs();
  const done = variantOf({ variant: 'done', state: 'finished', step: 50_000 });
  const waiting = variantOf({ variant: 'waiting', state: 'queued', step: 0 });
  runs.update(runOf({ variants: [done, variantOf(), waiting] }));
  runs.update(runOf({ runId: 'old', variants: [done] }));
  const heard: string[] = [];
  runs.onDidChange((run) => heard.push(run.runId));

  const ended = runs.failUnfinished();

  assert.deepEqual(heard, ['one']);
  assert.deepEqual(ended, [runs.get('one')]);
  assert.deepEqual(
    runs.get('one')?.variants.map(({ state, step, error }) => [state, step, error]),
    [
      ['finished', 50_000, undefined],
      ['failed', 1234, lost],
      ['failed', 0, lost],
    ],
  );
  assert.deepEqual(runs.active(), []);
});

test('a listener hears the state before, and nothing once disposed', () => {
  const runs = new Runs();
  const heard: unknown[] = [];
  const listener = runs.onDidChange((run, before) =>
    heard.push([run.variants[0].step, before?.variants[0].step]),
  );
  runs.update(runOf());
  runs.update(runOf({ variants: [variantOf({ step: 1300 })] }));
  listener.dispose();
  runs.update(runOf());
  assert.deepEqual(heard, [
    [1234, undefined],
    [1300, 1234],
  ]);
});

test('only variants that made a step can be exported', () => {
  const states = ['queued', 'training', 'finished', 'stopped', 'failed'] as const;
  const variants = states.map((state) => variantOf({ variant: state, state }));
  const untouched = variantOf({ variant: 'untouched', state: 'failed', step: 0 });
  assert.deepEqual(
    trainedVariants(runOf({ variants: [...variants, untouched] })).map(({ variant }) => variant),
    ['training', 'finished', 'stopped', 'failed'],
  );
});

test('an ensemble can be exported once every member has ended with something to give', () => {
  const done = ['a', 'b'].map((variant) => variantOf({ variant, state: 'finished' }));
  const run = runOf({ ensemble: ['a', 'b'], variants: done });
  assert.deepEqual(presentEnsemble(run, done), ['a', 'b']);
  assert.equal(presentEnsemble(run, done.slice(1)), null);
  assert.equal(presentEnsemble(run, [done[0], { ...done[1], state: 'training' }]), null);
  assert.equal(presentEnsemble(runOf({ variants: done }), done), null);
});

test('once the sidecar is gone, what was saved before its end is left', () => {
  const runs = new Runs();
  const done = variantOf({ variant: 'done', state: 'finished' });
  const diverged = variantOf({ variant: 'diverged', state: 'failed', error: 'loss is NaN' });
  runs.update(runOf({ variants: [done, diverged, variantOf()], folder: '/runs/mnist/001' }));
  const [crashed] = runs.failUnfinished();
  assert.equal(trainedVariants(crashed).length, 3);
  assert.deepEqual(savedVariants(crashed), [done, diverged]);
  assert.deepEqual(savedVariants({ ...crashed, folder: null }), []);
});
