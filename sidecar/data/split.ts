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
  const parts = new Uint8Array(count);
  const take = (part: keyof Shares, mark: number) => {
    const { below } = seededRandom(seed, 'split', part);
    for (const [i, group] of groups.entries()) {
      const quota = quotas[part][i];
      draw(group, quota, below);
      for (const example of group.subarray(0, quota)) parts[example] = mark;
      groups[i] = group.subarray(quota);
    }
  };
  take('test', 1);
  take('validation', 2);
  return {
    train: examplesOf(parts, 0),
    validation: examplesOf(parts, 2),
    test: examplesOf(parts, 1),
  };
}

/** So many examples in ascending order, drawn so that every class keeps its share; no more than there are. */
export function sampleExamples(classes: Int32Array, wanted: number, seed: number): Uint32Array {
  const { below } = seededRandom(seed, 'subset');
  const groups = groupByClass(classes.length, classes);
  const sizes = groups.map((group) => group.length);
  const quotas = apportion(sizes, sizes, Math.min(1, wanted / classes.length));
  const sampled = groups.map((group, i) => {
    draw(group, quotas[i], below);
    return [...group.subarray(0, quotas[i])];
  });
  return Uint32Array.from(sampled.flat()).sort();
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

/** The examples of each class that has any, in typed arrays: others cannot hold 100 million. */
function groupByClass(count: number, classes: Int32Array | null): Uint32Array[] {
  const sizes: number[] = [];
  for (let i = 0; i < count; i++) {
    const group = classes === null ? 0 : classes[i];
    sizes[group] = (sizes[group] ?? 0) + 1;
  }
  const groups = sizes.map((size) => new Uint32Array(size));
  const filled = sizes.map(() => 0);
  for (let i = 0; i < count; i++) {
    const group = classes === null ? 0 : classes[i];
    groups[group][filled[group]++] = i;
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

/** Exchanges examples so that as many, drawn without replacement, come first. */
function draw(group: Uint32Array, quota: number, below: (limit: number) => number): void {
  for (let drawn = 0; drawn < quota; drawn++) {
    const other = drawn + below(group.length - drawn);
    const example = group[drawn];
    group[drawn] = group[other];
    group[other] = example;
  }
}

/** The examples that bear a mark, in ascending order. */
function examplesOf(parts: Uint8Array, mark: number): Uint32Array {
  let length = 0;
  for (const part of parts) length += part === mark ? 1 : 0;
  const examples = new Uint32Array(length);
  let next = 0;
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === mark) examples[next++] = i;
  }
  return examples;
}
