/**
 * Which examples train, validate and test. Seeded; each class gives its share to within one example, and at least
 * one example of every class stays for training.
 */
import { seededRandom } from '../random.ts';
import { DataError } from './error.ts';

/** Shares of all examples, each at least 0, together below 1. A share above 0 gets at least one example. */
export interface Shares {
  readonly test: number;
  readonly validation: number;
}

/** Indices in ascending order; together they are all examples, each once. */
export interface Parts {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

/** `classes` holds each example's class index; null for regression, where the split is simply random. */
export function splitExamples(
  count: number,
  classes: Int32Array | null,
  shares: Shares,
  seed: number,
  place: string,
): Parts {
  const groups = groupByClass(count, classes);
  const sizes = groups.map((group) => group.length);
  const quotas = splitSizes(sizes, shares, place);
  const take = (part: keyof Shares) => {
    const { below } = seededRandom(seed, 'split', part);
    return sorted(groups.map((group, i) => draw(group, quotas[part][i], below)));
  };
  const test = take('test');
  const validation = take('validation');
  return { train: sorted(groups), validation, test };
}

/** How many examples of each class, of which there are `sizes`, test and validate; the others train. */
export function splitSizes(
  sizes: readonly number[],
  shares: Shares,
  place: string,
): Readonly<Record<keyof Shares, readonly number[]>> {
  checkShares(shares, place);
  const left = sizes.slice();
  const take = (part: keyof Shares) => {
    const spare = left.map((size) => size - 1);
    const quotas = apportion(sizes, spare, shares[part]);
    if (shares[part] > 0 && quotas.every((quota) => quota === 0)) {
      const count = sizes.reduce((sum, size) => sum + size, 0);
      const expected = `examples to spare for the ${part} part (one of each class stays for training)`;
      const remedy = part === 'test' ? 'add examples' : 'add examples, or set validation: 0';
      throw new DataError({ place, expected, found: `${count} in all`, remedy });
    }
    for (const [group, quota] of quotas.entries()) left[group] -= quota;
    return quotas;
  };
  const test = take('test');
  return { test, validation: take('validation') };
}

function checkShares({ test, validation }: Shares, place: string): void {
  if (test >= 0 && validation >= 0 && test + validation < 1) return;
  throw new DataError({
    place,
    expected: 'shares for test and validation of at least 0 and together below 1',
    found: `test ${test} and validation ${validation}`,
    remedy: 'write test: 0.2 for a fifth of the examples',
  });
}

function groupByClass(count: number, classes: Int32Array | null): number[][] {
  const groups: number[][] = [];
  for (let i = 0; i < count; i++) {
    const group = classes === null ? 0 : classes[i];
    groups[group] ??= [];
    groups[group].push(i);
  }
  // A class without examples leaves a hole in the array.
  return groups.filter((group) => group !== undefined);
}

/** Largest remainders: quotas add up to the rounded share of all, each within one of its own unless too few are spare. */
function apportion(sizes: readonly number[], spare: readonly number[], share: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const goal = share > 0 ? Math.max(1, Math.round(total * share)) : 0;
  const quotas = sizes.map((size, i) => Math.min(Math.floor(size * share), spare[i]));
  const byRemainder = sizes
    .map((size, i) => ({ i, remainder: (size * share) % 1 }))
    .filter(({ i, remainder }) => remainder > 0 && quotas[i] < spare[i])
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  const missing = goal - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const { i } of byRemainder.slice(0, Math.max(0, missing))) quotas[i] += 1;
  return quotas;
}

/** Removes as many examples from a group, without replacement. */
function draw(group: number[], quota: number, below: (limit: number) => number): number[] {
  for (let drawn = 0; drawn < quota; drawn++) {
    const other = drawn + below(group.length - drawn);
    const example = group[drawn];
    group[drawn] = group[other];
    group[other] = example;
  }
  return group.splice(0, quota);
}

function sorted(groups: readonly number[][]): Uint32Array {
  return Uint32Array.from(groups.flat()).sort();
}
