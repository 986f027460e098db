/** The word that was probably meant; Levenshtein's distance by fastest-levenshtein. */
import { closest, distance } from 'fastest-levenshtein';

/**
 * The candidate that differs from a word by case, hyphens, spaces, two letters exchanged, or by at most a third of its
 * letters; null when none is that close.
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  // Nobody misspells anything this long, and the distance costs the product of the lengths.
  if (candidates.length === 0 || word.length > 40) return null;
  const plain = (text: string) => text.toLowerCase().replace(/[-_ ]/g, '');
  const best = closest(plain(word), candidates.map(plain));
  const allowed = best.length < 4 ? 1 : Math.max(2, Math.ceil(best.length / 3));
  if (distance(plain(word), best) > allowed) return null;
  return candidates.find((candidate) => plain(candidate) === best) ?? null;
}
