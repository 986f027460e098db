import type { Network } from './types.ts';

/** Bytes that a run's memory can have: as many as WebAssembly addresses with 32 bits. */
const mostBytes = 2 ** 32;

/** Why a network of so many bytes cannot be trained, with what would do; null when it can. `bound` qualifies the figure. */
export function memoryMisfit(bytes: number, bound: 'at least ' | '' = ''): string | null {
  if (bytes <= mostBytes) return null;
  const gigabytes = (bytes / 2 ** 30).toFixed(1);
  return `training needs ${bound}${gigabytes} GiB of memory, a run has 4 GiB; use smaller layers or a smaller batch`;
}

/** The same for networks that take the same memory, whatever their first weights and rates. */
export function memoryKey({ initialization: _, train, ...network }: Network): string {
  const { learningRate: _rate, seed: _seed, ...taking } = train;
  return JSON.stringify([network, taking]);
}
