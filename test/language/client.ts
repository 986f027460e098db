/** A language client and the language features, joined by streams in memory; the host behind them is the test's. */
import { PassThrough } from 'node:stream';
import {
  type CodeLens,
  CodeLensRefreshRequest,
  CodeLensRequest,
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  type Hover,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  type MarkupContent,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { LanguageHost } from '../../sidecar/language/host.ts';
import { type LanguageFeatures, registerLanguage } from '../../sidecar/language/register.ts';

export interface Client {
  readonly connection: ProtocolConnection;
  readonly features: LanguageFeatures;
  open(uri: string, text: string): Promise<void>;
  /** Replaces the whole text; versions count up. */
  edit(uri: string, text: string): Promise<void>;
  close(uri: string): Promise<void>;
  /** The next diagnostics published for a file; ask before doing what causes them. */
  nextDiagnostics(uri: string): Promise<Published>;
  /** Hover markdown at a position, or null. */
  hover(uri: string, position: Position): Promise<string | null>;
  codeLenses(uri: string): Promise<CodeLens[]>;
  /** How often the server has asked for lenses to be fetched again. */
  refreshes(): number;
  dispose(): void;
}

export interface Published {
  readonly version: number | undefined;
  readonly diagnostics: Diagnostic[];
}

export async function connect(
  host: LanguageHost,
  options: { clock?: () => number; supportsRefresh?: boolean } = {},
): Promise<Client> {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  const server = createConnection(
    new StreamMessageReader(toServer),
    new StreamMessageWriter(toClient),
  );
  const documents = new TextDocuments(TextDocument);
  const features = registerLanguage(server, documents, host, options.clock ?? (() => 0));
  server.onInitialize(() => ({
    capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental, ...features.capabilities },
  }));
  documents.listen(server);
  server.listen();

  const connection = createProtocolConnection(
    new StreamMessageReader(toClient),
    new StreamMessageWriter(toServer),
  );
  let refreshes = 0;
  if (options.supportsRefresh !== false) {
    connection.onRequest(CodeLensRefreshRequest.type, () => {
      refreshes += 1;
    });
  }
  const waiting = new Map<string, ((published: Published) => void)[]>();
  connection.onNotification(
    PublishDiagnosticsNotification.type,
    ({ uri, version, diagnostics }) => {
      const resolvers = waiting.get(uri) ?? [];
      waiting.delete(uri);
      for (const resolve of resolvers) resolve({ version, diagnostics });
    },
  );
  connection.listen();
  await connection.sendRequest(InitializeRequest.type, {
    processId: null,
    rootUri: null,
    capabilities: {},
  });
  await connection.sendNotification(InitializedNotification.type, {});

  let version = 0;
  return {
    connection,
    features,
    async open(uri, text) {
      version += 1;
      const textDocument = { uri, languageId: 'batchnorm', version, text };
      await connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
    },
    async edit(uri, text) {
      version += 1;
      await connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      });
    },
    async close(uri) {
      await connection.sendNotification(DidCloseTextDocumentNotification.type, {
        textDocument: { uri },
      });
    },
    nextDiagnostics(uri) {
      return new Promise((resolve) => {
        waiting.set(uri, [...(waiting.get(uri) ?? []), resolve]);
      });
    },
    async hover(uri, position) {
      const hover: Hover | null = await connection.sendRequest(HoverRequest.type, {
        textDocument: { uri },
        position,
      });
      return hover ? (hover.contents as MarkupContent).value : null;
    },
    async codeLenses(uri) {
      return (await connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } })) ?? [];
    },
    refreshes: () => refreshes,
    dispose() {
      connection.dispose();
      server.dispose();
      toServer.destroy();
      toClient.destroy();
    },
  };
}
