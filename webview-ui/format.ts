/** How numbers read everywhere in the dashboard: three significant digits, units and steps always stated. */

/** Stands where there is no value (yet). */
export const absent = '–';

/** Three significant digits: `0.0213`, `12,300`, `1.20e−4`; `not finite` for NaN and infinities. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'not finite';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const text = magnitude < 9.995e-4 || magnitude >= 999_500 ? scientific(value) : plain(value);
  return text.replaceAll('-', '−');
}

/** A whole number with its thousands separated: `1,240`. */
export function count(value: number): string {
  return fixed(value, 0);
}

/** A share as a percentage with three significant digits: `92.8 %`. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${figure(share * 100)} %` : 'not finite';
}

/** A size with three significant digits: `812 bytes`, `12.3 kB`, `1.40 GB`; a kB is 1000 bytes. */
export function bytes(value: number): string {
  if (value < 1000) return value === 1 ? '1 byte' : `${value} bytes`;
  const power = Math.min(4, Math.floor(Math.log10(value * 1.0005) / 3));
  return `${figure(value / 1000 ** power)} ${['', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** Seconds as a person would say them: `0.8 s`, `12 s`, `2 min 5 s`, `1 h 3 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joinUnits(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  return joinUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

/** A point in time, milliseconds since 1970, as the clock of the reader shows it: `23 Nov, 14:05`. */
export function moment(time: number): string {
  const form = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat('en-GB', form).format(time);
}

/** Shape of one example: `100`, `16 × 28 × 28`. */
export function shape(dimensions: readonly number[]): string {
  return dimensions.map(count).join(' × ');
}

/** Labels of an axis' ticks, all with the decimals that tell them apart. */
export function tickLabels(ticks: readonly number[], increment: number): string[] {
  const largest = Math.max(...ticks.map(Math.abs));
  if (increment < 1e-4 || largest >= 1e6) return ticks.map(shortest);
  const decimals = Math.max(0, -Math.floor(Math.log10(increment) + 1e-9));
  return ticks.map((tick) => fixed(tick, decimals).replace('-', '−'));
}

/** The shortest exact text of a round number: `0.01`, `500`, `1e−6`, `2e6`. */
export function shortest(value: number): string {
  const magnitude = Math.abs(value);
  const isPlain = value === 0 || (magnitude >= 1e-3 && magnitude < 1e5);
  const text = isPlain
    ? String(Number(value.toPrecision(6)))
    : value.toExponential().replace('+', '');
  return text.replace(/(\.\d*?[1-9])?\.?0{3,}\d*e/, '$1e').replaceAll('-', '−');
}

/** Thousands separated by commas. Formatters of Intl cost too much for hundreds of figures a frame. */
function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Math.abs(value) < 999.5 ? text : text.replace(/\B(?=(?:\d{3})+(?:\D|$))/g, ',');
}

function plain(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
  return fixed(rounded, decimals);
}

function scientific(value: number): string {
  return value.toExponential(2).replace('+', '');
}

function joinUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
