/** How messages say values, numbers and near misses. */
import { nearest } from '../nearest.ts';

/** A value as the author wrote it, shortened. */
export function found(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length > 0 ? 'a list' : 'an empty list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return String(value);
}

/** Counts and bounds: `48,000`, `0.1`. */
export function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 10 });
}

/** `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** More would not be read, so that only the first few are named. */
const mostCandidates = 40;
const fewCandidates = 10;

/** ` Did you mean x?` for a word close to one of the candidates, else the candidates themselves. */
export function remedy(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  if (near !== null) return `did you mean ${JSON.stringify(near)}?`;
  if (candidates.length <= mostCandidates) return `expected ${alternatives(candidates)}`;
  const others = candidates.length - fewCandidates;
  return `expected ${candidates.slice(0, fewCandidates).join(', ')} or one of ${figure(others)} others`;
}

/** Whether this is written as a multiple of another value: `5x`, `0.5x`. */
export function isMultiple(value: unknown): value is string {
  return typeof value === 'string' && /^(\d{1,9}(\.\d{1,9})?|\.\d{1,9})x$/.test(value);
}
