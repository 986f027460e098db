/** How far a tensor's distribution has moved since it was last looked at. */
import { seededRandom } from '../../random.ts';
import { draw, readUnit, type Sample } from './sample.ts';

/** Values that are kept of a tensor: of a very wide one not every unit is followed. */
const mostKept = 2 ** 16;

/**
 * Wasserstein-1 distance between two samples of the same size, ascending: what the values have to move on average for the
 * one to become the other.
 */
export function wasserstein(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}

/**
 * A function that measures the tensor as it lies in memory against what it was at the call before, in standard deviations
 * of a unit at the call before, as the mean over units. Left out are units that were constant, which have no deviation,
 * and those with a value that is not finite. Null at the first call, and when no unit is left.
 */
export function createMovement(
  sample: Sample,
  seed: number,
  name: string,
): (memory: Float32Array) => number | null {
  const { count, place } = sample;
  const followed = Math.min(place.units, Math.max(1, Math.floor(mostKept / count)));
  const units = draw(place.units, followed, seededRandom(seed, 'probe units', name));
  let before: readonly Float32Array[] | null = null;
  return (memory) => {
    const now = units.map((unit) => {
      const values = new Float32Array(count);
      readUnit(memory, sample, unit, values);
      return values.sort();
    });
    const distances = (before ?? []).flatMap((values, i) => {
      const distance = wasserstein(values, now[i]) / deviation(values);
      return Number.isFinite(distance) ? [distance] : [];
    });
    before = now;
    if (distances.length === 0) return null;
    return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  };
}

/** Biased. Sums of differences from the first value: of a constant unit it is exactly 0. */
function deviation(values: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    const difference = value - values[0];
    sum += difference;
    squares += difference ** 2;
  }
  const mean = sum / values.length;
  return Math.sqrt(Math.max(0, squares / values.length - mean ** 2));
}
