/**
 * Windows that slide over an image, as the tables that kernels walk along (layout in kernels/conv.ts). Computed once a
 * plan: no kernel knows about strides, padding or dilation.
 */
import type { Padding } from '../network/types.ts';

type Pair = readonly [number, number];

export interface Geometry {
  /** `[height, width]` of the input and of the output. */
  readonly input: Pair;
  readonly output: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
}

/** One entry of a list: `offset` bytes more than the pixel's own, and what the kernel finds beside it. */
interface Entry {
  readonly offset: number;
  readonly value: number;
}

/** What each tap of an output pixel stands for in a list. Pixels are counted row by row. */
type EntriesOf = (tap: number, output: number) => readonly Entry[];

/** Taps along one axis that a place sees: the tap, and the place on the other side. */
type Reach = readonly { readonly tap: number; readonly place: number }[];

/** `[height, width]` of the locations of `[channels, ...locations]`; a sequence has one line. */
export function locations(shape: readonly number[]): Pair {
  if (shape.length === 3) return [shape[1], shape[2]];
  return [1, shape[1] ?? 1];
}

/** For each pixel of the output the pixels of the input it sees. `pixel` is the bytes of one. */
export function forwardWindows(
  geometry: Geometry,
  pixel: number,
  entriesOf: EntriesOf,
): Int32Array {
  const { input, output, stride } = geometry;
  const axes = ([0, 1] as const).map((axis) =>
    places(output[axis], (place) => reach(geometry, axis, place)),
  );
  const origin = (axis: 0 | 1, place: number) => place * stride[axis];
  const widths = [geometry.kernel[1], input[1]] as const;
  return windowTable(axes, origin, widths, pixel, (tap, own) => entriesOf(tap, own));
}

/** For each pixel of the input the pixels of the output that see it. */
export function backwardWindows(
  geometry: Geometry,
  pixel: number,
  entriesOf: EntriesOf,
): Int32Array {
  const { input, output, stride } = geometry;
  const axes = ([0, 1] as const).map((axis) => {
    const seen: { tap: number; place: number }[][] = places(input[axis], () => []);
    for (let place = 0; place < output[axis]; place++) {
      for (const { tap, place: at } of reach(geometry, axis, place)) seen[at].push({ tap, place });
    }
    return seen;
  });
  const origin = (axis: 0 | 1, place: number) => Math.floor(place / stride[axis]);
  const widths = [geometry.kernel[1], output[1]] as const;
  return windowTable(axes, origin, widths, pixel, (tap, _, other) => entriesOf(tap, other));
}

/**
 * For each tap the output pixels that see the image through it, as convWeightGradient takes them: input pixel and output
 * pixel of the first, lines, columns. Offsets are in bytes.
 */
export function tapRectangles(geometry: Geometry, from: number, to: number): Int32Array {
  const { input, output, kernel } = geometry;
  const [vertical, horizontal] = ([0, 1] as const).map((axis) =>
    places(kernel[axis], (tap) => {
      const through = places(output[axis], (place) => ({
        place,
        seen: reach(geometry, axis, place).find((each) => each.tap === tap)?.place,
      })).filter(({ seen }) => seen !== undefined);
      return { count: through.length, first: through[0]?.place ?? 0, seen: through[0]?.seen ?? 0 };
    }),
  );
  return Int32Array.from(
    vertical.flatMap((line) =>
      horizontal.flatMap((column) => [
        (line.seen * input[1] + column.seen) * from,
        (line.first * output[1] + column.first) * to,
        column.count > 0 ? line.count : 0,
        column.count,
      ]),
    ),
  );
}

/** Pixels inside the image that the window of each output pixel covers. */
export function coverage(geometry: Geometry): Int32Array {
  const [lines, columns] = ([0, 1] as const).map((axis) =>
    places(geometry.output[axis], (place) => reach(geometry, axis, place).length),
  );
  return Int32Array.from(lines.flatMap((line) => columns.map((column) => line * column)));
}

/** The taps of one output place that lie inside the image. */
function reach(
  { input, kernel, stride, dilation, padding }: Geometry,
  axis: 0 | 1,
  place: number,
): Reach {
  const start = place * stride[axis] - (axis === 0 ? padding.top : padding.left);
  return places(kernel[axis], (tap) => ({ tap, place: start + tap * dilation[axis] })).filter(
    (seen) => seen.place >= 0 && seen.place < input[axis],
  );
}

/**
 * `origin` says from which place on the other side a place counts: pixels whose taps lie alike around it, and mean the
 * same entries, share a list. `widths` are those of the kernel and of the other side.
 */
function windowTable(
  [lines, columns]: readonly (readonly Reach[])[],
  origin: (axis: 0 | 1, place: number) => number,
  [kernelWidth, width]: Pair,
  pixel: number,
  entriesOf: (tap: number, own: number, other: number) => readonly Entry[],
): Int32Array {
  const headers: number[] = [];
  const entries: number[] = [];
  const known = new Map<string, readonly [number, number]>();
  const first = lines.length * columns.length * 12;
  lines.forEach((line, y) => {
    columns.forEach((column, x) => {
      const start = origin(0, y) * width + origin(1, x);
      const list = line.flatMap((vertical) =>
        column.flatMap((horizontal) => {
          const other = vertical.place * width + horizontal.place;
          const tap = vertical.tap * kernelWidth + horizontal.tap;
          return entriesOf(tap, y * columns.length + x, other).flatMap(({ offset, value }) => [
            (other - start) * pixel + offset,
            value,
          ]);
        }),
      );
      const key = list.join();
      let range = known.get(key);
      if (!range) {
        range = [first + 4 * entries.length, first + 4 * (entries.length + list.length)];
        known.set(key, range);
        for (const number of list) entries.push(number);
      }
      headers.push(start * pixel, ...range);
    });
  });
  return Int32Array.from([...headers, ...entries]);
}

function places<T>(count: number, of: (place: number) => T): T[] {
  return Array.from({ length: count }, (_, place) => of(place));
}
