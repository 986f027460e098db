/** Starts the child process that holds an ONNX runtime, talks to it, and notices when it ends, hangs or cannot run. */
import { type ChildProcess, fork } from 'node:child_process';
import { entry } from '../assets.ts';
import type { FromRuntime, ToRuntime } from './runtime-messages.ts';

/** Packages of the runtimes that come with the product, the preferred first. */
const runtimes: readonly string[] = ['onnxruntime-node', 'onnxruntime-web'];

/** This runtime cannot run here: not installed, crashed, or silent for too long. Another one may. */
export class RuntimeUnavailable extends Error {
  override readonly name = 'RuntimeUnavailable';
}

/** The runtime runs, and does not take the model or its inputs. */
export class RuntimeRefusal extends Error {
  override readonly name = 'RuntimeRefusal';
}

/**
 * What the first runtime gives that can run here, or null where none can; `troubles` says why those before it could not.
 * Rejects when aborted, with the signal's reason, and with any other error of `attempt`.
 */
export async function withFirstRuntime<T>(
  attempt: (runtime: string) => Promise<T>,
  {
    signal,
    among = runtimes,
  }: { readonly signal?: AbortSignal; readonly among?: readonly string[] },
): Promise<{ readonly result: T | null; readonly troubles: readonly string[] }> {
  const troubles: string[] = [];
  for (const runtime of among) {
    try {
      return { result: await attempt(runtime), troubles };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RuntimeUnavailable)) throw error;
      troubles.push(error.message);
    }
  }
  return { result: null, troubles };
}

export interface RuntimeOptions {
  /** Absolute path of the child's entry; the product's own unless a test has another. */
  readonly entry?: string;
  /** The package that the child imports, its first argument. */
  readonly runtime: string;
  /** Milliseconds an answer may take; two minutes unless it is given. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** How much of what the child writes to standard error is kept, to explain its end. */
const keptErrorText = 2000;
const usualTimeout = 120_000;

/** One child with one runtime. Close it when done; one request at a time. */
export class RuntimeProcess {
  readonly #runtime: string;
  readonly #timeout: number;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #errorText = '';
  #failure: Error | null = null;
  #resolve: ((message: FromRuntime) => void) | null = null;
  #reject: ((error: Error) => void) | null = null;

  private constructor(options: RuntimeOptions) {
    const { entry: path = entry('runtime-child.js', 'onnx/runtime-child.ts') } = options;
    this.#runtime = options.runtime;
    this.#timeout = options.timeout ?? usualTimeout;
    this.#child = fork(path, [options.runtime], {
      // The parent's own flags, such as a debugger's port, are not for the child.
      execArgv: [],
      env: {
        ...process.env,
        ...(process.versions.electron && { ELECTRON_RUN_AS_NODE: '1' }),
        // Else onnxruntime 1.30 tells its maker of every session, and keeps files of its own for that.
        ORT_DISABLE_TELEMETRY: '1',
      },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      signal: options.signal,
      killSignal: 'SIGKILL',
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorText = (this.#errorText + text).slice(-keptErrorText);
    });
    this.#child.on('message', (message) => this.#resolve?.(message as FromRuntime));
    this.#child.on('error', (cause) => this.#fail(cause.message, cause));
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#fail(`ended with ${signal === null ? `exit code ${code}` : `signal ${signal}`}`);
        resolve();
      });
    });
  }

  /** Starts the child; rejects with RuntimeUnavailable when the runtime cannot be imported. */
  static async start(options: RuntimeOptions): Promise<{ child: RuntimeProcess; version: string }> {
    options.signal?.throwIfAborted();
    const child = new RuntimeProcess(options);
    try {
      const message = await child.#next();
      if (message.type === 'ready') return { child, version: message.version };
      const reason = message.type === 'unavailable' ? message.reason : `said ${message.type}`;
      throw new RuntimeUnavailable(`${options.runtime} could not be loaded: ${reason}`);
    } catch (error) {
      await child.close();
      throw error;
    }
  }

  /** Sends a request; rejects with RuntimeRefusal or, when no answer can come, RuntimeUnavailable. */
  async request<Type extends FromRuntime['type']>(
    message: ToRuntime,
    expected: Type,
  ): Promise<Extract<FromRuntime, { type: Type }>> {
    const answered = this.#next();
    // An error while sending is followed by the child's end, which has more to say.
    this.#child.send(message, () => {});
    const answer = await answered;
    if (answer.type === 'refused') throw new RuntimeRefusal(answer.reason);
    if (answer.type === expected) return answer as Extract<FromRuntime, { type: Type }>;
    throw new RuntimeUnavailable(
      `${this.#runtime}: expected the answer ${expected}, found ${answer.type}`,
    );
  }

  /** Ends the child, which holds nothing worth saving, and waits until it is gone. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  async #next(): Promise<FromRuntime> {
    if (this.#failure !== null) throw this.#failure;
    const timeout = this.#timeout;
    const timer = setTimeout(() => this.#fail(`gave no answer for ${timeout / 1000} s`), timeout);
    try {
      return await new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #fail(what: string, cause?: Error): void {
    const said = this.#errorText.trim().split('\n').at(-1);
    const message = `${this.#runtime} ${what}${said ? ` (${said.slice(0, 200)})` : ''}`;
    this.#failure ??= new RuntimeUnavailable(message, { cause });
    this.#reject?.(this.#failure);
  }
}
