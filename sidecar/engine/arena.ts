/** Gives out addresses in a memory that does not exist yet. */
import { type Extent, type Place, placeBytes } from './blocked.ts';

/** A cache line: no two tensors share one, so that threads that write neighbours don't disturb each other. */
const alignment = 64;

export interface Arena {
  /** Offset of a new region in bytes. */
  allocate(bytes: number): number;
  /** A new tensor. */
  place(extent: Extent): Place;
}

export interface Arenas {
  /** Bytes given out so far. */
  readonly bytes: number;
  /** Bytes given out for one purpose. */
  bytesFor(purpose: string): number;
  /** Gives out the same memory, and books it under a purpose. */
  for(purpose: string): Arena;
}

/** The kernel module's own constants lie below this; offset 0 is never given out, kernels take it as "none". */
const reserved = 4096;

export function createArenas(): Arenas {
  let bytes = reserved;
  const purposes = new Map<string, number>();
  return {
    get bytes() {
      return bytes;
    },
    bytesFor: (purpose) => purposes.get(purpose) ?? 0,
    for: (purpose) => {
      const allocate = (size: number): number => {
        const offset = bytes;
        bytes += Math.ceil(size / alignment) * alignment;
        purposes.set(purpose, (purposes.get(purpose) ?? 0) + bytes - offset);
        return offset;
      };
      return {
        allocate,
        place: (extent) => ({ ...extent, offset: allocate(placeBytes(extent)) }),
      };
    },
  };
}
