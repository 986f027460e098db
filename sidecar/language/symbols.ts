/** The outline of a network file: its fields in the order they are written, layers and variants below theirs. */
import { type DocumentSymbol, type Range, SymbolKind } from 'vscode-languageserver';
import type { LayerEntry } from '../network/entries.ts';
import { type NetworkFile, variantEntries } from '../network/file.ts';
import { baseVariant } from '../protocol/runs.ts';
import type { Analysis } from './analysis.ts';
import { count, shapeText } from './figures.ts';

export function documentSymbols(analysis: Analysis): DocumentSymbol[] {
  const { file } = analysis;
  const { value } = file.source;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.keys(value)
    .filter((key) => key !== '')
    .map((key) => ({
      name: key,
      detail: detailOf(key, file),
      kind: SymbolKind.Namespace,
      ...ranges(file.source.keyRange([key]), file.source.range([key])),
      children: childrenOf(key, analysis),
    }));
}

function detailOf(key: string, { data, parts }: NetworkFile): string | undefined {
  const base = parts.get(baseVariant);
  switch (key) {
    case 'data':
      return data?.kind;
    case 'loss':
      return base?.loss ?? undefined;
    case 'initialization':
      return base?.initialization?.kind;
    default:
      return undefined;
  }
}

function childrenOf(key: string, analysis: Analysis): DocumentSymbol[] {
  if (key === 'network') return layerSymbols(analysis);
  return key === 'variants' ? variantSymbols(analysis.file) : [];
}

function layerSymbols({ file, variants }: Analysis): DocumentSymbol[] {
  const network = variants().get(baseVariant)?.network;
  const shapes = new Map(network?.layers.map(({ name, output }) => [name, shapeText(output)]));
  return entrySymbols(file.parts.get(baseVariant)?.layers?.entries ?? [], file, shapes);
}

function entrySymbols(
  entries: readonly LayerEntry[],
  file: NetworkFile,
  shapes: ReadonlyMap<string, string>,
): DocumentSymbol[] {
  return entries
    .filter(({ kind }) => kind !== '')
    .map(({ names, kind, path, content }) => ({
      // A client refuses a symbol without a name.
      name: names[0] || kind,
      detail: entryDetail(names, content?.times ?? 1, shapes),
      kind: SymbolKind.Class,
      ...ranges(file.source.keyRange([...path, kind]), file.source.range(path)),
      children: content ? contentSymbols(content, file, shapes) : undefined,
    }));
}

/** The layers of a container; where it has several lists, those of each below a symbol of its own. */
function contentSymbols(
  { branches, path }: NonNullable<LayerEntry['content']>,
  file: NetworkFile,
  shapes: ReadonlyMap<string, string>,
): DocumentSymbol[] {
  if (branches.length === 1) return entrySymbols(branches[0], file, shapes);
  return branches.map((branch, index) => {
    const range = file.source.range([...path, index]);
    return {
      name: `branch ${index + 1}`,
      kind: SymbolKind.Array,
      ...ranges(range, range),
      children: entrySymbols(branch, file, shapes),
    };
  });
}

/** `32 × 14 × 14 · 3 copies`; of a repetition `3 times`. */
function entryDetail(
  names: readonly string[],
  times: number,
  shapes: ReadonlyMap<string, string>,
): string | undefined {
  const shape = shapes.get(names[0]);
  const parts = [
    ...(times > 1 ? [`${count(times)} times`] : []),
    ...(shape === undefined ? [] : [shape]),
    ...(names.length > 1 ? [`${count(names.length)} copies`] : []),
  ];
  return parts.length > 0 ? parts.join(' · ') : undefined;
}

/** Those of a grid are one symbol, as they are one entry. */
function variantSymbols(file: NetworkFile): DocumentSymbol[] {
  return variantEntries(file).map(({ name, range, variants }) => ({
    name,
    detail: variants.length > 1 ? `${count(variants.length)} variants` : undefined,
    kind: SymbolKind.Variable,
    ...ranges(range, file.source.range(['variants', name])),
  }));
}

/** The whole is stretched over the part that is selected, as the protocol demands. */
function ranges(selectionRange: Range, range: Range): { selectionRange: Range; range: Range } {
  const before = (a: Range['start'], b: Range['start']) =>
    a.line < b.line || (a.line === b.line && a.character < b.character);
  const start = before(selectionRange.start, range.start) ? selectionRange.start : range.start;
  const end = before(range.end, selectionRange.end) ? selectionRange.end : range.end;
  return { selectionRange, range: { start, end } };
}
