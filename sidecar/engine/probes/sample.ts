/** The values of a tensor that a probe looks at: of vectors all, of images those at a fixed sample of locations. */
import { type Random, seededRandom } from '../../random.ts';
import { index, type Place } from '../blocked.ts';

/** Values of a tensor beyond which not every location is looked at. */
const mostValues = 2 ** 15;

/** Locations of an image that are looked at in any case, where it has so many. */
const fewestLocations = 4;

export interface Sample {
  /** Of the tensor, `[examples, units, pixels]`. */
  readonly place: Place;
  /** Pixels that are looked at, ascending. */
  readonly pixels: readonly number[];
  /** Values of a unit that are looked at: over all examples and those pixels. */
  readonly count: number;
}

/** The same sample for the same seed and name. */
export function sampleOf(place: Place, seed: number, name: string): Sample {
  const most = Math.floor(mostValues / (place.rows * place.units));
  const count = Math.min(place.pixels, Math.max(fewestLocations, most));
  const pixels = draw(place.pixels, count, seededRandom(seed, 'probe locations', name));
  return { place, pixels, count: count * place.rows };
}

/** Writes the sampled values of a unit into the first `count` elements of `target`. */
export function readUnit(
  memory: Float32Array,
  { place, pixels }: Sample,
  unit: number,
  target: Float32Array,
): void {
  const first = place.offset / 4;
  let next = 0;
  for (const pixel of pixels) {
    const from = first + index(place, 0, unit, pixel);
    for (let row = 0; row < place.rows; row++) target[next++] = memory[from + row * place.lanes];
  }
}

/** So many different numbers below `limit`, ascending. */
export function draw(limit: number, count: number, random: Random): number[] {
  const numbers = Array.from({ length: limit }, (_, i) => i);
  if (count === limit) return numbers;
  for (let i = 0; i < count; i++) {
    const j = i + random.below(limit - i);
    [numbers[i], numbers[j]] = [numbers[j], numbers[i]];
  }
  return numbers.slice(0, count).sort((a, b) => a - b);
}

/** Value at a share (0 to 1) of the way through sorted values, by linear interpolation between neighbours. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at));
}
