/**
 * Where in a network file the cursor stands, told from indentation and brackets alone: while someone types, the text
 * is seldom valid YAML, so no parser is asked. Knows YAML's layout, nothing of networks, and no block scalars.
 */

/** From the top of the file inwards: a key of a map, or null for an entry of a list. */
export type Path = readonly (string | null)[];

export interface Cursor {
  /** The map, list or value that the cursor stands in. */
  readonly path: Path;
  /** `key`: a key, or a bare word of a list, is being written. `value`: what follows a key's colon. */
  readonly position: 'key' | 'value';
  /** What is written of the word so far, and the column where it starts. */
  readonly word: string;
  readonly start: number;
  /** Whether brackets are open, between which nothing may be spread over block-style lines. */
  readonly inFlow: boolean;
  /** Keys that the map around the cursor has, before and behind it; empty in a list. */
  readonly siblings: readonly string[];
}

/** Null where no word can start: in a comment, and directly behind a colon or a dash. Lines and columns count from 0. */
export function cursorAt(text: string, line: number, column: number): Cursor | null {
  const lines = text.split(/\r?\n/);
  const current = lines[line] ?? '';
  const before = current.slice(0, column);
  if (before !== withoutComment(before) || /(^|[\s{[,])-$|:$/.test(before)) return null;
  const levels = new Levels();
  for (const earlier of lines.slice(0, line)) levels.readLine(earlier);
  const word = levels.read(before).trimStart();
  const { path, position, inFlow, keys } = levels;
  levels.readRest(withoutComment(current).slice(column));
  for (const later of lines.slice(line + 1)) levels.readLine(later);
  return { path, position, word, start: before.length - word.length, inFlow, siblings: keys };
}

/** A level that a dash or key opened in block style, the column where it stands, and the keys of a map in it. */
interface Block {
  readonly column: number;
  readonly key: string | null;
  readonly keys: string[];
}

/** A bracket that is still open, and the key whose value is being written inside it. */
interface Flow {
  readonly open: '{' | '[';
  readonly keys: string[];
  key: string | null;
}

const quoted = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/.source;
const blockKey = new RegExp(`^(${quoted}|[^\\s#"'{}[\\],:-][^#{}[\\],:]*):(?=\\s|$)\\s*`);
const flowToken = new RegExp(`^(?:${quoted}|[{}[\\],]|:(?=\\s|$)|[^{}[\\],:"']+|.)`);
/** A quote only opens where a word starts, and a `#` only starts a comment behind a blank. */
const beforeComment = new RegExp(`^(?:(?<![^\\s{[,:-])(?:${quoted})|[^#]|(?<=\\S)#)*`);

/** What is open at the end of what has been read, line by line from the top of the file. */
class Levels {
  private readonly blocks: Block[] = [];
  private readonly flows: Flow[] = [];
  private readonly top: string[] = [];
  private behindKey = false;

  readLine(line: string): void {
    const content = withoutComment(line);
    if (content.trim() !== '') this.read(content);
  }

  /** What follows the cursor on its line; outside brackets it belongs to the word there. */
  readRest(text: string): void {
    if (this.inFlow) this.readFlow(text);
  }

  /** Reads a line and returns what stands behind its last dash, colon, bracket or comma. */
  read(line: string): string {
    const indent = line.length - line.trimStart().length;
    if (this.flows.length > 0 && indent <= (this.blocks.at(-1)?.column ?? -1)) {
      // Brackets continue only on deeper lines: here someone has not closed theirs yet.
      this.flows.length = 0;
    }
    const rest = this.flows.length > 0 ? line : this.readMarks(line, indent);
    return this.readFlow(rest);
  }

  get path(): Path {
    const flows = this.flows.flatMap(({ open, key }) => [
      ...(open === '[' ? [null] : []),
      ...(key === null ? [] : [key]),
    ]);
    return [...this.blocks.map(({ key }) => key), ...flows];
  }

  get position(): 'key' | 'value' {
    const innermost = this.flows.at(-1);
    return (innermost ? innermost.key !== null : this.behindKey) ? 'value' : 'key';
  }

  /** Grows while more is read, as long as the map is open. */
  get keys(): string[] {
    return (this.flows.at(-1) ?? this.blocks.at(-1))?.keys ?? this.top;
  }

  get inFlow(): boolean {
    return this.flows.length > 0;
  }

  /** Dashes at the start of a block-style line and the key behind them; returns the rest of the line. */
  private readMarks(line: string, indent: number): string {
    let column = indent;
    this.behindKey = false;
    let dash = /^-\s+/.exec(line.slice(column));
    this.closeFrom(column, dash !== null);
    for (; dash; dash = /^-\s+/.exec(line.slice(column))) {
      this.blocks.push({ column, key: null, keys: [] });
      column += dash[0].length;
    }
    const key = blockKey.exec(line.slice(column));
    if (key) {
      this.keys.push(unquote(key[1]));
      this.blocks.push({ column, key: unquote(key[1]), keys: [] });
      this.behindKey = true;
      column += key[0].length;
    }
    return line.slice(column);
  }

  /** A list may stand at the very column of its key, which a dash there leaves open. */
  private closeFrom(column: number, forDash: boolean): void {
    const isOpen = (block: Block) =>
      block.column < column || (forDash && block.column === column && block.key !== null);
    while (this.blocks.length > 0 && !isOpen(this.blocks[this.blocks.length - 1])) {
      this.blocks.pop();
    }
  }

  private readFlow(text: string): string {
    let rest = text;
    let word = '';
    while (rest !== '') {
      const token = flowToken.exec(rest)?.[0] ?? rest[0];
      rest = rest.slice(token.length);
      if (this.readToken(token, word)) word = '';
      else word += token;
    }
    return word;
  }

  /** Whether the token was punctuation, after which a new word starts. Outside brackets only an opening one is. */
  private readToken(token: string, word: string): boolean {
    const innermost = this.flows.at(-1);
    if ((token === '{' || token === '[') && word.trim() === '') {
      this.flows.push({ open: token, key: null, keys: [] });
    } else if (!innermost) {
      return false;
    } else if (token === '}' || token === ']') {
      this.flows.pop();
    } else if (token === ',') {
      innermost.key = null;
    } else if (token === ':') {
      innermost.key = unquote(word);
      if (innermost.open === '{') innermost.keys.push(innermost.key);
    } else {
      return false;
    }
    return true;
  }
}

function withoutComment(line: string): string {
  return beforeComment.exec(line)?.[0] ?? line;
}

function unquote(key: string): string {
  const trimmed = key.trim();
  return /^["']/.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}
