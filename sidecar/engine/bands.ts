/** Percentiles of the live statistics over a layer's units: what charts draw of a step, and a run's history keeps. */
import type { Arena } from './arena.ts';
import { lanes } from './blocked.ts';
import { type Call, local } from './calls.ts';
import type { StatisticsLayout } from './statistics.ts';

/** Numbers a field comes to: its 15th, 50th and 85th percentile. */
export const bandLength = 3;

export interface BandsPlan {
  /** From the block that kernels write to `results`. */
  readonly call: Call;
  readonly results: number;
  /** By field, which of the results is its; fields that are the same numbers share one. */
  readonly resultOf: readonly number[];
}

export function planBands(
  { fields, staging }: Pick<StatisticsLayout, 'fields' | 'staging'>,
  placeTable: (values: Int32Array) => number,
  arena: Arena,
): BandsPlan {
  const lengths = new Map(fields.map(({ offset, length }) => [offset, length]));
  // Eight at a time are sorted over the length of the first.
  const quantities = [...lengths].sort((a, b) => b[1] - a[1]);
  const entries = quantities.flatMap(([offset, length]) => [staging + 4 * offset, length]);
  const longest = quantities.at(0)?.[1] ?? 0;
  const scratch = arena.allocate(4 * lanes * Math.ceil(longest / 4) * 4);
  const results = arena.allocate(4 * bandLength * quantities.length);
  const order = new Map(quantities.map(([offset], index) => [offset, index]));
  const table = placeTable(Int32Array.from(entries));
  return {
    call: local('bands', 1, table, quantities.length, scratch, results),
    results,
    resultOf: fields.map(({ offset }) => order.get(offset)!),
  };
}

/**
 * A function that makes the call by `run` and returns three numbers a field, in the order of the fields; the next call
 * overwrites them.
 */
export function createBands(
  memory: WebAssembly.Memory,
  { results, resultOf }: BandsPlan,
  run: () => void,
): () => Float32Array {
  const floats = new Float32Array(memory.buffer);
  const bands = new Float32Array(bandLength * resultOf.length);
  return () => {
    run();
    let at = 0;
    for (const result of resultOf) {
      const from = results / 4 + result * bandLength;
      for (let i = 0; i < bandLength; i++) bands[at + i] = floats[from + i];
      at += bandLength;
    }
    return bands;
  };
}
