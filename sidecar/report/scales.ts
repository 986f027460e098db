/** From values to places in a figure, and the round values that its axes name. */
import { figure, percent, shortCount } from './format.ts';

export interface Scale {
  /** The place of a value; values beyond the ends lie beyond the ends of the figure. */
  place(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

type Range = readonly [from: number, to: number];

export function stepScale(most: number, range: Range): Scale {
  const end = Math.max(1, most);
  const ticks = roundValues(0, end, 6).map((value) => ({ value, label: shortCount(value) }));
  return { place: linear([0, end], range), ticks };
}

/** `say` puts a round value into words. */
export function valueScale(
  least: number,
  most: number,
  range: Range,
  say: (value: number) => string = figure,
): Scale {
  // A line that never moves still needs a height.
  const margin = least === most ? Math.abs(least) / 2 || 1 : (most - least) * 0.04;
  const domain: Range = [least - margin, most + margin];
  const values = roundValues(domain[0], domain[1], 6);
  return {
    place: linear(domain, range),
    ticks: values.map((value) => ({ value, label: say(value) })),
  };
}

const namedAccuracies = [0, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1];

/** Whether an axis of accuracies by the logarithm of the error would name two of them, which is what makes it readable. */
export function namesAccuracies(least: number, most: number): boolean {
  return namedAccuracies.filter((value) => value >= least && value <= most).length >= 2;
}

/**
 * Accuracies by the logarithm of the error, so that 97 and 98 % are as far apart as 70 and 80 %. `most` may be no more
 * than `1 - smallest`, where `smallest` is an error of half an example.
 */
export function accuracyScale(least: number, most: number, smallest: number, range: Range): Scale {
  const depth = (accuracy: number) => -Math.log10(Math.max(smallest, 1 - accuracy));
  const domain: Range = [depth(least) - 0.03, depth(most) + 0.05];
  const ticks = namedAccuracies
    .filter((value) => depth(value) >= domain[0] && depth(value) <= domain[1])
    .filter((value) => value < 1 || most >= 1)
    .map((value) => ({ value, label: percent(value, value > 0.99 && value < 1 ? 1 : 0) }));
  const place = linear(domain, range);
  return { place: (value) => place(depth(value)), ticks };
}

function linear([low, high]: Range, [from, to]: Range): (value: number) => number {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** At most `most` values 1, 2 or 5 times a power of ten apart. */
function roundValues(low: number, high: number, most: number): number[] {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}
