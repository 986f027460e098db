/** Numbers as people type them. */

/** Null when the text is no number above 0; a comma is taken for a decimal point. */
export function typedNumber(text: string): number | null {
  const value = Number(text.trim().replace(',', '.'));
  return Number.isFinite(value) && value > 0 ? value : null;
}
