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
  /** Where the variant stands in the file; empty for the base. */
  readonly path: Path;
  report(severity: Diagnostic['severity'], code: string, path: Path, message: string): void;
}

/** A part as the variant has it: its own or else the base's, with where it stands. */
export function chosen<K extends keyof Parts>(
  { base, own, path }: Context,
  part: K,
): { value: Parts[K]; path: Path } {
  return own && own[part] !== undefined
    ? { value: own[part], path: [...path, placeOf(part)] }
    : { value: base[part], path: [placeOf(part)] };
}

function placeOf(part: keyof Parts): string {
  return part === 'layers' ? 'network' : part;
}
