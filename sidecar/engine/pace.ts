/**
 * Whether a step is made by one thread or by the whole team: whichever has been faster of late. Threads that wait for each
 * other lose where other processes take the cores, and nobody knows that before; the bits are the same either way.
 */

/** Steps after which two ways are compared. */
const trial = 8;

/** Steps by the faster way until the other gets another chance: at first, and when it has lost again and again. */
const shortestStay = 256;
const longestStay = 2048;

export interface Pace {
  /** Whether the next step is to be made together. */
  readonly together: boolean;
  /** Takes note of the time that a step made so has taken. */
  took(time: number): void;
}

export function createPace(): Pace {
  let together = true;
  /** Mean time of a step in the last comparison, by way. */
  const mean = { together: Number.POSITIVE_INFINITY, alone: Number.POSITIVE_INFINITY };
  let trying = true;
  let compared = 0;
  let stay = shortestStay;
  let steps = 0;
  let sum = 0;

  const change = (): void => {
    together = !together;
    trying = true;
  };
  const compare = (): void => {
    compared += 1;
    const faster = mean.together <= mean.alone;
    trying = false;
    // The first comparison has tried both ways anew; later ones try the slower way again.
    const kept = compared > 1 && together !== faster;
    stay = kept ? Math.min(longestStay, 2 * stay) : shortestStay;
    together = faster;
  };
  return {
    get together() {
      return together;
    },
    took(time) {
      steps += 1;
      sum += time;
      if (steps < (trying ? trial : stay)) return;
      mean[together ? 'together' : 'alone'] = sum / steps;
      steps = 0;
      sum = 0;
      if (!trying || mean.alone === Number.POSITIVE_INFINITY) change();
      else compare();
    },
  };
}
