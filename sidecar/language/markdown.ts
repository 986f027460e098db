/** Markdown for hovers. Every string that a user or a file chose passes through `escapeText` or `code`. */

const longest = 80;

/** Text that renders as itself: no emphasis, link, HTML, table cell, icon or line break comes of it. */
export function escapeText(text: string): string {
  return escapeProse(shorten(text));
}

/** As `escapeText`, of any length: sentences of ours that hold names of a file. */
export function escapeProse(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]#|<>~$&:@.]/g, (character) => `\\${character}`);
}

/** A code span, whatever backticks the text holds. Not for table cells, where a bar would split it. */
export function code(text: string): string {
  const content = shorten(text);
  const runs = content.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const padding = /^`|`$|^ .* $/.test(content) ? ' ' : '';
  return `${fence}${padding}${content}${padding}${fence}`;
}

/** A table of cells that are already markdown; the first column is flush left, figures flush right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column === 0 ? ':--' : '--:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Control and invisible formatting characters (line breaks, text direction) would let a name reach past its place. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

function shorten(text: string): string {
  const visible = oneLine(text);
  return visible.length > longest ? `${visible.slice(0, longest - 1)}…` : visible;
}
