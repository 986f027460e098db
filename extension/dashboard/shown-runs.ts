/**
 * The runs that the dashboard shows, the one that it follows and others beside it: subscribed to while the page is seen,
 * and kept as they were last heard of, since a run may outlive its sidecar here alone.
 */
import { mostShownAtFirst, type ShownVariants } from '../../sidecar/protocol/dashboard.ts';
import type { RunSummary } from '../../sidecar/protocol/runs.ts';
import {
  type RunFrame,
  type RunSnapshot,
  subscribe,
  unsubscribe,
} from '../../sidecar/protocol/statistics.ts';
import type { Runs } from '../runs.ts';
import type { Sidecar } from '../sidecar.ts';
import type { SavedSnapshots } from './saved-snapshots.ts';
import { ShownRun } from './shown-run.ts';

export class ShownRuns {
  readonly #sidecar: Sidecar;
  readonly #runs: Runs;
  readonly #saved: SavedSnapshots;
  readonly #held = new Map<string, ShownRun>();
  /** Names of the variants that the page has of a run. */
  readonly #variants = new Map<string, readonly string[]>();
  /** Runs whose frames the sidecar sends. */
  readonly #subscribed = new Set<string>();
  /** Runs that the page last asked to see beside the one that is followed. */
  #beside: ReadonlySet<string> = new Set();

  constructor(sidecar: Sidecar, runs: Runs, saved: SavedSnapshots) {
    this.#sidecar = sidecar;
    this.#runs = runs;
    this.#saved = saved;
  }

  get(runId: string): ShownRun | undefined {
    return this.#held.get(runId);
  }

  /** Follows this run from nothing. The page asks for those beside it once it has this one. */
  async follow(run: RunSummary | undefined): Promise<RunSnapshot | null> {
    await this.unsubscribe();
    for (const runId of this.#held.keys())
      if (runId !== run?.runId && !this.#beside.has(runId)) this.#forget(runId);
    if (run === undefined) return null;
    return this.#open(run, this.#variants.get(run.runId));
  }

  /** Opens what is to be shown and is not yet, and hands over each run that the page has to draw from nothing. */
  async show(
    shown: readonly ShownVariants[],
    followed: string | undefined,
    draw: (snapshot: RunSnapshot) => void,
  ): Promise<void> {
    const wanted = new Set([followed, ...shown.map(({ runId }) => runId)]);
    this.#beside = new Set(shown.map(({ runId }) => runId).filter((runId) => runId !== followed));
    await this.#leave([...this.#subscribed].filter((runId) => !wanted.has(runId)));
    for (const runId of this.#held.keys()) if (!wanted.has(runId)) this.#forget(runId);
    for (const { runId, variants } of shown) {
      if (this.#hasSent(runId, variants)) this.#variants.set(runId, variants);
      else {
        const run = await this.#summaryOf(runId);
        // At once: frames that come later fit on to it.
        if (run !== undefined) draw(await this.#open(run, variants));
      }
    }
  }

  /** Takes a frame; answers with what of it concerns the page, or null. */
  add(frame: RunFrame): RunFrame | null {
    const { runId } = frame.run;
    this.#held.get(runId)?.add(frame);
    if (!this.#subscribed.has(runId)) return null;
    return { ...frame, variants: frame.variants.filter(this.#isShown(runId)) };
  }

  isSubscribed(runId: string): boolean {
    return this.#subscribed.has(runId);
  }

  /** The page is not seen any more: no more frames, but nothing is forgotten. */
  async unsubscribe(): Promise<void> {
    await this.#leave([...this.#subscribed]);
  }

  async #open(run: RunSummary, variants?: readonly string[]): Promise<RunSnapshot> {
    const { runId } = run;
    const names = run.variants.map(({ variant }) => variant);
    this.#variants.set(runId, variants ?? names.slice(0, mostShownAtFirst));
    this.#subscribed.add(runId);
    const snapshot = await this.#snapshotOf(run);
    this.#held.set(runId, new ShownRun(snapshot));
    return { ...snapshot, variants: snapshot.variants.filter(this.#isShown(runId)) };
  }

  /** A run that ended with an earlier sidecar is known here alone, as it was last shown or saved. */
  async #snapshotOf(run: RunSummary): Promise<RunSnapshot> {
    const { runId, uri } = run;
    if (this.#runs.get(runId) !== undefined) {
      const current = await this.#sidecar.request(subscribe, {
        runId,
        variants: this.#variants.get(runId),
      });
      if (current !== null) return current;
    }
    const held = this.#held.get(runId)?.whole(run);
    const known = held?.variants.map(({ variant }) => variant) ?? [];
    const wanted = this.#variants.get(runId) ?? [];
    if (held !== undefined && wanted.every((name) => known.includes(name))) return held;
    // Saved are all variants, held those that were shown.
    const saved = await this.#saved.of(uri);
    if (saved?.run.runId === runId) return { run, variants: saved.variants };
    return held ?? { run, variants: [] };
  }

  #hasSent(runId: string, variants: readonly string[]): boolean {
    const sent = this.#variants.get(runId) ?? [];
    return this.#subscribed.has(runId) && variants.every((variant) => sent.includes(variant));
  }

  async #summaryOf(runId: string): Promise<RunSummary | undefined> {
    const saved = async () => (await this.#saved.summaries()).find((run) => run.runId === runId);
    return this.#runs.get(runId) ?? (await saved());
  }

  async #leave(runIds: readonly string[]): Promise<void> {
    for (const runId of runIds) {
      this.#subscribed.delete(runId);
      if (this.#sidecar.connection === 'ready') await this.#sidecar.request(unsubscribe, { runId });
    }
  }

  #forget(runId: string): void {
    this.#held.delete(runId);
    this.#variants.delete(runId);
  }

  #isShown(runId: string): (part: { readonly variant: string }) => boolean {
    const shown = new Set(this.#variants.get(runId));
    return ({ variant }) => shown.has(variant);
  }
}
