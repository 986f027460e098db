/**
 * Figures 1b and 1c of the paper: the 15th, 50th and 85th percentile of the input to one unit of an activation, over
 * training, and how much they wander.
 */
import { fromBase64 } from '../base64.ts';
import type { ReportRequest } from '../network/types.ts';
import type { PercentilesReport, UnitPercentiles, Wander } from './report.ts';
import type { VariantSource } from './source.ts';

type Wish = NonNullable<ReportRequest['percentiles']>;

/** One probe's percentiles of every unit of a layer: `[3][units]`. */
interface Snapshot {
  readonly step: number;
  readonly values: Float32Array;
}

export function describePercentiles(
  variants: readonly VariantSource[],
  wish: Wish,
): PercentilesReport {
  const missing: { variant: string; reason: string }[] = [];
  const found: UnitPercentiles[] = [];
  for (const variant of variants) {
    const described = describeUnit(variant, wish);
    if (typeof described === 'string')
      missing.push({ variant: variant.variant, reason: described });
    else found.push(described);
  }
  const reference = found[0]?.wander?.mean ?? null;
  const rated = found.map((each) => ({
    ...each,
    wander: each.wander && {
      ...each.wander,
      ratio: reference ? each.wander.mean / reference : null,
    },
  }));
  return { layer: wish.layer, variants: rated, missing };
}

/** The unit's percentiles, or why there are none. */
function describeUnit(
  { variant, probes, stepsMade }: VariantSource,
  { layer, unit: named }: Wish,
): UnitPercentiles | string {
  const snapshots = probes.flatMap(({ step, activations }): Snapshot[] => {
    const probe = activations.find((each) => each.layer === layer);
    return probe === undefined ? [] : [{ step, values: fromBase64(probe.percentiles) }];
  });
  if (snapshots.length === 0) {
    return probes.length === 0
      ? 'nothing was measured while it trained'
      : `it has no activation called ${layer}`;
  }
  const units = snapshots[0].values.length / 3;
  if (named !== null && named >= units)
    return `${layer} has units 0 to ${units - 1} there, not ${named}`;
  const unit = named ?? typicalUnit(snapshots, units);
  const series = (percentile: number) =>
    snapshots.map(({ values }) => finiteOrNull(values[percentile * units + unit]));
  const [low, mid, high] = [0, 1, 2].map(series);
  const step = snapshots.map((each) => each.step);
  const wander = wanderOf(step, [low, mid, high], stepsMade);
  return { variant, unit, typical: named === null, step, low, mid, high, wander };
}

/** The unit whose percentiles stay nearest, in the mean square over the run, to the layer's medians over units. */
function typicalUnit(snapshots: readonly Snapshot[], units: number): number {
  const distances = new Float64Array(units);
  for (const { values } of snapshots) {
    for (let percentile = 0; percentile < 3; percentile++) {
      const row = values.subarray(percentile * units, (percentile + 1) * units);
      const middle = median(row);
      for (let unit = 0; unit < units; unit++) distances[unit] += (row[unit] - middle) ** 2;
    }
  }
  // A unit that was not finite at some time is far from typical.
  const known = distances.map((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value));
  return known.indexOf(known.reduce((least, value) => Math.min(least, value)));
}

function median(values: Float32Array): number {
  const sorted = values.filter(Number.isFinite).sort();
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

function wanderOf(
  steps: readonly number[],
  series: readonly (readonly (number | null)[])[],
  stepsMade: number,
): Wander | null {
  const late = steps.flatMap((step, index) => (step >= 0.2 * stepsMade ? [index] : []));
  const [low, mid, high] = series.map((values) =>
    deviation(late.map((index) => values[index]).filter((value) => value !== null)),
  );
  if (low === null || mid === null || high === null) return null;
  return { low, mid, high, mean: (low + mid + high) / 3, ratio: null };
}

/** Of the values themselves, not of a sample: divided by their number. */
function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / values.length);
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
