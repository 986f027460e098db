/**
 * Where tensors lie that are not needed all the time: two share memory when a barrier lies between the last use of the
 * one and the first use of the other, so that no thread can still be at the first.
 */
import { type Extent, type Place, panelBytes, placeBytes } from '../blocked.ts';
import type { Call } from '../calls.ts';
import type { Part } from './joins.ts';

/** One tensor's bytes, from its first to its last use, counted in groups of calls. */
export interface Region {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  first: number;
  last: number;
}

/** Hands out places by name and keeps a record of when each is used. */
export interface Desk {
  /** The tensor's place, used by the calls of the group `at`. */
  use(name: string, extent: Extent, at: number): Place;
  /** Bytes that are no tensor. */
  useBytes(name: string, bytes: number, at: number): number;
  readonly regions: readonly Region[];
}

/** `parts` says which tensors lie in others, which have been used or will be with the extent `wholes` gives. */
export function createDesk(
  parts: ReadonlyMap<string, Part>,
  wholes: (name: string) => Extent,
  offsetOf: (name: string, bytes: number) => number,
): Desk {
  const regions = new Map<string, Region>();
  const useBytes = (name: string, bytes: number, at: number): number => {
    const known = regions.get(name);
    const region = known ?? { name, offset: offsetOf(name, bytes), bytes, first: at, last: at };
    regions.set(name, region);
    region.first = Math.min(region.first, at);
    region.last = Math.max(region.last, at);
    return region.offset;
  };
  const use = (name: string, extent: Extent, at: number): Place => {
    const part = parts.get(name);
    if (!part) return { ...extent, offset: useBytes(name, placeBytes(extent), at) };
    const whole = use(part.into, wholes(part.into), at);
    return { ...extent, offset: whole.offset + part.panel * panelBytes(extent) };
  };
  return {
    use,
    useBytes,
    get regions() {
      return [...regions.values()];
    },
  };
}

/** Offsets of all regions one behind the other. */
export function stackRegions(start = 0): (name: string, bytes: number) => number {
  let end = start;
  return (_, bytes) => {
    const offset = end;
    end += aligned(bytes);
    return offset;
  };
}

/** Whether any of the calls is given an address within the region; the region's offset must be like no other number. */
export function isMentioned({ offset, bytes }: Region, calls: readonly Call[]): boolean {
  return calls.some(({ args }) => args.some((arg) => arg >= offset && arg < offset + bytes));
}

/** Offsets at which regions that live at the same time don't overlap, largest first, each as low as it fits. */
export function packRegions(
  regions: readonly Region[],
  groups: readonly (readonly Call[])[],
): { readonly offsets: ReadonlyMap<string, number>; readonly bytes: number } {
  const stretches = stretchesOf(groups);
  const offsets = new Map<string, number>();
  const placed: { offset: number; end: number; first: number; last: number }[] = [];
  for (const { name, bytes, first, last } of [...regions].sort((a, b) => b.bytes - a.bytes)) {
    const life = { first: stretches[first].first, last: stretches[last].last };
    let offset = 0;
    for (const other of placed) {
      if (other.last < life.first || life.last < other.first) continue;
      if (offset + bytes > other.offset && other.end > offset) offset = other.end;
    }
    offsets.set(name, offset);
    placed.push({ offset, end: offset + aligned(bytes), ...life });
    placed.sort((a, b) => a.offset - b.offset);
  }
  return { offsets, bytes: placed.reduce((most, { end }) => Math.max(most, end), 0) };
}

/** For each group of calls the first and the last of the stretches between barriers that it touches. */
function stretchesOf(groups: readonly (readonly Call[])[]) {
  let stretch = 0;
  return groups.map((calls) => {
    if (calls[0]?.barrier) stretch += 1;
    const first = stretch;
    for (const { barrier } of calls.slice(1)) stretch += Number(barrier);
    return { first, last: stretch };
  });
}

/** Regions begin on a cache line, so that threads that write neighbours don't disturb each other. */
function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
