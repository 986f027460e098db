/** The runs of a language server: one active run a file, the newest kept for hovers, dashboards and exports. */
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type PreparedRun, prepareRun, RunError, type RunRequest } from './prepare.ts';
import { Run, type RunListener } from './run.ts';
import { reserveFolder } from './run-folder.ts';

/** Ended runs kept in memory; older ones stay on disk alone. */
const mostRuns = 12;

export class RunManager {
  readonly #listener: RunListener;
  readonly #clock: () => number;
  readonly #date: () => number;
  /** Newest first. */
  #runs: Run[] = [];
  /** URIs of runs that are not accepted yet. */
  readonly #starting = new Set<string>();

  /** `clock` gives milliseconds since any moment, `date` since 1970. */
  constructor(listener: RunListener, clock: () => number, date: () => number) {
    this.#listener = listener;
    this.#clock = clock;
    this.#date = date;
  }

  /** Newest first. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  find(runId: string): Run | undefined {
    return this.#runs.find(({ id }) => id === runId);
  }

  newest(uri: string): Run | undefined {
    return this.#runs.find(({ prepared }) => prepared.request.uri === uri);
  }

  /**
   * Starts a run and resolves once it is accepted; rejects with a sentence when it cannot start. `home` is the absolute
   * folder that gets its results in `runs/`, null when they are to stay in memory.
   */
  async start(request: RunRequest, home: string | null): Promise<Run> {
    const { uri, place } = request;
    if (this.#starting.has(uri) || this.newest(uri)?.active) {
      throw new RunError(`${place} is already training: stop it first, or wait for its end.`);
    }
    this.#starting.add(uri);
    try {
      const prepared = await prepareRun(request);
      const folder = home && (await reserveFolder(join(home, 'runs', prepared.name)));
      return this.#accept(prepared, folder);
    } finally {
      this.#starting.delete(uri);
    }
  }

  #accept(prepared: PreparedRun, folder: string | null): Run {
    const running = this.#runs.filter(({ active }) => active).length;
    const run = new Run({
      // Unique beyond this process and this machine's uptime: the client remembers runs of earlier sidecars.
      id: randomUUID(),
      prepared,
      folder,
      listener: this.#listener,
      clock: this.#clock,
      startedAt: this.#date(),
      // What trains already keeps its threads; the later run takes a fair share.
      threads: Math.max(1, Math.floor(availableParallelism() / (running + 1))),
    });
    const ended = this.#runs.filter(({ active }) => !active).slice(mostRuns - 1);
    this.#runs = [run, ...this.#runs.filter((each) => !ended.includes(each))];
    void run.train();
    return run;
  }

  /** Stops one run or all; resolves when they have ended. */
  async stop(runId?: string): Promise<void> {
    const stopped = this.#runs.filter(({ id }) => runId === undefined || id === runId);
    for (const run of stopped) run.stop();
    await Promise.all(stopped.map((run) => run.ended));
  }
}
