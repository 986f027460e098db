/**
 * The sidecar's process as the extension sees it: started on first need, started again when it crashes, asked by
 * messages of the protocol. The only file that knows the language client.
 */
import {
  type CancellationToken,
  type Disposable,
  EventEmitter,
  type LogOutputChannel,
} from 'vscode';
import {
  State as ClientState,
  CloseAction,
  ErrorAction,
  LanguageClient,
  type NotificationType,
  type RequestParam,
  type RequestType,
  TransportKind,
} from 'vscode-languageclient/node';
import type { InitializationOptions } from '../sidecar/protocol/workspace.ts';
import { Restarts } from './restarts.ts';
import type { Connection } from './state.ts';

export interface SidecarOptions {
  /** Path of the sidecar's bundle. */
  readonly module: string;
  readonly log: LogOutputChannel;
  /** Asked at every start. */
  readonly initialize: () => InitializationOptions;
  /** Commands that links in a hover may run. */
  readonly linkedCommands: readonly string[];
}

/** The process ended before it answered; whoever listens to `onDidCrash` has told the user. */
export class SidecarLost extends Error {}

export class Sidecar implements Disposable {
  readonly #client: LanguageClient;
  readonly #restarts = new Restarts(Date.now);
  readonly #connectionChanged = new EventEmitter<Connection>();
  readonly #crashed = new EventEmitter<{ restarting: boolean }>();
  #connection: Connection = 'stopped';
  #crashes = 0;
  #givenUp = false;

  readonly onDidChangeConnection = this.#connectionChanged.event;
  /** The process ended by itself; `restarting` is false when it has done so too often. */
  readonly onDidCrash = this.#crashed.event;

  constructor({ module, log, initialize, linkedCommands }: SidecarOptions) {
    // The language client's own flags for debugging would otherwise be taken over from the extension host.
    const server = { module, transport: TransportKind.ipc, options: { execArgv: [] } };
    this.#client = new LanguageClient('batchnorm', 'BatchNorm', server, {
      documentSelector: [{ language: 'batchnorm' }],
      outputChannel: log,
      traceOutputChannel: log,
      initializationOptions: initialize,
      markdown: { isTrusted: { enabledCommands: linkedCommands }, supportThemeIcons: true },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => this.#handleCrash(),
      },
    });
    this.#client.onDidChangeState(({ newState }) => this.#setState(newState));
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Starts the process unless it runs already; resolves when it answers. */
  start(): Promise<void> {
    if (this.#connection === 'failed') this.#restarts.forget();
    this.#givenUp = false;
    return this.#client.start();
  }

  /** Rejects with the sidecar's sentence, or with `SidecarLost`. */
  async request<P, R>(
    type: RequestType<P, R, void>,
    params: P,
    token?: CancellationToken,
  ): Promise<R> {
    await this.start();
    const crashes = this.#crashes;
    try {
      return await this.#client.sendRequest(type, params as RequestParam<P>, token);
    } catch (cause) {
      if (this.#crashes === crashes) throw cause;
      throw new SidecarLost('The process of BatchNorm ended before it answered.', { cause });
    }
  }

  /** Tells a running sidecar; one that starts later learns it when it is initialized. */
  async notify<P>(type: NotificationType<P>, params: P): Promise<void> {
    if (this.#client.isRunning())
      await this.#client.sendNotification(type, params as RequestParam<P>);
  }

  on<P>(type: NotificationType<P>, handler: (params: P) => void): Disposable {
    return this.#client.onNotification(type, handler);
  }

  /** Ends the process; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#client.needsStop()) await this.#client.stop();
  }

  dispose(): void {
    this.#connectionChanged.dispose();
    this.#crashed.dispose();
  }

  #handleCrash() {
    const restarting = this.#restarts.allowed();
    this.#crashes += 1;
    this.#givenUp = !restarting;
    this.#crashed.fire({ restarting });
    return {
      action: restarting ? CloseAction.Restart : CloseAction.DoNotRestart,
      message: `The sidecar ended unexpectedly${restarting ? '; it is started again.' : ' too often.'}`,
      handled: true,
    };
  }

  #setState(state: ClientState): void {
    const connection = this.#connectionIn(state);
    if (this.#connection === connection) return;
    this.#connection = connection;
    this.#connectionChanged.fire(connection);
  }

  #connectionIn(state: ClientState): Connection {
    switch (state) {
      case ClientState.Starting:
        return 'starting';
      case ClientState.Running:
        return 'ready';
      case ClientState.StartFailed:
        return 'failed';
      case ClientState.Stopped:
        return this.#givenUp ? 'failed' : 'stopped';
    }
  }
}
