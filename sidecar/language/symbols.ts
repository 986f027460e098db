/** The outline of a network file: its fields in the order they are written, layers and variants below theirs. */
import { type DocumentSymbol, type Range, SymbolKind } from 'vscode-languageserver';
import type { NetworkFile } from '../network/file.ts';
import { baseVariant } from '../protocol/runs.ts';
import type { Analysis } from './analysis.ts';
import { shapeText } from './figures.ts';

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

function layerSymbols(analysis: Analysis): DocumentSymbol[] {
  const network = analysis.variants().get(baseVariant)?.network;
  return analysis.file.layers.map(({ name, kind, range, kindRange }) => {
    const output = network?.layers.find((layer) => layer.name === name)?.output;
    return {
      // A client refuses a symbol without a name.
      name: name || kind,
      detail: output ? shapeText(output) : undefined,
      kind: SymbolKind.Class,
      ...ranges(kindRange, range),
    };
  });
}

function variantSymbols({ variants, source }: NetworkFile): DocumentSymbol[] {
  return variants
    .filter(({ name }) => name !== baseVariant)
    .map(({ name, range }) => ({
      name,
      kind: SymbolKind.Variable,
      ...ranges(range, source.range(['variants', name])),
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
