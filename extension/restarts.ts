/** How often the sidecar may end unexpectedly before only the user may start it again. */

const limit = 3;
const window = 3 * 60_000;

/** Remembers crashes by a clock in milliseconds; one that recurs too fast would only burn the processor. */
export class Restarts {
  readonly #now: () => number;
  #crashes: number[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes a crash and says whether to start again: at most three times within three minutes. */
  allowed(): boolean {
    const now = this.#now();
    this.#crashes = [...this.#crashes.filter((time) => now - time < window), now];
    return this.#crashes.length <= limit;
  }

  /** Begins anew because the user asked for it. */
  forget(): void {
    this.#crashes = [];
  }
}
