/** Where a run stands, in words. */
import type { RunSummary, VariantState, VariantSummary } from '../sidecar/protocol/runs.ts';
import { count, duration, figure, percent } from './format.ts';

export interface Progress {
  /** The run's state: that of its most active variant. */
  readonly state: VariantState;
  /** `training, step 1,240 of 2,000, 61,200 examples/s, about 12 s left` as parts. */
  readonly parts: readonly string[];
  /** Steps made of all that were asked for, 0 to 1. */
  readonly share: number;
}

const unfinished: readonly VariantState[] = ['training', 'paused', 'queued'];
const byActivity: readonly VariantState[] = [...unfinished, 'failed', 'stopped', 'finished'];

export function isActive({ variants }: RunSummary): boolean {
  return variants.some(isUnfinished);
}

export function isUnfinished({ state }: Pick<VariantSummary, 'state'>): boolean {
  return unfinished.includes(state);
}

export function progressOf(run: RunSummary): Progress {
  const { variants } = run;
  const state =
    byActivity.find((each) => variants.some((variant) => variant.state === each)) ?? 'queued';
  const training = variants.filter((variant) => variant.state === 'training');
  const done = sum(variants, ({ step }) => step);
  const total = sum(variants, ({ steps }) => steps);
  const parts = [sayState(state, variants), saySteps(variants, training)];
  if (training.length > 0) {
    const rate = sum(training, ({ examplesPerSecond }) => examplesPerSecond);
    if (rate > 0) parts.push(`${figure(rate)} examples/s`);
    const left = secondsLeft(variants);
    if (left !== null) parts.push(`${duration(left)} left`);
  } else if (!isActive(run))
    parts.push(`${duration(sum(variants, ({ seconds }) => seconds))} of training`);
  if (run.saveError !== undefined) parts.push('results not saved');
  return { state, parts, share: total > 0 ? done / total : 0 };
}

/** One sentence on a variant for those who listen. */
export function sayVariant({ variant, state, step, steps, testAccuracy }: VariantSummary): string {
  const accuracy = testAccuracy === null ? '' : `, test accuracy ${percent(testAccuracy)}`;
  return `${variant} ${state}, step ${count(step)} of ${count(steps)}${accuracy}`;
}

/**
 * Steps left at the pace so far. Variants share the machine, so that their paces add up, whether they train side by
 * side or one after the other.
 */
export function secondsLeft(variants: readonly VariantSummary[]): number | null {
  const active = variants.filter(isUnfinished);
  const training = active.filter(({ state, seconds }) => state === 'training' && seconds > 0);
  const pace = sum(training, ({ step, seconds }) => step / seconds);
  return pace > 0 ? sum(active, ({ step, steps }) => steps - step) / pace : null;
}

function sayState(state: VariantState, variants: readonly VariantSummary[]): string {
  const same = variants.filter((variant) => variant.state === state).length;
  return variants.length > 1 && same < variants.length
    ? `${state} ${same} of ${variants.length}`
    : state;
}

function saySteps(
  variants: readonly VariantSummary[],
  training: readonly VariantSummary[],
): string {
  // A variant that never came to its turn says nothing of how far the others came.
  const begun = variants.filter(({ step }) => step > 0);
  const shown = [training, begun, variants].find((some) => some.length > 0)!;
  const step = Math.min(...shown.map((variant) => variant.step));
  const steps = Math.max(...shown.map((variant) => variant.steps));
  return `step ${count(step)} of ${count(steps)}`;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
