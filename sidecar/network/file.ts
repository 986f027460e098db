/**
 * Reads a network file: from text to its parts, with everything that is wrong with them. What needs the data's
 * shape, and putting base and variant together, is left to resolve.ts.
 */
import { asDataSource, dataSchema } from './data.ts';
import { everyEntry, everyNode } from './entries.ts';
import { type Diagnostic, inFileOrder, maximumDiagnostics } from './issues.ts';
import { withReplacements } from './replace.ts';
import { asReportRequest, reportSchema } from './report.ts';
import { fileSchema } from './schema.ts';
import { type Range, readSource, type Source } from './source.ts';
import type { DataSource, ReportRequest, VariantGrid } from './types.ts';
import { baseVariant, readVariants, type Variants } from './variants.ts';
import { found } from './wording.ts';
import { type Parts, PartsReader } from './written.ts';

export type { Diagnostic, Range };

export { baseVariant };

export interface NetworkFile {
  /** Syntax and schema errors; shape errors come from resolveVariant. At most 100. */
  readonly diagnostics: readonly Diagnostic[];
  /** Null when missing or broken. */
  readonly data: DataSource | null;
  /** What stands under `data`. */
  readonly dataRange: Range | null;
  /** `base` first, at the `network:` key, then the file's variants in order, at their names; a grid's cells at its own. */
  readonly variants: readonly { readonly name: string; readonly range: Range }[];
  /** Those whose cells are all among the variants. */
  readonly grids: readonly VariantGrid[];
  /** Null when missing or broken. */
  readonly report: ReportRequest | null;
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

/** Never throws, whatever the text. */
export function readNetworkFile(text: string): NetworkFile {
  const source = readSource(text);
  const reader = new PartsReader(source);
  const raw = isMap(source.value) ? source.value : {};
  const data = readData(raw, reader);
  const { parts, grids } = readParts(raw, reader);
  const report = readReport(raw, parts, grids, reader);
  const has = (key: string) => Object.hasOwn(raw, key);
  const networkRange = has('network') ? source.keyRange(['network']) : null;
  const layers = everyEntry(parts.get(baseVariant)?.layers?.entries ?? []);
  return {
    diagnostics: fileDiagnostics(text, source, reader).slice(0, maximumDiagnostics),
    data,
    dataRange: has('data') ? source.range(['data']) : null,
    variants: [...parts].map(([name, { path }]) => ({
      name,
      range: source.keyRange(path.length === 0 ? ['network'] : path),
    })),
    grids,
    report,
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

function readParts(raw: Readonly<Record<string, unknown>>, reader: PartsReader): Variants {
  if (!Object.hasOwn(raw, 'network')) {
    const message =
      'network is missing: the list of layers; add network: and a line such as - dense: 10';
    reader.error('missing-field', firstKey(raw), message, 'key');
  }
  reader.unknownFields(raw, [], Object.keys(fileSchema.shape));
  const base = reader.parts(raw, [], null);
  return readVariants(raw.variants, base, reader);
}

function readReport(
  raw: Readonly<Record<string, unknown>>,
  parts: ReadonlyMap<string, Parts>,
  grids: readonly VariantGrid[],
  reader: PartsReader,
): ReportRequest | null {
  const options = reader.read(reportSchema, raw.report, ['report']);
  if (!options) return null;
  const base = parts.get(baseVariant)!;
  const layers = [...parts.values()].flatMap(({ layers, replace }) => {
    const { nodes } = layers ?? base.layers ?? { nodes: [] };
    return everyNode(replace ? withReplacements(nodes, replace) : nodes);
  });
  const subjects = {
    variants: [...parts.keys()],
    grids,
    layers: new Map(layers.map(({ name, entry }) => [name, entry.kind])),
  };
  return asReportRequest(options, subjects, (...complaint) => reader.error(...complaint));
}

/** What stands under `variants`, in the order of the file: a grid is one entry, whose variants are its cells. */
export function variantEntries({ parts, source }: NetworkFile): readonly {
  readonly name: string;
  readonly range: Range;
  readonly variants: readonly string[];
}[] {
  const entries = new Map<string, string[]>();
  for (const [variant, { path }] of parts) {
    if (path.length === 0) continue;
    const name = String(path[1]);
    entries.set(name, [...(entries.get(name) ?? []), variant]);
  }
  return [...entries].map(([name, variants]) => ({
    name,
    range: source.keyRange(['variants', name]),
    variants,
  }));
}

/** Where to say that something is missing at the top. */
function firstKey(raw: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(raw).slice(0, 1);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
