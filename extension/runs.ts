/**
 * The runs as last heard of, so that a run whose sidecar has died is reported as failed and not forgotten.
 * Knows no messages: `watch.ts` feeds it.
 */
import type { RunSummary, VariantState, VariantSummary } from '../sidecar/protocol/runs.ts';

const unfinished: readonly VariantState[] = ['queued', 'training', 'paused'];

/** Whether the variant makes steps, waits for its turn or is paused. */
export function isUnfinished({ state }: VariantSummary): boolean {
  return unfinished.includes(state);
}

/** Whether steps are still to come. */
export function isActive(run: RunSummary): boolean {
  return run.variants.some(isUnfinished);
}

/** The error of a variant whose sidecar died while it trained; what it had learned is gone. */
const lost = 'The process of BatchNorm ended unexpectedly; train again.';

/** Variants that have learned something worth exporting, in the file's order. */
export function trainedVariants(run: RunSummary): VariantSummary[] {
  return run.variants.filter(({ state, step }) => state !== 'queued' && step > 0);
}

/** Those of the trained variants whose results are on disk once the sidecar that trained them is gone. */
export function savedVariants(run: RunSummary): VariantSummary[] {
  return run.folder === null ? [] : trainedVariants(run).filter(({ error }) => error !== lost);
}

/**
 * The members of the run's ensemble among the variants that can be exported; null where the file asks for none, and until
 * each has ended: the mean of some of them is not what was asked for.
 */
export function presentEnsemble(
  { ensemble }: RunSummary,
  present: readonly VariantSummary[],
): readonly string[] | null {
  const ended = present.filter((variant) => !isUnfinished(variant)).map(({ variant }) => variant);
  return ensemble?.every((name) => ended.includes(name)) ? ensemble : null;
}

export class Runs {
  /** In the order they were started. */
  readonly #runs = new Map<string, RunSummary>();
  readonly #listeners = new Set<(run: RunSummary, before: RunSummary | undefined) => void>();

  onDidChange(listener: (run: RunSummary, before: RunSummary | undefined) => void): {
    dispose(): void;
  } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  update(run: RunSummary): void {
    const before = this.#runs.get(run.runId);
    this.#runs.set(run.runId, run);
    for (const listener of this.#listeners) listener(run, before);
  }

  get(runId: string): RunSummary | undefined {
    return this.#runs.get(runId);
  }

  /** Oldest first. */
  all(): RunSummary[] {
    return [...this.#runs.values()];
  }

  /** The run that was started last, of one file when one is given. */
  newest(uri?: string): RunSummary | undefined {
    return this.all().findLast((run) => uri === undefined || run.uri === uri);
  }

  active(): RunSummary[] {
    return this.all().filter(isActive);
  }

  /** Ends every unfinished variant, since its sidecar has died; returns the runs concerned. */
  failUnfinished(): RunSummary[] {
    const failed = this.active().map((run) => ({
      ...run,
      variants: run.variants.map((variant) => failIfUnfinished(variant)),
    }));
    for (const run of failed) this.update(run);
    return failed;
  }
}

function failIfUnfinished(variant: VariantSummary): VariantSummary {
  return isUnfinished(variant) ? { ...variant, state: 'failed', error: lost } : variant;
}
