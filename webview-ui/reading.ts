/** The values of traces at one step, and how they are said. */
import { absent, count, figure, percent } from './format.ts';
import type { ChartPlan } from './plan.ts';
import { nearestRow, rowAt } from './samples.ts';
import type { Trace } from './traces.ts';

export interface Reading {
  readonly trace: Trace;
  /** Step of the row read; null when the trace has none there. */
  readonly step: number | null;
  readonly mid: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Reads every trace at a step, or its latest row. Lines that have not come so far have no value there. */
export function readAt(traces: readonly Trace[], step: number | null): Reading[] {
  return traces.map((trace) => {
    const samples = trace.read();
    const { count: rows, steps, mid, low, high } = samples;
    const row = step === null ? rows - 1 : rowAt(samples, step);
    const isBeyond = step !== null && trace.mark === 'line' && !(step <= steps[rows - 1]);
    if (row < 0 || isBeyond) return { trace, step: null, mid: Number.NaN, low: null, high: null };
    return {
      trace,
      step: steps[row],
      mid: mid[row],
      low: low?.[row] ?? null,
      high: high?.[row] ?? null,
    };
  });
}

/** A reading's middle value in words. */
export function sayValue({ step, mid }: Reading, format: ChartPlan['format']): string {
  if (step === null) return absent;
  return format === 'percent' ? percent(mid) : figure(mid);
}

/** `0.12 to 0.34`, or nothing where there is no band or none of it is finite. */
export function sayBand({ low, high }: Reading): string {
  if (low === null || high === null) return '';
  return Number.isFinite(low) || Number.isFinite(high) ? `${figure(low)} to ${figure(high)}` : '';
}

/** Everything at a step as one sentence, for those who listen. */
export function sayAll(
  readings: readonly Reading[],
  step: number,
  format: ChartPlan['format'],
): string {
  const parts = readings.map((reading) => {
    const at = reading.step !== null && reading.step !== step ? ` at ${count(reading.step)}` : '';
    const { trace } = reading;
    return `${trace.variant.name} ${trace.label} ${sayValue(reading, format)}${at}`;
  });
  return [`step ${count(step)}`, ...parts].join(', ');
}

/** The step nearest to a place that any of the traces has recorded. */
export function snapToRecorded(traces: readonly Trace[], step: number): number {
  let nearest: number | null = null;
  for (const trace of traces) {
    const samples = trace.read();
    const row = nearestRow(samples, step);
    if (row < 0) continue;
    const candidate = samples.steps[row];
    if (nearest === null || Math.abs(candidate - step) < Math.abs(nearest - step))
      nearest = candidate;
  }
  return nearest ?? Math.round(step);
}

/** The recorded step `rows` rows further on (or back) in the trace that is recorded most densely. */
export function stepBy(traces: readonly Trace[], from: number | null, rows: number): number | null {
  const all = traces.map((trace) => trace.read());
  const densest = all.reduce<(typeof all)[number] | null>(
    (best, samples) => (best && best.count >= samples.count ? best : samples),
    null,
  );
  if (!densest || densest.count === 0) return null;
  const { steps, count: rowCount } = densest;
  const start = from === null ? rowCount - 1 : nearestRow(densest, from);
  return steps[Math.min(rowCount - 1, Math.max(0, start + rows))];
}
