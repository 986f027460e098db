/** YAML nodes as plain values, within bounds: few levels, and few values however aliases multiply them. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
} from 'yaml';

const maximumDepth = 48;
/** Values after aliases are followed; stops the texts whose aliases multiply. */
const maximumValues = 50_000;

/** Keys of maps and indices of lists from the top of the file to a value. */
export type Path = readonly (string | number)[];

/** What an alias stands for; one that refers to nothing is missing. */
export type Targets = ReadonlyMap<Node, Node>;

/** Turns nodes into plain values, and says what cannot be one. */
export class PlainReader {
  readonly #targets: Targets;
  readonly #report: (node: Node, message: string) => void;
  #count = 0;
  #stopped = false;

  constructor(targets: Targets, report: (node: Node, message: string) => void) {
    this.#targets = targets;
    this.#report = report;
  }

  read(node: Node | null, depth: number): unknown {
    if (!node) return null;
    this.#count += 1;
    const beyond = this.#count > maximumValues || depth > maximumDepth;
    if (this.#stopped || beyond) return this.#tooMuch(node, depth);
    if (isAlias(node)) return this.#alias(node, depth);
    if (isMap(node)) return this.#map(node.items, depth);
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node, depth + 1));
    return isScalar(node) ? this.#scalar(node, node.value) : null;
  }

  #alias(node: Alias, depth: number): unknown {
    const target = this.#targets.get(node);
    if (target) return this.read(target, depth + 1);
    this.#report(
      node,
      `*${node.source} refers to nothing: no value above is marked &${node.source}`,
    );
    return null;
  }

  #map(pairs: readonly Pair[], depth: number): unknown {
    // Without a prototype, so that a key such as `__proto__` or `constructor` is a key like any other.
    const result: Record<string, unknown> = Object.create(null);
    for (const pair of pairs) {
      const key = keyText(pair.key);
      if (key === null) this.#report(pair.key as Node, 'expected a word as key');
      else if (key in result) this.#report(pair.key as Node, `${key} is given twice; keep one`);
      else result[key] = this.read(pair.value as Node | null, depth + 1);
    }
    return result;
  }

  #scalar(node: Node, value: unknown): unknown {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
    this.#report(node, 'expected a text, a number, true or false');
    return null;
  }

  /** Said once: everything behind it would say the same. */
  #tooMuch(node: Node, depth: number): null {
    if (this.#stopped) return null;
    this.#stopped = true;
    const limit =
      depth > maximumDepth
        ? `nested more than ${maximumDepth} levels deep`
        : `more than ${maximumValues.toLocaleString('en-US')} values once aliases are followed`;
    this.#report(node, `${limit}; a network file is smaller`);
    return null;
  }
}

/** An alias stands for the last value before it that is marked with its name. */
export function aliasTargets(document: Document.Parsed): Targets {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(document, {
    Node(_, node) {
      const target = isAlias(node) ? anchors.get(node.source) : undefined;
      if (target) targets.set(node, target);
      else if (!isAlias(node) && node.anchor) anchors.set(node.anchor, node as Node);
    },
  });
  return targets;
}

/** The text of a key, or null where a list or map stands in its place. */
export function keyText(key: unknown): string | null {
  if (!isScalar(key) || key.value === null || typeof key.value === 'object') return null;
  return String(key.value);
}
