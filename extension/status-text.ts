/** The words of the status bar item. */
import type { RunSummary, VariantSummary } from '../sidecar/protocol/runs.ts';
import type { State } from './state.ts';

export interface StatusText {
  /** With at most one icon, `$(name)`. */
  readonly text: string;
  readonly tooltip: string;
  /** What a screen reader says in place of the text. */
  readonly spoken: string;
}

/** Null when nothing happens that is worth a place in the status bar. */
export function statusText(state: State): StatusText | null {
  switch (state.kind) {
    case 'stopped':
    case 'starting':
    case 'ready':
      return null;
    case 'training':
      return training(state.run, state.others);
    case 'paused':
      return paused(state.run, state.others);
    case 'failed':
      return failed(state.run);
    default:
      return state satisfies never;
  }
}

/** A share as a percentage with three significant digits: `97.1 %`. */
export function percent(share: number): string {
  const value = share * 100;
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(decimals)} %`;
}

/** A count with a thin grouping that every font has: `50,000`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

function training(run: RunSummary, others: number): StatusText {
  const current = run.variants.find(({ state }) => state === 'training') ?? run.variants[0];
  const accuracy = current.testAccuracy === null ? '' : ` · ${percent(current.testAccuracy)}`;
  const more = others > 0 ? ` (and ${others} more)` : '';
  const steps = `step ${count(current.step)} of ${count(current.steps)}`;
  const spokenAccuracy =
    current.testAccuracy === null ? '' : `, test accuracy ${percent(current.testAccuracy)}`;
  return {
    text: `$(sync~spin) ${run.name}: ${count(current.step)}/${count(current.steps)}${accuracy}${more}`,
    tooltip: `BatchNorm trains ${run.name}${more}\n${variantLines(run)}\nClick to show the dashboard`,
    spoken: `BatchNorm trains ${run.name}: ${steps}${spokenAccuracy}`,
  };
}

function paused(run: RunSummary, others: number): StatusText {
  const current = run.variants.find(({ state }) => state === 'paused')!;
  const more = others > 0 ? ` (and ${others} more)` : '';
  const steps = `step ${count(current.step)} of ${count(current.steps)}`;
  return {
    text: `$(debug-pause) ${run.name}: ${count(current.step)}/${count(current.steps)}${more}`,
    tooltip: `BatchNorm: ${run.name} is paused${more}\n${variantLines(run)}\nClick to show the dashboard`,
    spoken: `BatchNorm: ${run.name} is paused at ${steps}`,
  };
}

function failed(run: RunSummary | null): StatusText {
  if (run === null) {
    return {
      text: '$(error) BatchNorm',
      tooltip:
        'The process of BatchNorm ended too often; any of its commands starts it again\nClick to show the log',
      spoken: 'BatchNorm does not run',
    };
  }
  return {
    text: `$(error) ${run.name}: failed`,
    tooltip: `The run of ${run.name} failed\n${variantLines(run)}\nClick to show the dashboard`,
    spoken: `BatchNorm: the run of ${run.name} failed`,
  };
}

function variantLines(run: RunSummary): string {
  return run.variants.map((variant) => `${variant.variant}: ${progress(variant)}`).join('\n');
}

/** For instance `training, step 1,200 of 50,000, test accuracy 91.4 %`. */
export function progress(variant: VariantSummary): string {
  const parts = [variant.state, `step ${count(variant.step)} of ${count(variant.steps)}`];
  if (variant.testAccuracy !== null) parts.push(`test accuracy ${percent(variant.testAccuracy)}`);
  if (variant.error !== undefined) parts.push(variant.error);
  return parts.join(', ');
}
