/**
 * Seeded random numbers for everything that must come out the same again: weights, splits, orders of examples,
 * generated data. The generator is xoshiro128** 1.1 (Blackman and Vigna, prng.di.unimi.it), its state a hash of
 * the seed and of keys that name the purpose, so that each purpose draws from a stream of its own.
 * Not for cryptography. Imports nothing, so that engine and data can both use it.
 */

export interface Random {
  /** Uniform integer from 0 to 2^32 - 1. */
  uint32(): number;
  /** Uniform integer from 0 to `limit - 1`, without bias; `limit` is an integer from 1 to 2^32. */
  below(limit: number): number;
  /** Uniform in [0, 1), a multiple of 2^-32. Rounded to float32 it can become 1. */
  uniform(): number;
  /** Standard normal, mean 0 and variance 1; at most 6.7 in magnitude. */
  normal(): number;
}

/** A generator for one purpose, e.g. `seededRandom(7, 'weights', 'dense1')`. Equal arguments give equal numbers. */
export function seededRandom(seed: number, ...keys: readonly (string | number)[]): Random {
  return xoshiro128(hash128(JSON.stringify([seed, ...keys])));
}

/** The generator from an explicit state of four 32-bit words, not all zero. */
export function xoshiro128(state: readonly [number, number, number, number]): Random {
  let [a, b, c, d] = state;
  let spare: number | null = null;

  const uint32 = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };

  const below = (limit: number): number => {
    const fair = 2 ** 32 - (2 ** 32 % limit);
    let drawn = uint32();
    while (drawn >= fair) drawn = uint32();
    return drawn % limit;
  };

  const uniform = (): number => uint32() / 2 ** 32;

  // Box and Muller's transform makes two values at a time; the second waits for the next call.
  const normal = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };

  return { uint32, below, uniform, normal };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Four FNV-1a hashes from different bases, each finished with MurmurHash3's mixer so that close keys part. */
function hash128(text: string): [number, number, number, number] {
  const bases = [0x811c9dc5, 0x9e3779b9, 0x243f6a88, 0xb7e15162];
  const [a, b, c, d] = bases.map((base) => {
    let hash = base;
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  });
  return [a, b, c, d];
}
