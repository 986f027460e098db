/** Network files as read, kept by document version: every feature asks here, and only the first one has it parsed. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type NetworkFile, readNetworkFile } from '../network/file.ts';
import { type ResolvedVariant, resolveVariants } from '../network/resolve.ts';
import type { DataSummary } from '../network/types.ts';
import type { DataKnowledge, Knowledge } from './data-knowledge.ts';

export interface Analysis {
  readonly file: NetworkFile;
  readonly data: Knowledge;
  /** Every variant put together, as far as the data is known. Made when first asked for. */
  variants(): ReadonlyMap<string, ResolvedVariant>;
}

interface Entry {
  readonly version: number;
  readonly file: NetworkFile;
  resolved: { data: DataSummary | null; variants: ReadonlyMap<string, ResolvedVariant> } | null;
}

export class Analyses {
  private readonly data: DataKnowledge;
  private readonly entries = new Map<string, Entry>();

  constructor(data: DataKnowledge) {
    this.data = data;
  }

  of(document: TextDocument): Analysis {
    const entry = this.read(document);
    const data = this.data.of(document.uri, entry.file.data);
    return { file: entry.file, data, variants: () => resolve(entry, data.summary) };
  }

  forget(uri: string): void {
    this.entries.delete(uri);
  }

  private read(document: TextDocument): Entry {
    const known = this.entries.get(document.uri);
    if (known?.version === document.version) return known;
    const file = readNetworkFile(document.getText());
    const entry = { version: document.version, file, resolved: null };
    this.entries.set(document.uri, entry);
    return entry;
  }
}

function resolve(entry: Entry, data: DataSummary | null): ReadonlyMap<string, ResolvedVariant> {
  if (entry.resolved?.data !== data || !entry.resolved) {
    const { file } = entry;
    entry.resolved = { data, variants: resolveVariants(file, data) };
  }
  return entry.resolved.variants;
}
