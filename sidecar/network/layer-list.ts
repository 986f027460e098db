/** Reads a network's list of layers and what its containers hold, and says what is wrong with it. */
import { z } from 'zod';
import { expand, wordAndOptions } from './choice.ts';
import type { Details } from './diagnostic.ts';
import {
  type Draft,
  draftEntries,
  everyNode,
  type LayerEntry,
  type LayerNode,
  unroll,
  unrolledSize,
} from './entries.ts';
import {
  containerTable,
  isContainer,
  layerSchema,
  layerTable,
  type WrittenLayer,
} from './layers.ts';
import { allowed } from './schema.ts';
import type { Path } from './source.ts';
import { figure, found } from './wording.ts';

/** A network's list as written, and the same with its repetitions written out. */
export interface LayerList {
  readonly entries: readonly LayerEntry[];
  readonly nodes: readonly LayerNode[];
}

/** What reads single values and collects what is wrong. */
export interface Reader {
  read<T>(schema: z.ZodType<T>, raw: unknown, path: Path): T | null | undefined;
  error(code: string, path: Path, message: string, details?: Details): void;
  /** Sets what messages call the entry at a path. */
  label(path: Path, label: string): void;
  place(path: Path): string;
}

const maximumLayers = 1000;

/** Undefined: not given. Null: given, but not a list that could be a network. */
export function readLayers(raw: unknown, path: Path, reader: Reader): LayerList | null | undefined {
  if (raw === undefined) return undefined;
  if (!Array.isArray(raw) || raw.length === 0) {
    const message = `${reader.place(path)}: expected a list of layers, found ${found(raw)}; write each on a line of its own, after "- "`;
    reader.error('wrong-type', path, message);
    return null;
  }
  if (raw.length > maximumLayers) {
    refuseSize(raw.length, [...path, maximumLayers], path, reader);
    return null;
  }
  const entries = draftEntries(raw, path);
  const size = unrolledSize(entries);
  if (size > maximumLayers) {
    refuseSize(size, largest(entries).path, path, reader);
    return null;
  }
  const nodes = unroll(entries);
  const prefix = reader.place(path.slice(0, -1));
  labelAll(entries, '', prefix === '' ? '' : `${prefix}.`, reader);
  refuseDuplicates(nodes, reader);
  for (const entry of entries) readEntry(entry, reader);
  return { entries, nodes };
}

function refuseSize(size: number, at: Path, path: Path, reader: Reader): void {
  const message = `${reader.place(path)}: expected at most ${figure(maximumLayers)} layers, copies of a repeat and what is in containers included, found ${figure(size)}`;
  reader.error('out-of-range', at, message);
}

/** The entry, however deep, that brings in the most. */
function largest(entries: readonly LayerEntry[]): LayerEntry {
  const [first] = entries.toSorted((a, b) => unrolledSize([b]) - unrolledSize([a]));
  const inside = (first.content?.branches ?? []).flat();
  return inside.length > 0 && unrolledSize(inside) > maximumLayers ? largest(inside) : first;
}

/** Calls each entry by its name; by its position where a word that is no kind would make a name that means nothing. */
function labelAll(entries: readonly Draft[], within: string, prefix: string, reader: Reader): void {
  entries.forEach((entry, index) => {
    entry.position = `layer ${figure(index + 1)}${within}`;
    const isKnown = Object.hasOwn(layerTable, entry.kind) || isContainer(entry.kind);
    const name = entry.given ?? entry.names[0];
    reader.label(entry.path, prefix + (isKnown ? name : entry.position));
    const branches = entry.content?.branches ?? [];
    branches.forEach((branch, i) => {
      const where = entry.kind === 'concat' ? ` in branch ${figure(i + 1)} of ` : ' of ';
      labelAll(branch, where + name, prefix, reader);
    });
  });
}

/** What layers call the network's own input. */
const reserved = 'input';

function refuseDuplicates(nodes: readonly LayerNode[], reader: Reader): void {
  const first = new Map<string, LayerEntry>();
  const told = new Set<LayerEntry>();
  for (const { name, entry } of everyNode(nodes)) {
    if (name === '') continue;
    const nameAt = (wrong: LayerEntry) => [...wrong.path, wrong.kind, 'name'];
    if (name === reserved) {
      const message = `${name}: this name stands for what comes into the network; choose another`;
      reader.error('reserved-name', nameAt(entry), message);
    }
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, entry);
      continue;
    }
    // The name that somebody wrote is the one that can be changed.
    const [wrong, right] = entry.given !== null ? [entry, other] : [other, entry];
    if (told.has(wrong)) continue;
    told.add(wrong);
    const message = `${name}: ${right.position} has this name too; choose another`;
    reader.error('duplicate-name', nameAt(wrong), message);
  }
}

function readEntry(entry: Draft, reader: Reader): void {
  if (isContainer(entry.kind)) {
    const isWhole = readContainer(entry, containerTable[entry.kind], reader);
    for (const inside of (entry.content?.branches ?? []).flat()) readEntry(inside, reader);
    entry.broken = !isWhole;
  } else {
    entry.layer = (reader.read(layerSchema, entry.raw, entry.path) as WrittenLayer | null) ?? null;
    entry.broken = entry.layer === null;
  }
}

/** Whether a container's own options are right and its lists are lists; what is in them is read apart. */
function readContainer(
  { kind, path, raw }: Draft,
  definition: (typeof containerTable)[keyof typeof containerTable],
  reader: Reader,
): boolean {
  const at = [...path, kind];
  const [, options] = wordAndOptions(raw);
  const expanded = expand(definition, options);
  const { content } = definition;
  const listAt = Array.isArray(options) ? at : [...at, content];
  if (typeof expanded !== 'object' || expanded === null || Array.isArray(expanded)) {
    reader.read<unknown>(definition.options, expanded, at);
    return false;
  }
  const { [content]: list, ...others } = expanded as Record<string, unknown>;
  const { [content]: listSchema, ...fields } = definition.options.shape as z.ZodRawShape;
  const isRight = reader.read(z.strictObject(fields), others, at) !== null;
  return readsAsLists(kind, list, listAt, listSchema as z.ZodType, reader) && isRight;
}

function readsAsLists(
  kind: string,
  list: unknown,
  at: Path,
  schema: z.ZodType,
  reader: Reader,
): boolean {
  const place = reader.place(at);
  const refuse = (path: Path, expected: string, what: string) => {
    reader.error('wrong-type', path, `${place}: expected ${expected}, found ${what}`);
    return false;
  };
  const isConcat = kind === 'concat';
  if (!Array.isArray(list) || list.length < (isConcat ? 2 : 1)) {
    const isOne = Array.isArray(list) && list.length === 1;
    return refuse(at, allowed(schema), isOne ? 'a list of one' : found(list));
  }
  if (!isConcat) return true;
  const wrong = list.findIndex((branch) => !Array.isArray(branch));
  if (wrong >= 0) {
    const branch = list[wrong];
    const advice = typeof branch === 'string' ? `write [${branch}]` : 'put it in brackets, [ and ]';
    const expected = `branch ${wrong + 1} to be a list of layers`;
    return refuse([...at, wrong], expected, `${found(branch)}; ${advice}`);
  }
  if (list.some((branch: unknown[]) => branch.length > 0)) return true;
  return refuse(at, 'layers in at least one branch', 'none');
}
