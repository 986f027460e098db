/**
 * The language client that runs the sidecar's process. The only file that knows `vscode-languageclient`, whose modules
 * take some 50 ms to evaluate: it is imported when the sidecar is first needed, not when the extension is activated.
 */
import type { LogOutputChannel } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import type { InitializationOptions } from '../sidecar/protocol/workspace.ts';
import type { Connection } from './state.ts';

export interface ClientOptions {
  /** Path of the sidecar's bundle. */
  readonly module: string;
  readonly log: LogOutputChannel;
  /** Asked at every start. */
  readonly initialize: () => InitializationOptions;
  /** Commands that links in a hover may run. */
  readonly linkedCommands: readonly string[];
}

export interface ClientListener {
  /** `stopped` also after a crash that is not followed by a restart. */
  changed(connection: Connection): void;
  /** The process ended by itself; says whether it is started again. */
  crashed(): boolean;
}

export type { LanguageClient };

/** Makes a client that has not been started. */
export function createClient(
  { module, log, initialize, linkedCommands }: ClientOptions,
  listener: ClientListener,
): LanguageClient {
  // The extension host's own flags, for instance for debugging, are not the sidecar's.
  const server = { module, transport: TransportKind.ipc, options: { execArgv: [] } };
  const client = new LanguageClient('batchnorm', 'BatchNorm', server, {
    documentSelector: [{ language: 'batchnorm' }],
    outputChannel: log,
    traceOutputChannel: log,
    initializationOptions: initialize,
    markdown: { isTrusted: { enabledCommands: linkedCommands }, supportThemeIcons: true },
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed() {
        const restarts = listener.crashed();
        return {
          action: restarts ? CloseAction.Restart : CloseAction.DoNotRestart,
          message: `The sidecar ended unexpectedly${restarts ? '; it is started again.' : ' too often.'}`,
          handled: true,
        };
      },
    },
  });
  client.onDidChangeState(({ newState }) => listener.changed(connectionIn(newState)));
  return client;
}

function connectionIn(state: State): Connection {
  switch (state) {
    case State.Starting:
      return 'starting';
    case State.Running:
      return 'ready';
    case State.StartFailed:
      return 'failed';
    case State.Stopped:
      return 'stopped';
  }
}
