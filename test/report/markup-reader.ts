/** Reads markup as strictly as XML wants it, sharing nothing with what writes it. */
import assert from 'node:assert/strict';

export interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Node[];
  /** Text directly inside, entities resolved. */
  text: string;
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
};

/** The root element; fails on anything that is not well-formed. */
export function readMarkup(markup: string): Node {
  const root: Node = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const token = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let end = 0;
  for (const match of markup.matchAll(token)) {
    assert.equal(match.index, end, `markup near ${markup.slice(end, end + 60)}`);
    end = match.index + match[0].length;
    const [, closing, name, attributes, empty, text] = match;
    const current = open.at(-1)!;
    if (text !== undefined) current.text += resolve(text);
    else if (closing) assert.equal(open.pop()!.name, name);
    else {
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)];
      const node: Node = {
        name,
        attributes: Object.fromEntries(pairs.map(([, key, value]) => [key, resolve(value)])),
        children: [],
        text: '',
      };
      current.children.push(node);
      if (!empty) open.push(node);
    }
  }
  assert.equal(end, markup.length, `markup near ${markup.slice(end, end + 60)}`);
  assert.equal(open.length, 1, `not closed: ${open.at(-1)!.name}`);
  assert.equal(root.children.length, 1);
  return root.children[0];
}

/** All elements below one, in the order of the text, that have this name and class. */
export function find(node: Node, name: string, kind?: string): Node[] {
  const classes = (each: Node) => (each.attributes.class ?? '').split(' ');
  return node.children.flatMap((child) => [
    ...(child.name === name && (kind === undefined || classes(child).includes(kind))
      ? [child]
      : []),
    ...find(child, name, kind),
  ]);
}

/** All text of an element and what is in it. */
export function textOf(node: Node): string {
  return [node.text, ...node.children.map(textOf)].join(' ');
}

function resolve(text: string): string {
  return text.replace(/&([^;\s]*);?/g, (whole, name: string) => {
    assert.ok(whole.endsWith(';') && Object.hasOwn(entities, name), `entity ${whole}`);
    return entities[name];
  });
}
