/** The range of a chart's value axis, and whether it is logarithmic. */
import { linearRange, logRange, type Range, wantsLog } from './axes.ts';
import type { ChartPlan } from './plan.ts';
import type { Extent } from './samples.ts';

export interface ValueAxis {
  readonly range: Range;
  readonly log: boolean;
}

/** Values smaller than this share of the largest do not stretch a logarithmic axis. */
const logDepth = 1e-8;
/** Nor do bands stretch it below the lines by more than this: of dead units they reach down to nothing. */
const bandDepth = 0.1;

/** The axis for an extent of values; `wasLog` keeps one that chooses for itself from going back and forth. */
export function valueAxis(
  { log: mode, format }: Pick<ChartPlan, 'log' | 'format'>,
  { min, max, minPositive, minPositiveLow }: Extent,
  chosen: 'log' | 'linear' | undefined,
  wasLog: boolean,
): ValueAxis {
  const lowestOfBands = Math.max(minPositiveLow, minPositive * bandDepth);
  const lowest = Math.max(Math.min(minPositive, lowestOfBands), max * logDepth);
  const byData = mode === 'auto' && wantsLog(lowest, max, wasLog);
  if (max > 0 && (chosen === undefined ? byData : chosen === 'log')) {
    return { range: logRange(lowest, max), log: true };
  }
  const [low, high] = linearRange(min, max);
  const isShare = format === 'percent';
  return { range: isShare ? [Math.max(0, low), Math.min(1, high)] : [low, high], log: false };
}
