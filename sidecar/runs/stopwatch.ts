/** Time spent on something that may pause. */
export class Stopwatch {
  readonly #clock: () => number;
  #before = 0;
  /** Null while it stands. */
  #since: number | null = null;

  /** Stands at first; `clock` gives milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Milliseconds while it ran. */
  get elapsed(): number {
    return this.#before + (this.#since === null ? 0 : this.#clock() - this.#since);
  }

  run(): void {
    this.#since ??= this.#clock();
  }

  stand(): void {
    this.#before = this.elapsed;
    this.#since = null;
  }
}
