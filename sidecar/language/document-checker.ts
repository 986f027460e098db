/** Keeps the editor's problems up to date with what is typed and with what is found out about the data. */
import type { Connection, TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { DataSource } from '../network/types.ts';
import type { Analyses } from './analysis.ts';
import type { DataKnowledge } from './data-knowledge.ts';
import { diagnosticsOf } from './diagnostics.ts';
import type { LanguageHost } from './host.ts';
import { Debounce } from './pace.ts';

/** Milliseconds without a keystroke before data is read: a path is not worth opening at every letter. */
const readingDelay = 400;

/**
 * What the text alone tells is published at every change. What needs the data follows when that is known, for the
 * version that is then open; while new data is being read, shapes go unchecked.
 */
export class DocumentChecker {
  private readonly connection: Connection;
  private readonly documents: TextDocuments<TextDocument>;
  private readonly data: DataKnowledge;
  private readonly analyses: Analyses;
  private readonly host: LanguageHost;
  private readonly reading = new Debounce();

  constructor(
    connection: Connection,
    documents: TextDocuments<TextDocument>,
    data: DataKnowledge,
    analyses: Analyses,
    host: LanguageHost,
  ) {
    this.connection = connection;
    this.documents = documents;
    this.data = data;
    this.analyses = analyses;
    this.host = host;
  }

  changed(document: TextDocument): void {
    const { uri } = document;
    this.publish(document);
    this.reading.cancel(uri);
    const source = this.analyses.of(document).file.data;
    if (!source || !this.data.isOpen(uri, source)) return;
    if (this.data.isNew(uri)) void this.read(uri, source);
    else this.reading.schedule(uri, readingDelay, () => void this.read(uri, source));
  }

  /** Reads the data again, and publishes what comes of it. */
  dataChanged(document: TextDocument): void {
    this.data.outdate(document.uri);
    this.changed(document);
  }

  closed({ uri }: TextDocument): void {
    this.reading.cancel(uri);
    this.data.forget(uri);
    this.analyses.forget(uri);
    void this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  private async read(uri: string, source: DataSource): Promise<void> {
    const isNews = await this.data.ask(uri, source);
    const document = this.documents.get(uri);
    if (isNews && document) this.publish(document);
  }

  private publish(document: TextDocument): void {
    const { uri, version } = document;
    const diagnostics = diagnosticsOf(this.analyses.of(document), this.host);
    void this.connection.sendDiagnostics({ uri, version, diagnostics });
  }
}
