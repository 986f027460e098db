/** A report's content in order, before it is Markdown or HTML: what is said, without how it looks. */
import type { Figure } from './svg.ts';

/** Plain text, or text with code and links in it. */
export type Prose = string | readonly (string | Code | Link)[];

interface Code {
  readonly code: string;
}

interface Link {
  readonly words: string;
  readonly url: string;
}

export interface TableBlock {
  readonly kind: 'table';
  readonly caption: string;
  readonly head: readonly string[];
  /** Which columns hold numbers, which stand at the right. */
  readonly numbers: readonly boolean[];
  readonly rows: readonly (readonly string[])[];
}

/** Several lines, as they are. */
export interface CodeBlock {
  readonly kind: 'code';
  readonly text: string;
}

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: Prose }
  | { readonly kind: 'list'; readonly items: readonly Prose[] }
  /** What few readers need, folded away. */
  | { readonly kind: 'details'; readonly summary: string; readonly content: TableBlock | CodeBlock }
  | { readonly kind: 'figure'; readonly figure: Figure }
  | TableBlock
  | CodeBlock;

export interface ReportDocument {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export function heading(text: string): Block {
  return { kind: 'heading', text };
}

export function paragraph(text: Prose): Block {
  return { kind: 'paragraph', text };
}

/** Columns whose every cell is a number, with or without a unit, or a dash. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): TableBlock {
  const numbers = head.map((_, column) =>
    rows.every((row) => /^[+−]?[\d–]|^never$/.test(row[column])),
  );
  return { kind: 'table', caption, head, numbers, rows };
}

export function figuresOf({ blocks }: ReportDocument): Figure[] {
  return blocks.flatMap((block) => (block.kind === 'figure' ? [block.figure] : []));
}
