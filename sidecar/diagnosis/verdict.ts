/**
 * What is held to be wrong from one judgement to the next. A measure near its bound passes it back and forth: such a
 * finding is told once, and a mark of it does not go out whenever one judgement is without it.
 */
import type { Finding } from '../protocol/findings.ts';

export class Verdict {
  #last: readonly Finding[] = [];
  #held: readonly Finding[] = [];
  readonly #told = new Set<string>();

  /** The last judgement's, then those that it lacked for the first time, with the figures of the one before. */
  get findings(): readonly Finding[] {
    return [...this.#last, ...this.#held];
  }

  /** Takes a new judgement, and returns what nobody has been told of: of the same kind in the same layer only figures are new. */
  take(findings: readonly Finding[]): Finding[] {
    const present = new Set(findings.map(keyOf));
    this.#held = this.#last.filter((each) => isHeld(each) && !present.has(keyOf(each)));
    this.#last = findings;
    const fresh = findings.filter((each) => !this.#told.has(keyOf(each)));
    for (const each of fresh) this.#told.add(keyOf(each));
    return fresh;
  }
}

/** A gap is found by two probes in a row, and goes as soon as one is without it: recomputing statistics does that. */
function isHeld({ kind }: Finding): boolean {
  return kind !== 'evaluation-gap';
}

function keyOf({ kind, layer }: Finding): string {
  return JSON.stringify([kind, layer]);
}
