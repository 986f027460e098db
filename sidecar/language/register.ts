/** Connects the language features to a client; all they know comes from the open documents and the host. */
import {
  type CodeActionParams,
  type CodeLensParams,
  CodeLensRefreshRequest,
  type CompletionParams,
  type Connection,
  type DocumentSymbolParams,
  type HoverParams,
  type ServerCapabilities,
  type TextDocuments,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { LiveNotes } from '../protocol/runs.ts';
import { Analyses } from './analysis.ts';
import { codeActionKinds, codeActions } from './code-actions.ts';
import { completions } from './completion.ts';
import { DataKnowledge } from './data-knowledge.ts';
import { DocumentChecker } from './document-checker.ts';
import type { LanguageHost } from './host.ts';
import { hover } from './hover.ts';
import { codeLenses, LensPlacesKeeper } from './lenses.ts';
import { liveNotes } from './notes.ts';
import { throttle } from './pace.ts';
import { documentSymbols } from './symbols.ts';

export interface LanguageFeatures {
  /** To be merged into the result of initialize. */
  readonly capabilities: ServerCapabilities;
  /** A run of this file changed: its code lenses are asked for again, at most once a second. */
  runChanged(uri: string): void;
  /** Data may now be read (trust granted) or changed: diagnoses all open documents again. */
  refresh(): void;
  /** End-of-line notes of a document's layers; cheap, since the document is parsed once a version. */
  notes(document: TextDocument): LiveNotes;
}

/** Milliseconds between two refreshes of code lenses; more often and lines with lenses would flicker. */
const lensPeriod = 1000;

const capabilities: ServerCapabilities = {
  hoverProvider: true,
  completionProvider: { triggerCharacters: [' ', '[', '{', ','] },
  codeLensProvider: {},
  codeActionProvider: { codeActionKinds },
  documentSymbolProvider: true,
};

export function registerLanguage(
  connection: Connection,
  documents: TextDocuments<TextDocument>,
  host: LanguageHost,
  clock: () => number,
): LanguageFeatures {
  const data = new DataKnowledge(host);
  const analyses = new Analyses(data);
  const checker = new DocumentChecker(connection, documents, data, analyses, host);
  const places = new LensPlacesKeeper();

  documents.onDidChangeContent(({ document }) => checker.changed(document));
  documents.onDidSave(({ document }) => checker.dataChanged(document));
  documents.onDidClose(({ document }) => {
    checker.closed(document);
    places.forget(document.uri);
  });

  const answer = <P extends { textDocument: { uri: string } }, R>(
    ask: (document: TextDocument, params: P) => R,
  ) => {
    return (params: P): R | null => {
      const document = documents.get(params.textDocument.uri);
      return document ? ask(document, params) : null;
    };
  };
  connection.onHover(
    answer((document, { position }: HoverParams) =>
      hover(analyses.of(document), position, document.uri, host),
    ),
  );
  connection.onCompletion(
    answer((document, { position, context }: CompletionParams) =>
      completions(
        document.getText(),
        position,
        analyses.of(document).file,
        context?.triggerCharacter,
      ),
    ),
  );
  connection.onCodeLens(
    answer((document, _: CodeLensParams) => {
      const { file } = analyses.of(document);
      return codeLenses(document.uri, places.of(document.uri, file), host.run(document.uri));
    }),
  );
  connection.onDocumentSymbol(
    answer((document, _: DocumentSymbolParams) => documentSymbols(analyses.of(document))),
  );
  connection.onCodeAction(
    answer((document, params: CodeActionParams) => codeActions(analyses.of(document), params)),
  );

  const refreshLenses = throttle(lensPeriod, clock, lensRefresher(connection));
  return {
    capabilities,
    runChanged: (uri) => {
      if (documents.get(uri)) refreshLenses();
    },
    refresh: () => {
      for (const document of documents.all()) checker.dataChanged(document);
    },
    notes: (document) => liveNotes(analyses.of(document).file, document.uri, host),
  };
}

/** Asks the client to fetch its lenses again, until it says that it cannot. */
function lensRefresher(connection: Connection): () => void {
  let understood = true;
  return () => {
    if (!understood) return;
    connection.sendRequest(CodeLensRefreshRequest.type).catch(() => {
      understood = false;
    });
  };
}
