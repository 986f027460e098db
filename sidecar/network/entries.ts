/**
 * A network's list as its author wrote it: a tree, since containers hold lists, and the names of all that is in it.
 * Looks at words, names and lists only; whether options are right is left to written.ts.
 */
import { wordAndOptions } from './choice.ts';
import { maximumTimes } from './containers.ts';
import { containerTable, isContainer, type WrittenLayer } from './layers.ts';
import type { Path } from './source.ts';

/** An entry of a list, whether or not its options can be read. */
export interface LayerEntry {
  /** The word as written, not necessarily a kind that exists; empty where there is none. */
  readonly kind: string;
  readonly path: Path;
  /** The name its author gave it. */
  readonly given: string | null;
  /** What it is called: one name, and inside a `repeat` one for each copy. */
  readonly names: readonly string[];
  /** Where it stands, in words: `layer 2 of residual1`. */
  readonly position: string;
  /** Null for a container, and when something is wrong with it. */
  readonly layer: WrittenLayer | null;
  /** What a container holds. */
  readonly content: Content | null;
  /** Whether something is wrong with it; what a container holds has its own. */
  readonly broken: boolean;
  /** The entry of the list in whose place a variant has this one. */
  readonly replaces?: LayerEntry;
}

interface Content {
  /** Where its list stands. */
  readonly path: Path;
  /** Several for `concat`, else one. */
  readonly branches: readonly (readonly LayerEntry[])[];
  readonly times: number;
}

/** A layer or container of the network with its copies written out. */
export interface LayerNode {
  readonly name: string;
  readonly entry: LayerEntry;
  /** For containers; a `repeat` has one, all its copies after another. */
  readonly branches: readonly (readonly LayerNode[])[];
}

interface DraftContent extends Content {
  readonly branches: readonly (readonly Draft[])[];
}

/** An entry while its list is read. */
export interface Draft extends LayerEntry {
  readonly raw: unknown;
  readonly names: string[];
  position: string;
  layer: WrittenLayer | null;
  readonly content: DraftContent | null;
  broken: boolean;
}

export function draftEntries(list: readonly unknown[], path: Path): Draft[] {
  return list.map((raw, index) => draftEntry(raw, [...path, index]));
}

function draftEntry(raw: unknown, path: Path): Draft {
  const [word, options] = wordAndOptions(raw);
  const given = (options as { name?: unknown } | null | undefined)?.name;
  return {
    kind: word ?? '',
    path,
    given: typeof given === 'string' ? given : null,
    names: [],
    position: '',
    layer: null,
    content: word !== null && isContainer(word) ? contentOf(word, options, path) : null,
    broken: false,
    raw,
  };
}

function contentOf(kind: keyof typeof containerTable, options: unknown, path: Path): DraftContent {
  const { content } = containerTable[kind];
  const isShort = Array.isArray(options);
  const at = isShort ? [...path, kind] : [...path, kind, content];
  const fields = (isShort ? { [content]: options } : options) as Record<string, unknown> | null;
  const list = Array.isArray(fields?.[content]) ? fields[content] : [];
  const { times } = fields ?? {};
  const isCount = typeof times === 'number' && Number.isInteger(times);
  return {
    path: at,
    branches:
      kind === 'concat'
        ? list.map((branch, i) => draftEntries(Array.isArray(branch) ? branch : [], [...at, i]))
        : [draftEntries(list, at)],
    times: kind === 'repeat' && isCount && times > 0 && times <= maximumTimes ? times : 1,
  };
}

/** Number of layers and containers once every repetition is written out. */
export function unrolledSize(entries: readonly LayerEntry[]): number {
  return entries.reduce((sum, { content }) => {
    const inside = content?.branches.reduce((total, branch) => total + unrolledSize(branch), 0);
    return sum + 1 + (content ? content.times * inside! : 0);
  }, 0);
}

/** All entries, each before those it holds, as they stand in the file. */
export function everyEntry(entries: readonly LayerEntry[]): LayerEntry[] {
  return entries.flatMap((entry) => [
    entry,
    ...(entry.content?.branches ?? []).flatMap(everyEntry),
  ]);
}

export function everyNode(nodes: readonly LayerNode[]): LayerNode[] {
  return nodes.flatMap((node) => [node, ...node.branches.flatMap(everyNode)]);
}

/**
 * Writes repetitions out and names every copy: by kind and count over all layers of the kind, so that naming one
 * does not rename the next; a name given inside a `repeat` with the number of its copy.
 */
export function unroll(drafts: readonly Draft[]): LayerNode[] {
  const counts = new Map<string, number>();
  const write = (list: readonly Draft[], isCopied: boolean): LayerNode[] =>
    list.map((entry) => {
      const name = nextName(entry, isCopied, counts);
      entry.names.push(name);
      const { branches = [], times = 1 } = entry.content ?? {};
      const inside = isCopied || entry.kind === 'repeat';
      const copies = branches.map((branch) =>
        Array.from({ length: times }, () => write(branch, inside)).flat(),
      );
      return { name, entry, branches: copies };
    });
  return write(drafts, false);
}

function nextName({ kind, given, names }: Draft, isCopied: boolean, counts: Map<string, number>) {
  if (kind === '') return '';
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  if (given === null) return `${kind}${count}`;
  return isCopied ? `${given}-${names.length + 1}` : given;
}
