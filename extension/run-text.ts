/** What is said when a run, its saving or the sidecar fails. */
import type { RunSummary } from '../sidecar/protocol/runs.ts';
import { count } from './status-text.ts';

/** The sentence for a variant that has failed since `before`, or null. */
export function failureText(run: RunSummary, before: RunSummary | undefined): string | null {
  const failed = run.variants.find(
    ({ variant, state }) =>
      state === 'failed' &&
      before?.variants.find((other) => other.variant === variant)?.state !== 'failed',
  );
  if (failed === undefined) return null;
  return `${run.name} (${failed.variant}) failed at step ${count(failed.step)}: ${failed.error ?? 'no reason given'}`;
}

/** The sentence for results that could not be written since `before`, or null. */
export function unsavedText(run: RunSummary, before: RunSummary | undefined): string | null {
  if (run.saveError === undefined || before?.saveError !== undefined) return null;
  return `The results of ${run.name} are not saved: ${run.saveError} They stay in memory until the window is closed; export the model before.`;
}

/** Names the runs that a crash has ended, with the step each had reached. */
export function crashText(ended: readonly RunSummary[], restarting: boolean): string {
  const runs = ended.map((run) => {
    const step = Math.max(...run.variants.map((variant) => variant.step));
    return ` The run of ${run.name} failed at step ${count(step)}.`;
  });
  const next = restarting ? ' and was started again.' : ' too often and was not started again.';
  return `The process of BatchNorm ended unexpectedly${next}${runs.join('')}`;
}
