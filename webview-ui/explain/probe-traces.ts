/** Figures of probes as traces of step charts. Probes are only ever appended, so each is looked at once. */
import type { Probe } from '../../sidecar/protocol/probes.ts';
import type { VariantData } from '../store.ts';
import type { Trace } from '../traces.ts';
import { activationIn, percentilesOf } from './probes.ts';

/** A number a probe; one that was not measured (null) has no row. */
export function probeTrace(
  variant: VariantData,
  label: string,
  measure: (probe: Probe) => number | null | undefined,
): Trace {
  const { probes } = variant;
  const steps: number[] = [];
  const mid: number[] = [];
  let seen = 0;
  const read = () => {
    for (; seen < probes.length; seen++) {
      const value = measure(probes[seen]);
      if (value === null || value === undefined) continue;
      steps.push(probes[seen].step);
      mid.push(value);
    }
    return { count: steps.length, steps, low: null, mid, high: null, firstNonFinite: -1 };
  };
  return { variant, label, mark: 'sparse', read };
}

/** Percentiles of the input to one unit of an activation: the median with the 15th to 85th. */
export function percentileTrace(variant: VariantData, layer: string, unit: number): Trace {
  const { probes } = variant;
  const steps: number[] = [];
  const bands: [low: number[], mid: number[], high: number[]] = [[], [], []];
  let firstNonFinite = -1;
  let seen = 0;
  const read = () => {
    for (; seen < probes.length; seen++) {
      const probe = activationIn(probes[seen], layer);
      if (!probe) continue;
      const { units, values } = percentilesOf(probe);
      const own = [0, 1, 2].map((place) =>
        unit < units ? values[place * units + unit] : Number.NaN,
      );
      if (firstNonFinite < 0 && !own.every(Number.isFinite)) firstNonFinite = steps.length;
      steps.push(probes[seen].step);
      for (const [place, value] of own.entries()) bands[place].push(value);
    }
    const [low, mid, high] = bands;
    return { count: steps.length, steps, low, mid, high, firstNonFinite };
  };
  return { variant, label: `unit ${unit}`, mark: 'line', read };
}
