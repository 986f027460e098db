/** Does something at most once in an interval, and never leaves the last request undone. */

export class Paced {
  readonly #act: () => void;
  readonly #interval: number;
  #actedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `interval` in milliseconds. */
  constructor(interval: number, act: () => void) {
    this.#interval = interval;
    this.#act = act;
  }

  /** Acts now, or when the interval since it last did is over. */
  request(): void {
    const wait = this.#actedAt + this.#interval - performance.now();
    if (wait <= 0) this.now();
    else this.#timer ??= setTimeout(() => this.now(), wait);
  }

  now(): void {
    this.cancel();
    this.#actedAt = performance.now();
    this.#act();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
