/**
 * Where threads wait for each other, in shared memory. Who waits looks again and again, since sleeping and being woken
 * costs some microseconds, and sleeps after that. How long it looks follows from whether it has been worth it: up to a
 * millisecond, but hardly at all where cores are short and looking only keeps those it waits for from running. Who comes
 * last wakes only those who sleep.
 */

export interface Barrier {
  /** Returns when all threads have called it. Throws when one of them has failed. */
  meet(): void;
  /** Releases all who wait or will, with an error. */
  fail(): void;
}

/** Index of each Int32; every one has a cache line of its own. */
const round = 0;
const arrived = 16;
const asleep = 32;
const failed = 48;

/** Int32 of a barrier, all 0 before its first use. */
export const barrierWords = 64;

/** Looks at the counter before a thread sleeps, some nanoseconds each: at most and at least. */
const mostLooks = 100_000;
const fewestLooks = 400;

export function createBarrier(words: Int32Array, threads: number): Barrier {
  let looks = mostLooks;
  const wait = (seen: number): void => {
    for (let look = 0; look < looks; look++) {
      if (Atomics.load(words, round) === seen) continue;
      looks = Math.min(mostLooks, 2 * looks);
      return;
    }
    looks = Math.max(fewestLooks, looks >> 1);
    Atomics.add(words, asleep, 1);
    // Returns at once when the round is over by now.
    while (Atomics.load(words, round) === seen) Atomics.wait(words, round, seen);
    Atomics.sub(words, asleep, 1);
  };
  const release = (): void => {
    Atomics.add(words, round, 1);
    if (Atomics.load(words, asleep) > 0) Atomics.notify(words, round);
  };
  return {
    meet: () => {
      const seen = Atomics.load(words, round);
      if (Atomics.add(words, arrived, 1) === threads - 1) {
        Atomics.store(words, arrived, 0);
        release();
      } else {
        wait(seen);
      }
      if (Atomics.load(words, failed) === 1) throw new Error('a thread of the team has failed');
    },
    fail: () => {
      Atomics.store(words, failed, 1);
      release();
    },
  };
}
