/** Keeps what follows every keystroke or every training step from happening that often. */

/** Runs `act` at once, then at most once a `period` (milliseconds by `clock`); a call in between is made up for at its end. */
export function throttle(period: number, clock: () => number, act: () => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  let waiting: NodeJS.Timeout | null = null;
  const run = () => {
    waiting = null;
    last = clock();
    act();
  };
  return () => {
    if (waiting !== null) return;
    const wait = last + period - clock();
    if (wait <= 0) run();
    else waiting = setTimeout(run, wait).unref();
  };
}

/** Delays by key; a newer call for the same key takes the older one's place. */
export class Debounce {
  private readonly waiting = new Map<string, NodeJS.Timeout>();

  schedule(key: string, delay: number, act: () => void): void {
    this.cancel(key);
    const run = () => {
      this.waiting.delete(key);
      act();
    };
    this.waiting.set(key, setTimeout(run, delay).unref());
  }

  cancel(key: string): void {
    clearTimeout(this.waiting.get(key));
    this.waiting.delete(key);
  }
}
