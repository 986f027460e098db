/** What is said about a place of a network file, and what would put it right. */
import type { Edit, Path, Range, Source } from './source.ts';

export interface Diagnostic {
  readonly range: Range;
  readonly severity: 'error' | 'warning' | 'information';
  readonly code: string;
  readonly message: string;
  /** Address of a page that says more. */
  readonly reference?: string;
  /** What would put it right, the best first. */
  readonly fixes?: readonly Fix[];
}

/** Changes that belong together. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
}

/** What a diagnostic has besides its message. */
export interface Details {
  /** What it is about, a value unless it says otherwise. */
  readonly at?: 'key' | 'value';
  /** The word that was probably meant. */
  readonly meant?: string | null;
  readonly reference?: string;
  readonly fixes?: readonly Fix[];
}

/** A diagnostic at a path of the file. */
export function diagnosticAt(
  source: Source,
  severity: Diagnostic['severity'],
  code: string,
  path: Path,
  message: string,
  { at, meant, reference, fixes = [] }: Details = {},
): Diagnostic {
  const range = at === 'key' ? source.keyRange(path) : source.token(path);
  const all = meant ? [changeTo(range, meant), ...fixes] : fixes;
  return {
    ...{ range, severity, code, message },
    ...(reference === undefined ? {} : { reference }),
    ...(all.length > 0 ? { fixes: all } : {}),
  };
}

function changeTo(range: Range, word: string): Fix {
  return { title: `Change to ${word}`, edits: [{ range, newText: word }] };
}

/** More would not be read, and cost time while someone types. */
export const maximumDiagnostics = 100;

export function inFileOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(
    ({ range: { start: a } }, { range: { start: b } }) =>
      a.line - b.line || a.character - b.character,
  );
}
