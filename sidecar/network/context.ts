/** What the steps of resolving one variant share. */
import type { Diagnostic } from './issues.ts';
import type { Path } from './source.ts';
import type { DataSummary } from './types.ts';
import type { Parts } from './written.ts';

export interface Context {
  /** Null while unknown. */
  readonly data: DataSummary | null;
  readonly base: Parts;
  /** What the variant gives; null for the base. */
  readonly own: Parts | null;
  report(
    severity: Diagnostic['severity'],
    code: string,
    path: Path,
    message: string,
    at?: 'key' | 'value',
  ): void;
}

/** A part as the variant has it: its own or else the base's, with where it stands. */
export function chosen<K extends keyof Parts>(
  { base, own }: Context,
  part: K,
): { value: Parts[K]; path: Path } {
  return own && own[part] !== undefined
    ? { value: own[part], path: own.places.get(part) ?? [...own.path, placeOf(part)] }
    : { value: base[part], path: [placeOf(part)] };
}

function placeOf(part: keyof Parts): string {
  return part === 'layers' ? 'network' : part;
}
