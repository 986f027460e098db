/** Ranges and ticks of axes: round, so that an axis stands still while data arrives. */

export type Range = readonly [min: number, max: number];

/** End of the step axis: round, at most half again as far as the run has come, never beyond its last step. */
export function stepEnd(last: number, total: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, last)));
  const round = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * unit >= last)! * unit;
  return last > total ? round : Math.min(round, Math.max(total, 1));
}

/** The smallest round range that holds both values. */
export function linearRange(min: number, max: number): Range {
  if (!(min <= max)) return [0, 1];
  const spread = max - min;
  // A constant, or one but for float32 rounding, stands in the middle of a range of its own size.
  const tooFlat = spread <= Math.max(Math.abs(min), Math.abs(max)) * 1e-6;
  const half = tooFlat ? Math.abs(max) / 2 || 0.5 : 0;
  const step = roundStep((tooFlat ? half * 2 : spread) / 8);
  return [
    exact(Math.floor((min - half) / step + 1e-9) * step),
    exact(Math.ceil((max + half) / step - 1e-9) * step),
  ];
}

/** The smallest range of 1, 2 and 5 times powers of ten that holds both positive values. */
export function logRange(min: number, max: number): Range {
  if (!(min > 0 && min <= max)) return [0.1, 10];
  const low = below(min);
  const high = above(max);
  return low === high ? [low / 10, high * 10] : [low, high];
}

/** Whether an axis left to itself is logarithmic: from two decades up, and once it is, down to one. */
export function wantsLog(min: number, max: number, isLog: boolean): boolean {
  return min > 0 && max / min >= (isLog ? 10 : 100);
}

export function linearTicks([min, max]: Range, most: number): number[] {
  const step = roundStep((max - min) / Math.max(1, most));
  const first = Math.ceil(min / step - 1e-9);
  const length = Math.floor(max / step + 1e-9) - first + 1;
  return Array.from({ length }, (_, index) => exact((first + index) * step));
}

/** Powers of ten, thinned when there are many, with 2 and 5 times them when there are few. */
export function logTicks([min, max]: Range, most: number): number[] {
  const first = Math.floor(Math.log10(min) + 1e-9);
  const last = Math.ceil(Math.log10(max) - 1e-9);
  const powers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const inside = (value: number) => value >= min * 0.999 && value <= max * 1.001;
  const multiples = (factors: readonly number[]) =>
    powers.flatMap((power) => factors.map((factor) => exact(factor * 10 ** power))).filter(inside);
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = multiples(factors);
    if (ticks.length <= most) return ticks.length > 1 ? ticks : [min, max];
  }
  const every = Math.ceil(multiples([1]).length / Math.max(2, most));
  return multiples([1]).filter((_, index) => index % every === 0);
}

/** The round number (1, 2 or 5 times a power of ten) not below a step. */
function roundStep(step: number): number {
  return above(step > 0 ? step : 1);
}

function above(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value) + 1e-12);
  return exact([1, 2, 5, 10].find((factor) => factor * unit >= value * (1 - 1e-9))! * unit);
}

function below(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value) + 1e-12);
  return exact([5, 2, 1].find((factor) => factor * unit <= value * (1 + 1e-9))! * unit);
}

/** Removes the last bits of rounding, so that 3 * 0.1 reads 0.3. */
function exact(value: number): number {
  return Number(value.toPrecision(12)) + 0;
}
