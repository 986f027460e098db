/** Waiting for a condition: no fixed sleeps, and a sentence when it never comes true. */
import { setTimeout } from 'node:timers/promises';

/** Asks again and again until the answer is neither null nor undefined nor false; gives up with what was expected. */
export async function until<T>(
  expected: string,
  ask: () => T | Promise<T>,
  seconds = 60,
): Promise<Exclude<NonNullable<T>, false>> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false)
      return answer as Exclude<NonNullable<T>, false>;
    if (performance.now() > end) throw new Error(`${seconds} s passed without: ${expected}`);
    await setTimeout(50);
  }
}
