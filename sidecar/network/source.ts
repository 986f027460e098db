/**
 * YAML text as plain values, and where each of them stands. Knows nothing of networks.
 * Reads any text without throwing: what YAML refuses is returned as problems with their place.
 */
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { aliasTargets, keyText, type Path, PlainReader, type Targets } from './plain.ts';
import { SourceEdits, type TextChange } from './source-edits.ts';

/** Zero-based, in UTF-16 code units, as the language server protocol counts. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export type { Path };

export interface Problem {
  readonly range: Range;
  readonly message: string;
}

/** A change to the text. */
export interface Edit {
  readonly range: Range;
  readonly newText: string;
}

/** A key or value that stands at a position. */
export interface Spot {
  readonly path: Path;
  readonly role: 'key' | 'value';
  readonly range: Range;
  readonly text: string;
}

export interface Source {
  /** The whole file: objects without a prototype, arrays, strings, numbers, booleans, null. */
  readonly value: unknown;
  /** What YAML refuses and what is beyond its bounds, in no order. */
  readonly problems: readonly Problem[];
  /** The value at a path, or the deepest value on the way there; its key when the value is empty. */
  range(path: Path): Range;
  /** The same without the lines below its first, to mark what is wrong. */
  token(path: Path): Range;
  /** The key at the end of a path; where a list's item has none, the item. */
  keyRange(path: Path): Range;
  /** The scalar or key under a position. */
  spotAt(position: Position): Spot | null;
  /** A change that leaves all else as it is written; null where there is none. */
  edit(change: (edits: SourceEdits) => TextChange | null): Edit | null;
}

/** Longer texts are data, not networks; reading them while someone types would be slow. */
const maximumLength = 200_000;
export function readSource(text: string): Source {
  const none = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  const refused = (message: string): Source => ({
    value: null,
    problems: [{ range: none, message }],
    range: () => none,
    token: () => none,
    keyRange: () => none,
    spotAt: () => null,
    edit: () => null,
  });
  if (text.length > maximumLength) {
    return refused(
      `The file has ${text.length.toLocaleString('en-US')} characters, a network file at most ${maximumLength.toLocaleString('en-US')}: keep data in a file of its own and name it under data`,
    );
  }
  let document: Document.Parsed;
  let targets: Targets;
  try {
    document = parseDocument(text, {
      prettyErrors: false,
      // The library compares every key with every other; duplicates are found below in one pass.
      uniqueKeys: false,
      // Keeps the library from printing warnings; errors and warnings are all returned.
      logLevel: 'error',
    });
    targets = aliasTargets(document);
  } catch (error) {
    return refused(`The file cannot be read as YAML: ${(error as Error).message}`);
  }
  return new ParsedSource(text, document, targets);
}

class ParsedSource implements Source {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  readonly #text: string;
  readonly #contents: Node | null;
  readonly #targets: Targets;
  /** Counts lines as editors do; the YAML library loses count behind some errors. */
  readonly #lines: TextDocument;

  constructor(text: string, document: Document.Parsed, targets: Targets) {
    this.#text = text;
    this.#contents = document.contents;
    this.#targets = targets;
    this.#lines = TextDocument.create('', 'yaml', 0, text);
    const problems = [...document.errors, ...document.warnings].map((error) => ({
      range: this.#firstLine(error.pos[0], error.pos[1]),
      message: syntaxMessage(error.code, error.message),
    }));
    const plain = new PlainReader(targets, (node, message) => {
      problems.push({ range: this.#rangeOf(node), message });
    });
    this.value = plain.read(document.contents, 0);
    this.problems = problems;
  }

  range(path: Path): Range {
    const { pair, node } = this.#walk(path);
    if (node && !isEmpty(node)) return this.#rangeOf(node);
    if (pair) return this.#rangeOf(pair.key as Node);
    return this.#rangeOf(node);
  }

  token(path: Path): Range {
    const { start, end } = this.range(path);
    if (start.line === end.line) return { start, end };
    return this.#firstLine(this.#lines.offsetAt(start), this.#lines.offsetAt(end));
  }

  keyRange(path: Path): Range {
    const { pair, node, arrived } = this.#walk(path);
    return this.#rangeOf(pair && arrived ? (pair.key as Node) : node);
  }

  spotAt(position: Position): Spot | null {
    return this.#find(this.#contents, this.#lines.offsetAt(position), []);
  }

  edit(change: (edits: SourceEdits) => TextChange | null): Edit | null {
    const found = change(new SourceEdits(this.#text, this.#contents));
    if (!found) return null;
    const { start, end, newText } = found;
    return {
      range: { start: this.#lines.positionAt(start), end: this.#lines.positionAt(end) },
      newText,
    };
  }

  /** The deepest node on the path, and the pair that holds it when its parent is a map. */
  #walk(path: Path): { pair: Pair | null; node: Node | null; arrived: boolean } {
    let node: Node | null = this.#contents;
    let pair: Pair | null = null;
    for (const step of path) {
      const parent: Node | null = this.#follow(node);
      if (isMap(parent)) {
        const found = parent.items.find((item) => keyText(item.key) === String(step));
        if (!found) return { pair, node, arrived: false };
        pair = found;
        node = found.value as Node | null;
      } else if (isSeq(parent) && typeof step === 'number' && step < parent.items.length) {
        pair = null;
        node = parent.items[step] as Node | null;
      } else return { pair, node, arrived: false };
    }
    return { pair, node, arrived: true };
  }

  #follow(node: Node | null): Node | null {
    return isAlias(node) ? (this.#targets.get(node) ?? null) : node;
  }

  #find(node: Node | null, offset: number, path: Path): Spot | null {
    if (!contains(node, offset)) return null;
    if (isMap(node)) {
      for (const pair of node.items) {
        const inside = [...path, keyText(pair.key) ?? ''];
        if (contains(pair.key as Node, offset)) return this.#spot(pair.key as Node, inside, 'key');
        // A block reaches to the start of the line below it, where the next key may stand.
        const found = this.#find(pair.value as Node | null, offset, inside);
        if (found) return found;
      }
      return null;
    }
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        const found = this.#find(item as Node | null, offset, [...path, index]);
        if (found) return found;
      }
      return null;
    }
    return node && !isEmpty(node) ? this.#spot(node, path, 'value') : null;
  }

  #spot(node: Node, path: Path, role: 'key' | 'value'): Spot {
    return { path, role, range: this.#rangeOf(node), text: keyText(node) ?? '' };
  }

  #rangeOf(node: Node | null): Range {
    if (!node?.range) return this.#between(0, Math.max(0, this.#text.search(/[\r\n]|$/)));
    return this.#between(node.range[0], node.range[1]);
  }

  /** Without the white space at the end that YAML counts to a block. */
  #between(start: number, end: number): Range {
    const length = this.#text.slice(start, end).trimEnd().length;
    return { start: this.#lines.positionAt(start), end: this.#lines.positionAt(start + length) };
  }

  #firstLine(start: number, end: number): Range {
    const line = this.#text.slice(start, end).search(/[\r\n]|$/);
    return { start: this.#lines.positionAt(start), end: this.#lines.positionAt(start + line) };
  }
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && !node.source;
}

function contains(node: Node | null, offset: number): boolean {
  return !!node?.range && offset >= node.range[0] && offset <= node.range[1];
}

/** The library's sentence, except where it speaks to programmers. */
function syntaxMessage(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS')
    return 'a network file holds one document; remove this line and what follows';
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply';
  if (code === 'TAB_AS_INDENT') return 'a tab cannot indent YAML; use spaces';
  return message;
}
