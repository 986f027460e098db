/** What all figures share: the frame with its title and description, axes, and lines that can be told apart. */
import { element, join, type Markup, text } from './markup.ts';
import type { Scale } from './scales.ts';

/** A figure with a name for its file. */
export interface Figure {
  /** Of letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  /** What it shows, for someone who cannot see it. */
  readonly description: string;
  readonly svg: Markup;
}

/** Of the part of a figure that values are drawn in, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function frame(
  { name, title, description }: Omit<Figure, 'svg'>,
  width: number,
  height: number,
  content: readonly Markup[],
): Figure {
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'bn-figure',
      role: 'img',
      'aria-labelledby': `${name}-title ${name}-desc`,
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
    },
    element('title', { id: `${name}-title` }, text(title)),
    element('desc', { id: `${name}-desc` }, text(description)),
    element('rect', { class: 'surface', width, height }),
    ...content,
  );
  return { name, title, description, svg };
}

/** A word or number; `anchor` says which end of it lies at `x`. */
export function label(
  x: number,
  y: number,
  content: string,
  { anchor = 'start', kind = 'label' }: { anchor?: 'start' | 'middle' | 'end'; kind?: string } = {},
): Markup {
  const place = { class: kind, x: short(x), y: short(y), 'text-anchor': anchor };
  return element('text', place, text(content));
}

/** Horizontal lines and numbers of the values. */
export function valueAxis({ left, right }: Box, scale: Scale, numbers = true): Markup {
  return join(
    scale.ticks.flatMap(({ value, label: words }) => {
      const y = scale.place(value);
      const line = element('path', { class: 'grid', d: `M${left} ${short(y)}H${right}` });
      return numbers
        ? [line, label(left - 8, y + 4, words, { anchor: 'end', kind: 'tick' })]
        : [line];
    }),
  );
}

/** The line below and the numbers of the steps. */
export function stepAxis({ left, right, bottom }: Box, scale: Scale, numbers = true): Markup {
  const ticks = scale.ticks.flatMap(({ value, label: words }) => {
    const x = scale.place(value);
    const mark = element('path', { class: 'axis', d: `M${short(x)} ${bottom}v5` });
    return numbers
      ? [mark, label(x, bottom + 19, words, { anchor: 'middle', kind: 'tick' })]
      : [mark];
  });
  return join([element('path', { class: 'axis', d: `M${left} ${bottom}H${right}` }), ...ticks]);
}

export type Point = readonly [x: number, y: number];

/** Points in order with gaps where a value is not finite; more than two a pixel become the extremes of that pixel. */
export function trace(
  steps: readonly number[],
  values: readonly (number | null)[],
  x: Scale,
  y: Scale,
): Point[][] {
  const runs: Point[][] = [[]];
  for (const [index, step] of steps.entries()) {
    const value = values[index];
    if (value === null) runs.push([]);
    else runs.at(-1)!.push([x.place(step), y.place(value)]);
  }
  return runs.filter(({ length }) => length > 0).map(thin);
}

function thin(points: readonly Point[]): Point[] {
  const columns = Map.groupBy(points, ([x]) => Math.round(x));
  if (points.length <= 2 * columns.size) return [...points];
  return [...columns.values()].flatMap((column) => {
    const low = column.reduce((least, point) => (point[1] < least[1] ? point : least));
    const high = column.reduce((most, point) => (point[1] > most[1] ? point : most));
    return [...new Set(column.filter((point) => point === low || point === high))];
  });
}

/** A path through runs of points. */
export function pathOf(runs: readonly (readonly Point[])[]): string {
  return runs
    .map((points) => `M${points.map(([x, y]) => `${short(x)} ${short(y)}`).join('L')}`)
    .join('');
}

/** How many lines can be told apart by colour, dashes and marks together. */
export const seriesStyles = 8;

/** The mark of a series, centred at a point: each has a shape of its own, since colours alone do not tell. */
export function mark(series: number, [x, y]: Point): Markup {
  const shape = shapes[series % shapes.length];
  const kind = `mark series-${series % seriesStyles}`;
  return element('path', { class: kind, d: `M${short(x)} ${short(y)}${shape}` });
}

const shapes = [
  'm-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z',
  'm-3.2 -3.2h6.4v6.4h-6.4z',
  'm0 -4.4l4.2 7.4h-8.4z',
  'm0 -4.6l4.6 4.6l-4.6 4.6l-4.6 -4.6z',
  'm0 4.4l4.2 -7.4h-8.4z',
  'm-4 -1.3h2.7v-2.7h2.6v2.7h2.7v2.6h-2.7v2.7h-2.6v-2.7h-2.7z',
  'm-4.5 -2h9v4h-9z',
  'm-2 -4.5h4v9h-4z',
] as const;

/** Coordinates need no more than a tenth of a pixel. */
export function short(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A name that fits a margin; the whole stands in the tables. */
export function shortened(name: string, most: number): string {
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}
