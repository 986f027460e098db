/** What stands at a position of a network file, so that hover need not know YAML. */
import { type Documentation, documentationAt } from './documentation.ts';
import { everyEntry } from './entries.ts';
import { baseVariant, type NetworkFile } from './file.ts';
import { inspect, schemaAt } from './schema.ts';
import type { Path, Position, Range, Spot } from './source.ts';

/**
 * `layer`: the kind of a layer. `word`: one of several, such as an optimizer or a data set. `field`: a field's name
 * or its value. `variant`: a variant's name. `reference`: a layer or kind that a variant removes or
 * replaces.
 */
export type PlaceKind = 'layer' | 'word' | 'field' | 'variant' | 'reference';

export interface Place {
  readonly kind: PlaceKind;
  /** Keys and indices from the top of the file. */
  readonly path: Path;
  /** The word or value itself. */
  readonly range: Range;
  readonly text: string;
  /** Name of the layer in whose entry this stands, or to which it refers; the first copy's inside a `repeat`. */
  readonly layer: string | null;
  /** Names of all its copies; one outside a `repeat`. */
  readonly copies: readonly string[];
  /** Name of the variant in whose part of the file this stands; of a grid, its first. */
  readonly variant: string | null;
  /** All variants that this part of the file is about; none outside `variants`. */
  readonly variants: readonly string[];
  readonly documentation: Documentation | null;
}

/** Null between words, in comments, and at what the schema does not know. */
export function locate(file: NetworkFile, position: Position): Place | null {
  const spot = file.source.spotAt(position);
  if (!spot) return null;
  const { range, text, path } = spot;
  const entry = path[0] === 'variants' && path.length > 1 ? String(path[1]) : null;
  const variants = [...file.parts].flatMap(([name, { path }]) =>
    entry !== null && path[1] === entry ? [name] : [],
  );
  const variant = variants[0] ?? null;
  const about = { path, range, text, variant, variants };
  if (entry !== null && path.length === 2) {
    const documentation = documentationAt(path);
    return { ...about, kind: 'variant', layer: null, copies: [], documentation };
  }
  if (refersToLayer(spot)) {
    const copies = namesOf(file, text);
    return {
      ...about,
      kind: 'reference',
      layer: copies[0] ?? null,
      copies,
      documentation: documentationAt(['network', 0, text]),
    };
  }
  const subject = subjectOf(spot);
  const documentation = documentationAt(subject);
  if (!documentation) return null;
  const ofChoice = documentation.allowed === null;
  const ofLayer = typeof subject.at(-2) === 'number';
  const copies = namesAround(file, path);
  return {
    ...about,
    kind: ofChoice ? (ofLayer ? 'layer' : 'word') : 'field',
    layer: copies[0] ?? null,
    copies,
    documentation,
  };
}

/** What a variant removes, and what it replaces. */
function refersToLayer({ path, role }: Spot): boolean {
  if (path[0] !== 'variants') return false;
  return role === 'value' ? path[2] === 'remove' : path[2] === 'replace' && path.length === 4;
}

/** What a key or value is about: a word for itself, a value for the field it is given to. */
function subjectOf({ path, role, text }: Spot): Path {
  if (role === 'key') return path;
  const schema = schemaAt(path);
  const seen = schema && inspect(schema);
  if (seen?.type === 'choice') return [...path, text];
  if (seen?.type === 'words') return seen.words.includes(text) ? [...path, text] : path;
  // Where a word's leading option stands in place of the map: `dense: 100`.
  const parent = schemaAt(path.slice(0, -1));
  const choice = parent && inspect(parent);
  if (choice?.type !== 'choice') return path;
  const word = String(path.at(-1));
  const shorthand = Object.hasOwn(choice.words, word) ? choice.words[word].shorthand : undefined;
  return shorthand === undefined ? path : [...path, shorthand];
}

/** Names of the copies that a removal by this name takes away; none for a kind. */
function namesOf(file: NetworkFile, text: string): readonly string[] {
  const entries = everyEntry(file.parts.get(baseVariant)?.layers?.entries ?? []);
  const entry = entries.find(({ given, names }) => given === text || names.includes(text));
  if (!entry) return [];
  return entry.given === text ? entry.names : [text];
}

/** Names of the innermost layer or container that a path leads into. */
function namesAround(file: NetworkFile, path: Path): readonly string[] {
  for (const { layers } of file.parts.values()) {
    const around = everyEntry(layers?.entries ?? []).findLast((entry) =>
      entry.path.every((step, index) => step === path[index]),
    );
    if (around) return around.names;
  }
  return [];
}
