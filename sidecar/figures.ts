/** Numbers as a person reads them: three significant digits, thousands separated, what is not finite said in words. */

/** `0.0213`, `12.3`, `1,240,000`, `1.23e-7`; `not a number`, `infinity`, `minus infinity`. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : 'minus infinity';
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(2).replace('e+', 'e');
  return size >= 1000 ? count(rounded) : rounded.toPrecision(3);
}

/** Three significant digits without zeros that say nothing, as a file has its settings: `0.1`, `12`. */
export function brief(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A whole number in full with separated thousands: `1,240`. */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** A share of 1 as `12.3 %`. */
export function percent(share: number): string {
  return `${figure(100 * share)} %`;
}
