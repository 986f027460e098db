/** How messages about data say names, lists and near misses. */
import { closest, distance } from 'fastest-levenshtein';

/** A text from a file in quotes, shortened. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/** The first names of a list, and how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).map(quoted).join(', ');
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}

/** The candidate that differs from a word by case, by two letters exchanged, or by at most a third of its letters. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (candidates.length === 0) return null;
  const plain = (text: string) => text.trim().toLowerCase();
  const best = closest(plain(word), candidates.map(plain));
  const allowed = best.length < 4 ? 1 : Math.max(2, Math.floor(best.length / 3));
  if (distance(plain(word), best) > allowed) return null;
  return candidates.find((candidate) => plain(candidate) === best) ?? null;
}

/** `3.2 MB`; sizes below one kilobyte in bytes. */
export function megabytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} bytes` : `${(bytes / 1e6).toPrecision(3)} MB`;
}
