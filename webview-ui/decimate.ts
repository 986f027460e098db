/** From rows to pixels: at most four points a pixel column (first, lowest, highest, last), so no extreme is lost. */
import { rowAt, type Samples } from './samples.ts';

/** The plotting area in canvas pixels and the values at its edges. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly fromStep: number;
  readonly toStep: number;
  readonly min: number;
  readonly max: number;
  readonly log: boolean;
  /** Canvas pixels a CSS pixel. */
  readonly ratio: number;
}

export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

export function placeX(area: Area, step: number): number {
  return area.left + ((step - area.fromStep) / (area.toStep - area.fromStep)) * area.width;
}

/** On a logarithmic axis values at or below zero lie on its lower edge. */
export function placeY({ top, height, min, max, log }: Area, value: number): number {
  const share = log
    ? Math.log10(Math.max(value, min) / min) / Math.log10(max / min)
    : (value - min) / (max - min);
  // Far outside is as good as just outside, and keeps coordinates within what a canvas can draw.
  return top + height * (1 - Math.min(3, Math.max(-2, share)));
}

/**
 * Rows that the area shows from `from` canvas pixels on, with one beyond each edge so that lines leave it. The first
 * one lies in a pixel column of its own, so that the columns after it are the same whatever `from` is.
 */
function rowsWithin(area: Area, samples: Samples, from = 0): [first: number, last: number] {
  const span = area.toStep - area.fromStep;
  const fromStep = area.fromStep + (Math.max(0, from - 2) / area.width) * span;
  const first = Math.max(0, rowAt(samples, fromStep));
  const last = Math.min(samples.count - 1, rowAt(samples, area.toStep) + 1);
  return [first, last];
}

/** Draws one line; values that are not finite leave a gap. */
export function traceLine(
  area: Area,
  samples: Samples,
  values: ArrayLike<number>,
  pen: Pen,
  from = 0,
): void {
  const [firstRow, lastRow] = rowsWithin(area, samples, from);
  let column = Number.NaN;
  let first = 0;
  let lowest = 0;
  let highest = 0;
  let last = 0;
  let isOpen = false;

  const flush = () => {
    if (Number.isNaN(column)) return;
    if (isOpen) pen.lineTo(column, first);
    else pen.moveTo(column, first);
    isOpen = true;
    if (lowest !== first) pen.lineTo(column, lowest);
    if (highest !== lowest) pen.lineTo(column, highest);
    // A single point still is a line of no length, which round caps make a dot.
    pen.lineTo(column, last);
    column = Number.NaN;
  };

  for (let row = firstRow; row <= lastRow; row++) {
    const value = values[row];
    if (!Number.isFinite(value)) {
      flush();
      isOpen = false;
      continue;
    }
    const x = Math.round(placeX(area, samples.steps[row]));
    const y = placeY(area, value);
    if (x !== column) {
      flush();
      column = x;
      first = lowest = highest = y;
    }
    if (y < lowest) lowest = y;
    if (y > highest) highest = y;
    last = y;
  }
  flush();
}

/** Outline of the band between `low` and `high`: one closed polygon for every stretch without gaps. */
export function bandPolygons(
  area: Area,
  samples: Samples,
  from = 0,
): { x: number; low: number; high: number }[][] {
  const { low, high, steps } = samples;
  if (!low || !high) return [];
  const [firstRow, lastRow] = rowsWithin(area, samples, from);
  const polygons: { x: number; low: number; high: number }[][] = [];
  let current: { x: number; low: number; high: number }[] = [];
  for (let row = firstRow; row <= lastRow; row++) {
    if (!Number.isFinite(low[row]) || !Number.isFinite(high[row])) {
      if (current.length > 0) polygons.push(current);
      current = [];
      continue;
    }
    const x = Math.round(placeX(area, steps[row]));
    const point = { x, low: placeY(area, low[row]), high: placeY(area, high[row]) };
    const before = current.at(-1);
    if (before?.x === x) {
      before.low = Math.max(before.low, point.low);
      before.high = Math.min(before.high, point.high);
    } else current.push(point);
  }
  if (current.length > 0) polygons.push(current);
  return polygons;
}

/** Rows for marks at fixed places of the area, so that marks stand still while data arrives. */
export function markedRows(
  area: Area,
  samples: Samples,
  spacing: number,
  offset: number,
  from = 0,
): number[] {
  const [, lastRow] = rowsWithin(area, samples);
  const rows: number[] = [];
  const span = area.toStep - area.fromStep;
  const first = offset % spacing;
  // A mark lies on the last row before its place, so that the one before `from` may reach beyond it.
  const skipped = Math.max(0, Math.floor((from - first) / spacing) - 1);
  for (let x = first + skipped * spacing; x <= area.width; x += spacing) {
    const row = rowAt(samples, area.fromStep + (x / area.width) * span);
    if (row < 0 || row === rows.at(-1) || row > lastRow) continue;
    if (samples.steps[row] >= area.fromStep && Number.isFinite(samples.mid[row])) rows.push(row);
  }
  return rows;
}
