/** What an editor makes of a text by edits that do not overlap. */
import type { Edit } from '../../sidecar/network/source.ts';

export function applied(text: string, edits: readonly Edit[]): string {
  const lines = text.split('\n');
  const offset = ({ line, character }: Edit['range']['start']) =>
    lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  return edits
    .map(({ range, newText }) => ({ at: offset(range.start), to: offset(range.end), newText }))
    .toSorted((a, b) => b.at - a.at)
    .reduce(
      (before, { at, to, newText }) => before.slice(0, at) + newText + before.slice(to),
      text,
    );
}
