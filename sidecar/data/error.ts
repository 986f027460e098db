/** What is wrong with a data set, said so that its owner can mend it. */

export interface Fault {
  /** Where: file, and line and column where there are any, as the owner knows them. */
  readonly place: string;
  readonly expected: string;
  readonly found: string;
  /** What would do: a whole clause in the imperative. */
  readonly remedy: string;
}

/** The message reads `place: expected …, found …; remedy`. The cause is kept where there is one. */
export class DataError extends Error {
  override readonly name = 'DataError';
  /** What a thread posts to another, where errors lose their class. */
  readonly fault: Fault;

  constructor(fault: Fault, cause?: unknown) {
    const { place, expected, found, remedy } = fault;
    super(`${place}: expected ${expected}, found ${found}; ${remedy}`, { cause });
    this.fault = fault;
  }
}
