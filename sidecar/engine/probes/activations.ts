/** What comes into an activation, and how much of a gradient it lets through. */
import type { Layer } from '../../network/types.ts';
import { index } from '../blocked.ts';
import { type Derivative, derivativeOf } from './derivatives.ts';
import { type Histogram, histogramOf } from './histogram.ts';
import { quantile, readUnit, type Sample } from './sample.ts';

export interface ActivationMeasures {
  readonly layer: string;
  readonly histogram: Histogram;
  readonly saturated: number;
  readonly saturatedUnits: number;
  readonly derivative: number;
  readonly dead: number;
  /** `[3][units]`: 15th, 50th and 85th; NaN where a value of the unit is not finite. */
  readonly percentiles: Float32Array;
}

/** Shares of the largest derivative: below the first an input is saturated, below the second a gradient is lost. */
const saturatedBelow = 0.1;
const deadBelow = 0.001;

/** As figure 1 of the paper has them (Ioffe and Szegedy 2015). */
const percentileShares = [0.15, 0.5, 0.85];

/** A function that measures the layer's input as it lies in memory; null for layers that are no activation. */
export function activationProbe(
  layer: Layer,
  sample: Sample,
): ((memory: Float32Array) => ActivationMeasures) | null {
  const derivative = derivativeOf(layer);
  if (!derivative) return null;
  const { units } = sample.place;
  const values = new Float32Array(sample.count);
  const all = new Float32Array(sample.count * units);
  return (memory) => {
    const percentiles = new Float32Array(percentileShares.length * units);
    let [finite, saturated, saturatedUnits, sum, dead] = [0, 0, 0, 0, 0];
    for (let unit = 0; unit < units; unit++) {
      readUnit(memory, sample, unit, values);
      const [before, flatBefore] = [finite, saturated];
      let most = 0;
      for (const u of values) {
        if (!Number.isFinite(u)) continue;
        all[finite++] = u;
        const slope = derivative.at(u);
        sum += slope;
        most = Math.max(most, Math.abs(slope));
        if (Math.abs(slope) < saturatedBelow * derivative.largest) saturated += 1;
      }
      if (2 * (saturated - flatBefore) > finite - before) saturatedUnits += 1;
      const whole = finite - before === values.length;
      values.sort();
      for (const [i, share] of percentileShares.entries()) {
        percentiles[i * units + unit] = whole ? quantile(values, share) : Number.NaN;
      }
      const least = deadBelow * derivative.largest;
      const seemsDead = finite > before && most < least;
      if (seemsDead && isDead(memory, sample, unit, derivative, least)) dead += 1;
    }
    return {
      layer: layer.name,
      histogram: histogramOf(all.subarray(0, finite).sort()),
      saturated: finite === 0 ? 0 : saturated / finite,
      saturatedUnits: saturatedUnits / units,
      derivative: finite === 0 ? 0 : sum / finite,
      dead: dead / units,
      percentiles,
    };
  };
}

/** Looks at every location: a unit that seems dead at some may see something at others. */
function isDead(
  memory: Float32Array,
  { place }: Sample,
  unit: number,
  { at }: Derivative,
  least: number,
): boolean {
  for (let pixel = 0; pixel < place.pixels; pixel++) {
    const from = place.offset / 4 + index(place, 0, unit, pixel);
    for (let row = 0; row < place.rows; row++) {
      if (Math.abs(at(memory[from + row * place.lanes])) >= least) return false;
    }
  }
  return true;
}
