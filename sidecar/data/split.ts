/**
 * Which examples train, validate and test. Seeded; each class gives its share to within one example, and at least
 * one example of every class stays for training.
 */
import { seededRandom } from '../random.ts';
import { DataError } from './error.ts';

export interface Shares {
  /** Of all examples, from 0 to below 1. */
  readonly test: number;
  /** Of the examples that are left for training, from 0 to below 1. */
  readonly validation: number;
}

/** Indices in ascending order; together they are all examples, each once. A share above 0 gets at least one. */
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
  const all = Uint32Array.from({ length: count }, (_, i) => i);
  const take = (from: Uint32Array, part: 'test' | 'validation') =>
    holdOut(from, classes, shares[part], seed, part, place);
  const [test, rest] = take(all, 'test');
  const [validation, train] = take(rest, 'validation');
  return { train, validation, test };
}

function holdOut(
  from: Uint32Array,
  classes: Int32Array | null,
  share: number,
  seed: number,
  part: string,
  place: string,
): [held: Uint32Array, kept: Uint32Array] {
  if (!(share >= 0 && share < 1)) {
    const expected = `a share of examples for ${part} from 0 to below 1`;
    const remedy = `write ${part}: 0.2 for a fifth of the examples`;
    throw new DataError({ place, expected, found: String(share), remedy });
  }
  const groups = groupByClass(from, classes);
  const quotas = apportion(
    groups.map((group) => group.length),
    share,
  );
  if (share > 0 && quotas.every((quota) => quota === 0)) {
    const expected = `examples to spare for the ${part} part (one of each class stays for training)`;
    const remedy = `add examples, or set ${part}: 0`;
    throw new DataError({ place, expected, found: `${from.length} in all`, remedy });
  }
  const { below } = seededRandom(seed, 'split', part);
  const held: number[] = [];
  const kept: number[] = [];
  groups.forEach((group, i) => {
    // Draws the quota to the front of the group, without replacement.
    for (let drawn = 0; drawn < quotas[i]; drawn++) {
      const other = drawn + below(group.length - drawn);
      [group[drawn], group[other]] = [group[other], group[drawn]];
    }
    for (let j = 0; j < group.length; j++) (j < quotas[i] ? held : kept).push(group[j]);
  });
  return [Uint32Array.from(held).sort(), Uint32Array.from(kept).sort()];
}

function groupByClass(from: Uint32Array, classes: Int32Array | null): number[][] {
  if (classes === null) return [Array.from(from)];
  const groups: number[][] = [];
  for (const index of from) {
    groups[classes[index]] ??= [];
    groups[classes[index]].push(index);
  }
  // A class without examples leaves a hole in the array.
  return groups.filter((group) => group !== undefined);
}

/** Largest remainders: quotas add up to the rounded share of the total, each within one of its own share. */
function apportion(sizes: readonly number[], share: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const goal = share > 0 ? Math.max(1, Math.round(total * share)) : 0;
  const quotas = sizes.map((size) => Math.min(Math.floor(size * share), size - 1));
  let missing = goal - quotas.reduce((sum, quota) => sum + quota, 0);
  const byRemainder = sizes
    .map((size, i) => ({ i, remainder: size * share - quotas[i] }))
    .filter(({ i, remainder }) => remainder > 0 && quotas[i] < sizes[i] - 1)
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (const { i } of byRemainder) {
    if (missing <= 0) break;
    quotas[i] += 1;
    missing -= 1;
  }
  return quotas;
}
