/** Steps a second, over about the last second, from a counter that is looked at now and then. */
export class Rate {
  readonly #clock: () => number;
  /** Two looks at the counter; the older is at least half a second old once there was time for it. */
  #older = { at: 0, steps: 0 };
  #newer = { at: 0, steps: 0 };

  /** `clock` gives milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#older = this.#newer = { at: clock(), steps: 0 };
  }

  perSecond(steps: number): number {
    const at = this.#clock();
    if (at - this.#newer.at >= 500) {
      this.#older = this.#newer;
      this.#newer = { at, steps };
    }
    const elapsed = at - this.#older.at;
    return elapsed > 0 ? (1000 * (steps - this.#older.steps)) / elapsed : 0;
  }
}
