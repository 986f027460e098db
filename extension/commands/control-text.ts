/** What is wrong with a number that was typed, while it is typed. */

/** Null when it is a finite number above 0 and at most `largest`. */
export function numberProblem(text: string, largest = Number.POSITIVE_INFINITY): string | null {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value > 0 && value <= largest) return null;
  const limit = Number.isFinite(largest) ? ` and at most ${largest}` : '';
  return `Expected a number above 0${limit}, such as 0.5 or 1e-3`;
}
