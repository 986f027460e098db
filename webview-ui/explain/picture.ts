/** What a picture chart shows: anything whose axis is not one of steps alone. */
import type { VariantData } from '../store.ts';
import type { PlainTable } from '../table.ts';
import type { TipLine } from '../tooltip.ts';
import type { Box, Surface } from './surface.ts';

export interface Picture<Point> {
  /** Names the picture's choices in the saved state. */
  readonly key: string;
  readonly title: string;
  readonly fullTitle: string;
  /** What to look for, in one sentence. */
  readonly hint: string;
  /** CSS pixels. */
  height(): number;
  /** Text that differs whenever the data drawn do, or what is chosen about this picture. */
  state(): string;
  draw(surface: Surface): void;
  /** What the marks are, and the step they are of. */
  legend(): string;
  /** What lies at a place of the drawing last made. */
  find(x: number, y: number): Point | null;
  /** The next one to the right and upwards; where nothing is pointed at, where keys begin. */
  move(from: Point | null, right: number, up: number): Point | null;
  /** Where it lies, to be marked. */
  place(point: Point): Box;
  describe(point: Point): { readonly title: string; readonly lines: readonly TipLine[] };
  table(): PlainTable;
  /** All figures behind the drawing, a heading first. */
  figures(): readonly (readonly (string | number)[])[];
  /** Variants that the drawing tells apart by colour and marker alone. */
  marked?(): readonly VariantData[];
  /** Of a picture whose horizontal axis is steps. */
  readonly steps?: {
    ofPoint(point: Point): number;
    /** From a place to a step, and back. */
    at(x: number): number;
    placeOf(step: number): number;
  };
}

/** The variants that are not hidden. */
export function shownOf<V extends Pick<VariantData, 'name'>>(
  variants: readonly V[],
  hidden: ReadonlySet<string>,
): V[] {
  return variants.filter(({ name }) => !hidden.has(name));
}
