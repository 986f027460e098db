/** The figures behind a chart: a sensible subset of steps and the latest, exact to three significant digits. */
import { linearTicks, type Range } from './axes.ts';
import { count, figure, percent } from './format.ts';
import type { ChartPlan } from './plan.ts';
import { type Reading, readAt, sayValue, snapToRecorded, stepBy } from './reading.ts';
import type { Trace } from './traces.ts';

export interface TableContent {
  readonly groups: readonly { readonly trace: Trace; readonly columns: readonly string[] }[];
  readonly rows: readonly { readonly step: number; readonly cells: readonly string[] }[];
}

const bandColumns = ['15 %', 'median', '85 %'];

/** About a dozen rows at round steps of the window, and the latest one in it. */
export function tableContent(
  traces: readonly Trace[],
  window: Range,
  format: ChartPlan['format'],
): TableContent {
  const groups = traces.map((trace) => ({
    trace,
    columns: trace.read().low ? bandColumns : ['value'],
  }));
  const rows = stepsOf(traces, window).map((step) => ({
    step,
    cells: readAt(traces, step).flatMap((reading) => cellsOf(reading, step, format)),
  }));
  return { groups, rows };
}

function stepsOf(traces: readonly Trace[], [from, to]: Range): number[] {
  const latest = stepBy(traces, null, 0);
  if (latest === null) return [];
  const last = Math.min(latest, snapToRecorded(traces, to));
  const round = linearTicks([from, last], 11).map((step) => snapToRecorded(traces, step));
  return [...new Set([...round, last])].sort((a, b) => a - b);
}

function cellsOf(reading: Reading, step: number, format: ChartPlan['format']): string[] {
  const { trace, low, high } = reading;
  const at = reading.step === null || reading.step === step ? '' : ` at ${count(reading.step)}`;
  const mid = `${sayValue(reading, format)}${at}`;
  if (!trace.read().low) return [mid];
  const say = (value: number | null) =>
    value === null
      ? sayValue(reading, format)
      : format === 'percent'
        ? percent(value)
        : figure(value);
  return [say(low), mid, say(high)];
}
