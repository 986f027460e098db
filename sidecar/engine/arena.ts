/** Gives out addresses in a memory that does not exist yet. */
import { type Extent, type Place, panelBytes, panels } from './blocked.ts';

/** A cache line: no two tensors share one, so that threads that write neighbours don't disturb each other. */
const alignment = 64;

export interface Arena {
  /** Bytes given out so far. */
  readonly bytes: number;
  /** Offset of a new region in bytes. */
  allocate(bytes: number): number;
  /** A new tensor. */
  place(extent: Extent): Place;
}

/** The kernel module's own constants lie below this; offset 0 is never given out, kernels take it as "none". */
const reserved = 4096;

export function createArena(): Arena {
  let bytes = reserved;
  const allocate = (size: number): number => {
    const offset = bytes;
    bytes += Math.ceil(size / alignment) * alignment;
    return offset;
  };
  return {
    get bytes() {
      return bytes;
    },
    allocate,
    place: (extent) => ({ ...extent, offset: allocate(panels(extent) * panelBytes(extent)) }),
  };
}
