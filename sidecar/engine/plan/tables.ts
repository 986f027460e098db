/** Constant numbers that kernels read beside tensors: which pixels a window covers and the like. */
import type { Arena } from '../arena.ts';
import type { Table } from './types.ts';

export interface Tables {
  /** Offset of a table with these values; equal ones share theirs. */
  place(values: Int32Array): number;
  readonly placed: readonly Table[];
}

export function createTables(arena: Arena): Tables {
  const known = new Map<string, Table>();
  return {
    place: (values) => {
      const key = values.join();
      const table = known.get(key) ?? { offset: arena.allocate(values.byteLength), values };
      known.set(key, table);
      return table.offset;
    },
    get placed() {
      return [...known.values()];
    },
  };
}
