/**
 * Changes to a YAML text that leave all else as it is written: comments, order, quotes and the way each map is laid out.
 * Knows nothing of networks. What cannot be changed so, such as a value that an alias stands for, is left alone: null.
 */
import { isMap, isNode, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Path } from './plain.ts';

/** From one offset to before another. */
export interface TextChange {
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

/** What stands at a path, reached without following aliases; null where nothing does. */
interface Found {
  readonly node: Node | null;
  /** Its key, where it is a value of a map. */
  readonly pair: Pair | null;
  readonly parent: Node | null;
}

export class SourceEdits {
  readonly #text: string;
  readonly #contents: Node | null;

  constructor(text: string, contents: Node | null) {
    this.#text = text;
    this.#contents = contents;
  }

  /**
   * Gives a field of the map at `path` a value, in one line. A bare word in place of the map becomes a map,
   * `batchnorm: { momentum: 0.2 }`, and a map that the top of the file lacks is added to its end.
   */
  set(path: Path, field: string, value: string): TextChange | null {
    const found = this.#find(path);
    const entry = `${field}: ${value}`;
    if (!found) return this.#open(path, entry);
    const { node, pair } = found;
    if (isMap(node)) return this.#setIn(node, field, value);
    const key = pair?.key;
    if (!isEmpty(node) || !isNode(key)) return null;
    const colon = this.#text.indexOf(':', key.range![1]) + 1;
    return { start: colon, end: colon, newText: ` { ${entry} }` };
  }

  /** Another value where there is one: `train.batchSize`, an entry of a list. */
  replace(path: Path, value: string): TextChange | null {
    const node = this.#find(path)?.node;
    return isScalar(node) && !isEmpty(node) ? this.#over(node, value) : null;
  }

  /** Takes a field out of its map, which keeps another. */
  remove(path: Path): TextChange | null {
    const found = this.#find(path);
    if (!found?.pair || !isMap(found.parent) || found.parent.items.length < 2) return null;
    return found.parent.flow
      ? this.#removeFromFlow(found.parent, found.pair)
      : this.#removeFromBlock(found.parent, found.pair);
  }

  #find(path: Path): Found | null {
    let found: Found = { node: this.#contents, pair: null, parent: null };
    for (const step of path) {
      const { node } = found;
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
        if (!pair) return null;
        found = { node: pair.value as Node | null, pair, parent: node };
      } else if (isSeq(node) && typeof step === 'number' && step < node.items.length) {
        found = { node: node.items[step] as Node, pair: null, parent: node };
      } else return null;
    }
    return found;
  }

  /** A map where a bare word stands, or where the top of the file has none. */
  #open(path: Path, entry: string): TextChange | null {
    const word = path.at(-1);
    const found = this.#find(path.slice(0, -1));
    if (path.length === 1 && isMap(this.#contents) && !this.#contents.flow) {
      const end = this.#text.length;
      const before = this.#text.endsWith('\n') ? '' : this.#lineEnd;
      return {
        start: end,
        end,
        newText: `${before}${word}:${this.#lineEnd}  ${entry}${this.#lineEnd}`,
      };
    }
    if (!isScalar(found?.node) || found.node.value !== word) return null;
    const options = `${word}: { ${entry} }`;
    return this.#over(found.node, isSeq(found.parent) ? options : `{ ${options} }`);
  }

  #setIn(map: YAMLMap, field: string, value: string): TextChange | null {
    const known = map.items.find(({ key }) => isScalar(key) && key.value === field);
    if (known) {
      const old = known.value as Node | null;
      if (isScalar(old) && !isEmpty(old)) return this.#over(old, value);
      if (!isEmpty(old)) return null;
      const colon = this.#text.indexOf(':', (known.key as Node).range![1]) + 1;
      return { start: colon, end: colon, newText: ` ${value}` };
    }
    const entry = `${field}: ${value}`;
    return map.flow ? this.#addToFlow(map, entry) : this.#addToBlock(map, entry);
  }

  #addToFlow(map: YAMLMap, entry: string): TextChange {
    const last = map.items.at(-1);
    if (!last) return { start: map.range![0], end: map.range![1], newText: `{ ${entry} }` };
    const end = endOf(last);
    return { start: end, end, newText: `, ${entry}` };
  }

  /** On a line of its own behind the last pair that is one line long, so that its comment stays with it. */
  #addToBlock(map: YAMLMap, entry: string): TextChange {
    const column = this.#columnOf(map.items[0]);
    const line = this.#lineEnd + ' '.repeat(column);
    const short = map.items.findLast(
      (pair) => !this.#text.slice(startOf(pair), endOf(pair)).includes('\n'),
    );
    if (!short) {
      const start = startOf(map.items[0]);
      return { start, end: start, newText: entry + line };
    }
    const end = this.#endOfLine(endOf(short));
    return { start: end, end, newText: line + entry };
  }

  #removeFromFlow(map: YAMLMap, pair: Pair): TextChange {
    const index = map.items.indexOf(pair);
    const next = map.items[index + 1];
    if (!next) {
      const start = endOf(map.items[index - 1]);
      return { start, end: endOf(pair), newText: this.#comment(start, startOf(pair)) };
    }
    const end = startOf(next);
    return { start: startOf(pair), end, newText: this.#comment(endOf(pair), end).trimStart() };
  }

  /** What stands between two pairs in brackets without their comma, if it is worth keeping. */
  #comment(start: number, end: number): string {
    const between = this.#text.slice(start, end);
    return between.includes('#') ? between.replace(',', '') : '';
  }

  /** With its line, or up to the comment behind it. */
  #removeFromBlock(map: YAMLMap, pair: Pair): TextChange | null {
    const start = startOf(pair);
    const end = endOf(pair);
    const lineEnd = this.#endOfLine(end);
    if (this.#text.slice(end, lineEnd).trim() !== '') {
      const comment = end + this.#text.slice(end).search(/\S/);
      return { start, end: comment, newText: '' };
    }
    const lineStart = this.#text.lastIndexOf('\n', start - 1) + 1;
    // A dash or key may stand before the first one on its line: the next moves up to its place.
    const next = map.items[map.items.indexOf(pair) + 1];
    if (this.#text.slice(lineStart, start).trim() !== '') {
      return next ? { start, end: startOf(next), newText: '' } : null;
    }
    const behind = this.#text.startsWith('\r\n', lineEnd) ? lineEnd + 2 : lineEnd + 1;
    return { start: lineStart, end: Math.min(behind, this.#text.length), newText: '' };
  }

  #over(node: Node, newText: string): TextChange {
    return { start: node.range![0], end: node.range![1], newText };
  }

  #columnOf(pair: Pair): number {
    const start = startOf(pair);
    return start - (this.#text.lastIndexOf('\n', start - 1) + 1);
  }

  #endOfLine(offset: number): number {
    return offset + this.#text.slice(offset).search(/\r?\n|$/);
  }

  get #lineEnd(): string {
    return this.#text.includes('\r\n') ? '\r\n' : '\n';
  }
}

function startOf({ key }: Pair): number {
  return (key as Node).range![0];
}

function endOf({ key, value }: Pair): number {
  const node = isNode(value) && !isEmpty(value) ? value : (key as Node);
  return node.range![1];
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && !node.source);
}
