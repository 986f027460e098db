/**
 * Reads a network file: from text to its parts, with everything that is wrong with them. What needs the data's
 * shape, and putting base and variant together, is left to resolve.ts.
 */
import { asDataSource, dataSchema } from './data.ts';
import { everyEntry } from './entries.ts';
import { type Diagnostic, inFileOrder, maximumDiagnostics } from './issues.ts';
import { fileSchema, inspect, schemaAt } from './schema.ts';
import { type Range, readSource, type Source } from './source.ts';
import type { DataSource } from './types.ts';
import { figure, found } from './wording.ts';
import { type Parts, PartsReader } from './written.ts';

export type { Diagnostic, Range };

/** What the network as written is called among the variants. */
export const baseVariant = 'base';

export interface NetworkFile {
  /** Syntax and schema errors; shape errors come from resolveVariant. At most 100. */
  readonly diagnostics: readonly Diagnostic[];
  /** Null when missing or broken. */
  readonly data: DataSource | null;
  /** What stands under `data`. */
  readonly dataRange: Range | null;
  /** `base` first, at the `network:` key, then the file's variants in order, at their names. */
  readonly variants: readonly { readonly name: string; readonly range: Range }[];
  /** The `network:` key. */
  readonly networkRange: Range | null;
  /** The network as written, in file order, containers before what they hold, unknown kinds included. */
  readonly layers: readonly {
    /** The first copy's inside a `repeat`. */
    readonly name: string;
    /** One for each copy. */
    readonly names: readonly string[];
    readonly kind: string;
    /** The whole entry, without its dash. */
    readonly range: Range;
    /** The kind's word. */
    readonly kindRange: Range;
  }[];
  /** What base and variants give, by variant name: for resolveVariant. */
  readonly parts: ReadonlyMap<string, Parts>;
  /** Where things stand in the text: for resolveVariant and locate. */
  readonly source: Source;
}

/** Each has layers of its own; a comparison of more could not be read. */
const maximumVariants = 100;

/** Never throws, whatever the text. */
export function readNetworkFile(text: string): NetworkFile {
  const source = readSource(text);
  const reader = new PartsReader(source);
  const raw = isMap(source.value) ? source.value : {};
  const data = readData(raw, reader);
  const parts = readAllParts(raw, reader);
  const has = (key: string) => Object.hasOwn(raw, key);
  const networkRange = has('network') ? source.keyRange(['network']) : null;
  const layers = everyEntry(parts.get(baseVariant)?.layers?.entries ?? []);
  return {
    diagnostics: fileDiagnostics(text, source, reader).slice(0, maximumDiagnostics),
    data,
    dataRange: has('data') ? source.range(['data']) : null,
    variants: [...parts.keys()].map((name) => ({
      name,
      range: source.keyRange(name === baseVariant ? ['network'] : ['variants', name]),
    })),
    networkRange,
    layers: layers
      .filter(({ kind }) => kind !== '')
      .map(({ names, kind, path }) => ({
        name: names[0],
        names,
        kind,
        range: source.range(path),
        kindRange: source.keyRange([...path, kind]),
      })),
    parts,
    source,
  };
}

/** A syntax error makes everything after it doubtful, so it stands alone until it is gone. */
function fileDiagnostics(text: string, source: Source, reader: PartsReader): Diagnostic[] {
  const error = (code: string, range: Range, message: string): Diagnostic[] => [
    { range, severity: 'error', code, message },
  ];
  const example = 'begin with "data: mnist" and a list of layers under "network:"';
  if (source.problems.length > 0) {
    return inFileOrder(
      source.problems.flatMap(({ range, message }) => error('yaml', range, message)),
    );
  }
  if (source.value === null) {
    const what = text.trim() === '' ? 'the file is empty' : 'the file says nothing';
    return error('empty', source.token([]), `${what}; ${example}`);
  }
  if (!isMap(source.value)) {
    const message = `expected fields such as "data:" and "network:", found ${found(source.value)}; ${example}`;
    return error('not-a-map', source.token([]), message);
  }
  return inFileOrder(reader.diagnostics);
}

function readData(raw: Readonly<Record<string, unknown>>, reader: PartsReader): DataSource | null {
  if (!Object.hasOwn(raw, 'data')) {
    reader.error(
      'missing-field',
      firstKey(raw),
      'data is missing: what to train on; add data: mnist',
      'key',
    );
  }
  const data = reader.read(dataSchema, raw.data, ['data']);
  return data ? asDataSource(data) : null;
}

function readAllParts(
  raw: Readonly<Record<string, unknown>>,
  reader: PartsReader,
): Map<string, Parts> {
  if (!Object.hasOwn(raw, 'network')) {
    const message =
      'network is missing: the list of layers; add network: and a line such as - dense: 10';
    reader.error('missing-field', firstKey(raw), message, 'key');
  }
  reader.unknownFields(raw, [], Object.keys(fileSchema.shape));
  const base = reader.parts(raw, [], null);
  const all = new Map([[baseVariant, base]]);
  if (raw.variants === undefined) return all;
  if (!isMap(raw.variants)) {
    const message = `variants: expected a map of variants by name, found ${found(raw.variants)}`;
    reader.error('wrong-type', ['variants'], message);
    return all;
  }
  const variants = Object.entries(raw.variants);
  if (variants.length > maximumVariants) {
    const message = `variants: expected at most ${maximumVariants}, found ${figure(variants.length)}`;
    reader.error('out-of-range', ['variants', variants[maximumVariants][0]], message, 'key');
  }
  for (const [name, variant] of variants.slice(0, maximumVariants)) {
    if (nameFits(name, [...all.keys()], reader)) {
      all.set(name, readVariant(name, variant, base, reader));
    }
  }
  return all;
}

function readVariant(name: string, raw: unknown, base: Parts, reader: PartsReader): Parts {
  const path = ['variants', name];
  const seen = inspect(schemaAt(path)!);
  if (!isMap(raw)) {
    const message = `variants.${name}: expected what is different, such as remove: batchnorm, found ${found(raw)}`;
    reader.error('wrong-type', path, message);
  } else if (seen.type === 'map') {
    reader.unknownFields(raw, path, Object.keys(seen.fields));
  }
  return reader.parts(isMap(raw) ? raw : {}, path, base);
}

/** Where to say that something is missing at the top. */
function firstKey(raw: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(raw).slice(0, 1);
}

/** What Windows keeps for devices, also before a dot. */
const devices = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i;

/** Names of variants become names of folders and files, on every system: for some, case makes no difference. */
function nameFits(name: string, others: readonly string[], reader: PartsReader): boolean {
  const path = ['variants', name];
  if (name === baseVariant || devices.test(name)) {
    const owner = name === baseVariant ? 'the network as written' : 'a device of Windows';
    const message = `variants.${name}: this name stands for ${owner}; choose another`;
    reader.error('reserved-name', path, message, 'key');
    return false;
  }
  const same = others.find((other) => other.toLowerCase() === name.toLowerCase());
  if (same !== undefined) {
    const message = `variants.${name}: expected a name that differs from ${same} by more than its case; choose another`;
    reader.error('reserved-name', path, message, 'key');
    return false;
  }
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/.test(name)) {
    const message = `variants: expected a name of letters and digits, with "-", "_" or "." between them, at most 64 in all, found ${found(name)}`;
    reader.error('variant-name', path, message, 'key');
    return false;
  }
  return true;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
