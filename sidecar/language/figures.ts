/** How hovers write sizes, shapes and what a quantity is like over a layer's units. */
import { count, figure } from '../figures.ts';

export { count, figure };

/** `12.4 MiB`, in powers of 1024. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${power === 0 ? count(bytes) : figure(bytes / 1024 ** power)} ${units[power]}`;
}

/** Middle and extent of a quantity over the units of a layer; what is not finite is counted apart. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly units: number;
  readonly notFinite: number;
}

/** Null for a layer without units. With no finite unit at all, every figure is NaN. */
export function spread(values: Float32Array): Spread | null {
  if (values.length === 0) return null;
  const finite = values.filter((value) => Number.isFinite(value)).sort();
  const middle = finite.length >> 1;
  const median =
    finite.length % 2 === 1 ? finite[middle] : (finite[middle - 1] + finite[middle]) / 2;
  return {
    median: finite.length > 0 ? median : Number.NaN,
    low: finite.length > 0 ? finite[0] : Number.NaN,
    high: finite.length > 0 ? finite[finite.length - 1] : Number.NaN,
    units: values.length,
    notFinite: values.length - finite.length,
  };
}

/** `[28, 28]` as `28 × 28`. */
export function shapeText(shape: readonly number[]): string {
  return shape.map(count).join(' × ');
}
