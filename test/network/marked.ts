/** Texts whose expected range is marked: `train: { seed: ⟦-1⟧ }`. */
import type { Diagnostic, Range } from '../../sidecar/network/file.ts';

/** The text without its marks, and the range between them. */
export function unmark(marked: string): { text: string; range: Range } {
  const start = marked.indexOf('⟦');
  const end = marked.indexOf('⟧') - 1;
  if (start < 0 || end < start) throw new Error(`expected one marked range in ${marked}`);
  const text = marked.replace(/[⟦⟧]/g, '');
  return { text, range: { start: position(text, start), end: position(text, end) } };
}

function position(text: string, offset: number) {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length - 1, character: lines.at(-1)!.length };
}

/** Diagnostics without their fixes and references, which checks.test.ts has. */
export function told(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.map(({ range, severity, code, message }) => ({
    ...{ range, severity, code, message },
  }));
}
