/** A run from start to end: its variants over the available cores, its folder, and what it tells. */
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type {
  ControlAction,
  ControlEvent,
  ControlParams,
  VariantControls,
} from '../protocol/control.ts';
import type { Finding } from '../protocol/findings.ts';
import type { Probe } from '../protocol/probes.ts';
import type { ReportView } from '../protocol/report.ts';
import type { RunSummary } from '../protocol/runs.ts';
import type { Evaluation } from '../protocol/statistics.ts';
import { type PreparedRun, RunError } from './prepare.ts';
import { saveVariant, unwritable, variantFolder } from './run-folder.ts';
import { writeReport } from './run-report.ts';
import { VariantRun } from './variant-run.ts';

export interface RunListener {
  /** A variant's state changed. */
  changed?(run: Run): void;
  evaluated?(run: Run, variant: VariantRun, evaluation: Evaluation): void;
  /** Something is wrong with a variant, for the first time in this layer. */
  found?(run: Run, variant: VariantRun, finding: Finding): void;
  probed?(run: Run, variant: VariantRun, probe: Probe): void;
  controlled?(run: Run, variant: VariantRun, event: ControlEvent): void;
  measured?(run: Run, variant: VariantRun, step: number, block: Float32Array): void;
}

export interface RunOptions {
  readonly id: string;
  readonly prepared: PreparedRun;
  /** Absolute folder to save to, or null to keep results in memory alone. */
  readonly folder: string | null;
  readonly listener: RunListener;
  /** Milliseconds. */
  readonly clock: () => number;
  /** Milliseconds since 1970. */
  readonly startedAt?: number;
  /** Report every unit's statistics each this many steps; 0 never does. */
  readonly statisticsEvery?: number;
  /** Cores to use, divided among the variants that train at a time; every core by default. */
  readonly threads?: number;
}

export class Run {
  readonly id: string;
  readonly prepared: PreparedRun;
  readonly variants: readonly VariantRun[];
  readonly #options: RunOptions;
  #saveError: string | null = null;
  #reportFiles: ReportView['files'] = null;
  /** Folders of what has been saved. */
  readonly #saved = new Map<VariantRun, string>();
  /** Resolves when every variant has ended and been saved. */
  ended: Promise<void> = Promise.resolve();

  constructor(options: RunOptions) {
    this.id = options.id;
    this.prepared = options.prepared;
    this.#options = options;
    const { listener } = options;
    this.variants = options.prepared.variants.map(
      (prepared) =>
        new VariantRun(
          prepared,
          options.prepared.data,
          {
            changed: () => listener.changed?.(this),
            evaluated: (variant, evaluation) => listener.evaluated?.(this, variant, evaluation),
            found: (variant, finding) => listener.found?.(this, variant, finding),
            probed: (variant, probe) => listener.probed?.(this, variant, probe),
            controlled: (variant, event) => listener.controlled?.(this, variant, event),
            measured: (variant, step, block) => listener.measured?.(this, variant, step, block),
          },
          options.clock,
        ),
    );
  }

  get active(): boolean {
    return this.#unfinished() > 0;
  }

  /** Folder of a variant's results, or null when they are not on disk. */
  folderOf(variant: VariantRun): string | null {
    return this.#saved.get(variant) ?? null;
  }

  /** Null until the run has ended, and where they are not on disk. */
  get reportFiles(): ReportView['files'] {
    return this.#reportFiles;
  }

  /** Trains every variant, saves each as it ends and then the report; resolves, never rejects, when all is done. */
  train(): Promise<void> {
    this.ended = this.#trainAll();
    return this.ended;
  }

  async #trainAll(): Promise<void> {
    const cores = this.#options.threads ?? availableParallelism();
    const limit = pLimit(cores);
    await Promise.all(
      this.variants.map((variant) =>
        limit(async () => {
          const atOnce = Math.min(cores, this.#unfinished());
          const threads = Math.floor(cores / atOnce);
          await variant.train({
            statisticsEvery: this.#options.statisticsEvery ?? 0,
            populationStatistics: this.prepared.report?.populationStatistics ?? false,
            threads,
          });
          await this.#save(variant);
        }),
      ),
    );
    await this.#report();
  }

  /** Variants that train or wait for it, also paused: they have to share the cores. */
  #unfinished(): number {
    return this.variants.filter(({ trained }) => trained === null).length;
  }

  stop(): void {
    for (const variant of this.variants) variant.stop();
  }

  /**
   * Changes something; resolves when it is done, rejects with a RunError where it cannot be. Of all variants those that
   * it is nothing for, such as one without a batch normalization, are left as they are.
   */
  async control({ variant, action }: Omit<ControlParams, 'runId'>): Promise<ControlEvent[]> {
    const chosen = this.#controlled(variant, action);
    const answers = await Promise.allSettled(chosen.map((each) => each.control(action)));
    const done = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (done.length > 0) return done;
    const reasons = answers.flatMap((each) =>
      each.status === 'rejected' ? [(each.reason as Error).message] : [],
    );
    throw new RunError(reasons.join('\n'));
  }

  /** What can be changed, of every variant that is not ended. */
  controls(): VariantControls[] {
    return this.variants.flatMap((variant) => variant.controls() ?? []);
  }

  /** The variant named, or all that are in a state for it. */
  #controlled(name: string | null, action: ControlAction): readonly VariantRun[] {
    const named = this.variants.filter((each) => each.name === name);
    const chosen = name === null ? this.variants.filter((each) => each.accepts(action)) : named;
    if (chosen.length > 0) return chosen;
    const found = this.variants.map((each) => `${each.name} ${each.state}`).join(', ');
    throw new RunError(
      name === null
        ? `${action.kind}: expected a variant in a state for it, found ${found}`
        : `expected a variant of this run, found "${name}"; it has ${found}`,
    );
  }

  /** Names of the variants that the file asks the mean of; null where it asks for none, or where one is not trained here. */
  get ensemble(): readonly string[] | null {
    const wanted = this.prepared.report?.ensemble ?? null;
    return wanted?.every((name) => this.find(name) !== undefined) ? wanted : null;
  }

  find(variant: string): VariantRun | undefined {
    return this.variants.find(({ name }) => name === variant);
  }

  summary(): RunSummary {
    const { request, name } = this.prepared;
    return {
      runId: this.id,
      uri: request.uri,
      name,
      startedAt: this.#options.startedAt,
      variants: this.variants.map((variant) => variant.summary()),
      ensemble: this.ensemble ?? undefined,
      folder: this.#saveError === null ? this.#options.folder : null,
      saveError: this.#saveError ?? undefined,
    };
  }

  /** A variant that has not learned anything leaves what lies there alone. */
  async #save(variant: VariantRun): Promise<void> {
    const { folder: parent } = this.#options;
    if (parent === null || !variant.trained?.step) return;
    const folder = variantFolder(parent, variant.name, this.variants.length);
    try {
      await saveVariant(folder, this.prepared, variant);
      this.#saved.set(variant, folder);
    } catch (error) {
      this.#tellUnsaved(folder, error as Error);
    }
  }

  /** A report of nothing that was saved would stand beside the results of another run. */
  async #report(): Promise<void> {
    const { folder } = this.#options;
    if (folder === null || this.#saved.size === 0) return;
    try {
      this.#reportFiles = await writeReport(this, folder);
    } catch (error) {
      this.#tellUnsaved(folder, error as Error);
    }
  }

  #tellUnsaved(place: string, error: Error): void {
    this.#saveError = unwritable(place, error).message;
    this.#options.listener.changed?.(this);
  }
}
