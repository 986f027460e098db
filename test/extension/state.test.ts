import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateOf } from '../../extension/state.ts';
import { statusText } from '../../extension/status-text.ts';
import { runOf, variantOf } from './run-factory.ts';

const finished = runOf({ runId: 'done', variants: [variantOf({ state: 'finished' })] });
const failed = runOf({
  runId: 'bad',
  variants: [variantOf({ state: 'finished' }), variantOf({ state: 'failed', error: 'NaN' })],
});

test('without a run in progress or failed the state is the connection', () => {
  for (const connection of ['stopped', 'starting', 'ready'] as const) {
    assert.deepEqual(stateOf(connection, []), { kind: connection });
    assert.deepEqual(stateOf(connection, [failed, finished]), { kind: connection });
  }
});

test('a run in progress outweighs a failed one', () => {
  const run = runOf();
  assert.deepEqual(stateOf('ready', [run, failed]), { kind: 'training', run, others: 0 });
  const other = runOf({ runId: 'two', name: 'iris' });
  assert.deepEqual(stateOf('ready', [run, other]), { kind: 'training', run: other, others: 1 });
});

test('the newest run that failed is not forgotten', () => {
  assert.deepEqual(stateOf('ready', [finished, failed]), { kind: 'failed', run: failed });
});

test('a run is paused when all that is left of it is, and one that trains outweighs it', () => {
  const half = variantOf({ variant: 'half', state: 'paused' });
  const done = variantOf({ variant: 'done', state: 'finished' });
  const paused = runOf({ variants: [done, half] });
  assert.deepEqual(stateOf('ready', [paused, failed]), { kind: 'paused', run: paused, others: 0 });
  const mixed = runOf({ variants: [half, variantOf({ variant: 'next', state: 'queued' })] });
  assert.deepEqual(stateOf('ready', [mixed]), { kind: 'training', run: mixed, others: 0 });
  const run = runOf({ runId: 'two' });
  assert.deepEqual(stateOf('ready', [run, paused]), { kind: 'training', run, others: 1 });
});

test('the status bar says where a run is paused', () => {
  const run = runOf({ variants: [variantOf({ state: 'paused' })] });
  const status = statusText({ kind: 'paused', run, others: 1 })!;
  assert.equal(status.text, '$(debug-pause) mnist: 1,234/50,000 (and 1 more)');
  assert.equal(status.spoken, 'BatchNorm: mnist is paused at step 1,234 of 50,000');
  assert.match(status.tooltip, /base: paused, step 1,234 of 50,000/);
});

test('a sidecar that is gone outweighs all', () => {
  assert.deepEqual(stateOf('failed', [runOf()]), { kind: 'failed', run: null });
});

test('the status bar is empty while nothing happens', () => {
  for (const kind of ['stopped', 'starting', 'ready'] as const)
    assert.equal(statusText({ kind }), null);
});

test('the status bar counts steps and shows the last accuracy', () => {
  const text = (testAccuracy: number | null, others = 0) =>
    statusText({
      kind: 'training',
      run: runOf({ variants: [variantOf({ testAccuracy })] }),
      others,
    })!;
  assert.equal(text(null).text, '$(sync~spin) mnist: 1,234/50,000');
  assert.equal(text(0.97126).text, '$(sync~spin) mnist: 1,234/50,000 · 97.1 %');
  assert.equal(text(0.0998, 2).text, '$(sync~spin) mnist: 1,234/50,000 · 9.98 % (and 2 more)');
  assert.equal(text(1).text, '$(sync~spin) mnist: 1,234/50,000 · 100 %');
  assert.match(text(0.5).spoken, /step 1,234 of 50,000, test accuracy 50.0 %/);
  assert.match(text(0.5).tooltip, /base: training, step 1,234 of 50,000/);
});

test('of several variants the status bar shows the one that is training', () => {
  const variants = [
    variantOf({ variant: 'first', state: 'finished', step: 50_000 }),
    variantOf({ variant: 'second', step: 77 }),
  ];
  const { text } = statusText({ kind: 'training', run: runOf({ variants }), others: 0 })!;
  assert.match(text, / 77\/50,000/);
});

test('a failure is named, with its reason in the tooltip', () => {
  const status = statusText({ kind: 'failed', run: failed })!;
  assert.match(status.text, /mnist: failed/);
  assert.match(status.tooltip, /NaN/);
  assert.match(statusText({ kind: 'failed', run: null })!.spoken, /does not run/);
});
