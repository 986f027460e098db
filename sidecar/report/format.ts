/** Numbers and counts as a reader sees them; always in the same locale, since reports are compared. */
import { brief, count as wholeNumber } from '../figures.ts';

/** `97.83 %`; an en dash for what is not known. */
export function percent(share: number | null, digits = 2): string {
  return share === null ? '–' : `${(100 * share).toFixed(digits)} %`;
}

/** Percentage points between two shares, signed: `+0.12`. */
export function points(difference: number): string {
  const rounded = (100 * difference).toFixed(2);
  return difference > 0 ? `+${rounded}` : rounded.replace('-', '−');
}

export function count(value: number | null): string {
  return value === null ? '–' : wholeNumber(value);
}

/** Three significant digits: `0.0123`, `1.24e+5`. */
export function figure(value: number | null): string {
  if (value === null) return '–';
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1e5 || size < 1e-4) return value.toExponential(2).replace('-', '−');
  return brief(value).replace('-', '−');
}

/** `14×`; an en dash for what is not known. */
export function times(ratio: number | null): string {
  return ratio === null ? '–' : `${brief(ratio)}×`;
}

/** `31M`, `2,000`: steps on an axis or in a narrow cell. */
export function shortCount(value: number): string {
  if (value >= 1e6) return `${brief(value / 1e6)}M`;
  if (value >= 1e4) return `${brief(value / 1e3)}k`;
  return count(value);
}
