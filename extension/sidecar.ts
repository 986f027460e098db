/**
 * The sidecar's process as the extension sees it: started on first need, started again when it crashes, asked by
 * messages of the protocol.
 */
import { type CancellationToken, type Disposable, EventEmitter } from 'vscode';
import type { NotificationType, RequestParam, RequestType } from 'vscode-languageserver-protocol';
import type { ClientOptions, LanguageClient } from './language-client.ts';
import { Restarts } from './restarts.ts';
import type { Connection } from './state.ts';

/** The process ended before it answered; whoever listens to `onDidCrash` has told the user. */
export class SidecarLost extends Error {}

export class Sidecar implements Disposable {
  readonly #options: ClientOptions;
  readonly #restarts = new Restarts(Date.now);
  readonly #connectionChanged = new EventEmitter<Connection>();
  readonly #crashed = new EventEmitter<{ restarting: boolean }>();
  /** What to do with a client as soon as there is one. */
  readonly #registrations: ((client: LanguageClient) => void)[] = [];
  #client: Promise<LanguageClient> | undefined;
  #connection: Connection = 'stopped';
  #crashes = 0;
  #givenUp = false;

  readonly onDidChangeConnection = this.#connectionChanged.event;
  /** The process ended by itself; `restarting` is false when it has done so too often. */
  readonly onDidCrash = this.#crashed.event;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Starts the process unless it runs already; resolves when it answers. */
  async start(): Promise<void> {
    await this.#started();
  }

  /** Rejects with the sidecar's sentence, or with `SidecarLost`. */
  async request<P, R>(
    type: RequestType<P, R, void>,
    params: P,
    token?: CancellationToken,
  ): Promise<R> {
    const client = await this.#started();
    const crashes = this.#crashes;
    try {
      return await client.sendRequest(type, params as RequestParam<P>, token);
    } catch (cause) {
      if (this.#crashes === crashes) throw cause;
      throw new SidecarLost('The process of BatchNorm ended before it answered.', { cause });
    }
  }

  /** Tells a running sidecar; one that starts later learns it when it is initialized. */
  async notify<P>(type: NotificationType<P>, params: P): Promise<void> {
    const client = await this.#client;
    if (client?.isRunning()) await client.sendNotification(type, params as RequestParam<P>);
  }

  /** Handles a notification of every sidecar to come; to be called before the first start. */
  on<P>(type: NotificationType<P>, handler: (params: P) => void): void {
    this.#registrations.push((client) => client.onNotification(type, handler));
  }

  /** Ends the process; resolves when it is gone. */
  async stop(): Promise<void> {
    const client = await this.#client;
    if (client?.needsStop()) await client.stop();
  }

  dispose(): void {
    this.#connectionChanged.dispose();
    this.#crashed.dispose();
  }

  async #started(): Promise<LanguageClient> {
    if (this.#connection === 'failed') this.#restarts.forget();
    this.#givenUp = false;
    this.#client ??= this.#createClient();
    const client = await this.#client;
    await client.start();
    return client;
  }

  async #createClient(): Promise<LanguageClient> {
    const { createClient } = await import(/* webpackMode: "eager" */ './language-client.ts');
    const client = createClient(this.#options, {
      changed: (connection) => this.#setConnection(connection),
      crashed: () => this.#handleCrash(),
    });
    for (const register of this.#registrations) register(client);
    return client;
  }

  #handleCrash(): boolean {
    const restarting = this.#restarts.allowed();
    this.#crashes += 1;
    this.#givenUp = !restarting;
    this.#crashed.fire({ restarting });
    return restarting;
  }

  #setConnection(reported: Connection): void {
    const connection = reported === 'stopped' && this.#givenUp ? 'failed' : reported;
    if (this.#connection === connection) return;
    this.#connection = connection;
    this.#connectionChanged.fire(connection);
  }
}
