/** How long something takes, as a median, which a pause of the machine does not move. */

/** Runs before the first that counts: caches fill and memory is laid out. */
const warmUps = 3;
/** A median of fewer would be the luck of one. */
const fewest = 5;

/** Milliseconds that one of `work` takes, run again and again for about `budget` milliseconds. */
export async function medianTime(
  work: () => Promise<unknown>,
  budget: number,
  clock = () => performance.now(),
): Promise<number> {
  for (let run = 0; run < warmUps; run += 1) await work();
  const times: number[] = [];
  const start = clock();
  let last = start;
  while (times.length < fewest || last - start < budget) {
    const before = clock();
    await work();
    last = clock();
    times.push(last - before);
  }
  times.sort((a, b) => a - b);
  const middle = Math.floor(times.length / 2);
  return times.length % 2 === 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
}
