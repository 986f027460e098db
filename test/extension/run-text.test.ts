import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashText, failureText, unsavedText } from '../../extension/run-text.ts';
import { runOf, variantOf } from './run-factory.ts';

const failed = runOf({ variants: [variantOf({ state: 'failed', error: 'loss is NaN' })] });

test('a failure is told once', () => {
  assert.equal(failureText(failed, runOf()), 'mnist (base) failed at step 1,234: loss is NaN');
  assert.equal(failureText(failed, undefined), 'mnist (base) failed at step 1,234: loss is NaN');
  assert.equal(failureText(failed, failed), null);
  assert.equal(failureText(runOf(), undefined), null);
});

test('results that could not be written are told once', () => {
  const unsaved = runOf({ saveError: '/runs: expected a folder.' });
  const told =
    'The results of mnist are not saved: /runs: expected a folder. They stay in memory until the window is closed; export the model before.';
  assert.equal(unsavedText(unsaved, runOf()), told);
  assert.equal(unsavedText(unsaved, undefined), told);
  assert.equal(unsavedText(unsaved, unsaved), null);
  assert.equal(unsavedText(runOf(), unsaved), null);
});

test('a crash names the runs it ended and what comes next', () => {
  assert.equal(
    crashText([failed], true),
    'The process of BatchNorm ended unexpectedly and was started again. The run of mnist failed at step 1,234.',
  );
  assert.match(crashText([], false), /too often and was not started again\.$/);
});
