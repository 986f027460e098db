/**
 * All that the dashboard knows of the runs it shows: the one it follows, and others beside it. Snapshots replace, frames
 * append; nothing here touches the page.
 */
import type { ControlEvent } from '../sidecar/protocol/control.ts';
import { mostShownAtFirst, type ShownVariants } from '../sidecar/protocol/dashboard.ts';
import type { Probe, UnitField } from '../sidecar/protocol/probes.ts';
import type { RunSummary, VariantSummary } from '../sidecar/protocol/runs.ts';
import type {
  Evaluation,
  LayerDescription,
  RunFrame,
  RunSnapshot,
} from '../sidecar/protocol/statistics.ts';
import { History } from './history.ts';
import { SeriesSlots } from './series-slots.ts';

/** One variant of one run, as the charts know it. */
export interface VariantData {
  readonly runId: string;
  /** What the variant is called in the page: its name, with that of its run where it is not the one followed. */
  name: string;
  /** Decides colour and marker; stays as long as the variant is shown. */
  index: number;
  summary: VariantSummary;
  readonly layers: readonly LayerDescription[];
  readonly history: History;
  /** Ascending by step. */
  readonly evaluations: Evaluation[];
  readonly unitFields: readonly UnitField[];
  /** Ascending by step. */
  readonly probes: Probe[];
  /** What a person has changed, in the order it was done. */
  readonly events: ControlEvent[];
}

interface HeldRun {
  run: RunSummary;
  readonly label: string;
  /** Of the variants that were sent. */
  readonly variants: Map<string, VariantData>;
}

/** Which variants are shown: null for the first ones of the run that is followed. */
export interface Choice {
  readonly followed: readonly string[] | null;
  readonly others: readonly ShownVariants[];
}

export class Store {
  /** The run that is followed; `null` when there is none. */
  run: RunSummary | null = null;
  /** Those shown, of the run that is followed first. */
  variants: VariantData[] = [];
  #choice: Choice = { followed: null, others: [] };
  readonly #runs = new Map<string, HeldRun>();
  readonly #slots = new SeriesSlots();

  /** Follows this run from nothing. Other runs that are shown stay. */
  replace(snapshot: RunSnapshot | null): void {
    if (this.run !== null) this.#runs.delete(this.run.runId);
    this.run = snapshot?.run ?? null;
    if (snapshot) this.#hold(snapshot, '');
    this.#arrange();
  }

  /** Takes the variants that were asked for of a run. */
  add(snapshot: RunSnapshot, label: string): void {
    this.#hold(snapshot, label);
    if (snapshot.run.runId === this.run?.runId) this.run = snapshot.run;
    this.#arrange();
  }

  /** Shows these variants as far as they are known. */
  choose(choice: Choice): void {
    this.#choice = choice;
    this.#arrange();
  }

  /** What is chosen, by run and variant; the run that is followed first. */
  get shown(): ShownVariants[] {
    if (this.run === null) return [];
    const { runId, variants } = this.run;
    const names = variants.map(({ variant }) => variant);
    const chosen = this.#choice.followed?.filter((name) => names.includes(name)) ?? [];
    const followed = chosen.length > 0 ? chosen : names.slice(0, mostShownAtFirst);
    const others = this.#choice.others.filter((other) => other.runId !== runId);
    return [{ runId, variants: followed }, ...others];
  }

  /** Whether everything that is chosen has been sent. */
  get isComplete(): boolean {
    return this.shown.every(({ runId, variants }) => {
      const held = this.#runs.get(runId);
      return variants.every((variant) => held?.variants.has(variant));
    });
  }

  /** False when the frame does not continue what is here, so that only a new snapshot helps. */
  append({ run, variants }: RunFrame): boolean {
    const held = this.#runs.get(run.runId);
    // Of a run that was shown a moment ago.
    if (held === undefined) return this.run !== null;
    if (run.variants.length !== held.run.variants.length) return false;
    for (const { variant, rows, evaluations, probes = [], events = [] } of variants) {
      const known = held.variants.get(variant);
      // Not shown any more, or still on its way from nothing.
      if (known === undefined) continue;
      if (!known.history.append(rows)) return false;
      known.evaluations.push(...beyond(known.evaluations, evaluations));
      known.probes.push(...beyond(known.probes, probes));
      known.events.push(...beyond(known.events, events));
    }
    held.run = run;
    if (run.runId === this.run?.runId) this.run = run;
    for (const summary of run.variants) {
      const known = this.#series(run.runId, summary.variant);
      if (known) known.summary = summary;
    }
    return true;
  }

  /** The last step that any variant has recorded, and the most that one will make. */
  extent(): { last: number; total: number } {
    const lasts = this.variants.map(({ history }) => history.steps[history.count - 1] ?? 0);
    const totals = this.variants.map(({ summary }) => summary.steps);
    return { last: Math.max(1, ...lasts), total: Math.max(1, ...totals) };
  }

  #series(runId: string, variant: string): VariantData | undefined {
    return this.variants.find((each) => each.runId === runId && each.summary.variant === variant);
  }

  #hold({ run, variants }: RunSnapshot, label: string): void {
    const known = this.#runs.get(run.runId)?.variants ?? new Map<string, VariantData>();
    for (const sent of variants) {
      const summary = run.variants.find(({ variant }) => variant === sent.variant);
      if (summary === undefined) continue;
      const history = new History(sent.columns);
      history.append(sent.rows);
      known.set(sent.variant, {
        ...empty(run.runId, summary),
        layers: sent.layers,
        history,
        evaluations: [...sent.evaluations],
        unitFields: sent.unitFields ?? [],
        probes: [...(sent.probes ?? [])],
        events: [...(sent.events ?? [])],
      });
    }
    this.#runs.set(run.runId, { run, label, variants: known });
  }

  /** Lists what is shown, each with its name, colour and marker; forgets what is not. */
  #arrange(): void {
    const { shown } = this;
    const runIds = new Set(shown.map(({ runId }) => runId));
    for (const runId of this.#runs.keys()) if (!runIds.has(runId)) this.#runs.delete(runId);
    this.variants = shown.flatMap(({ runId, variants }) => {
      const held = this.#runs.get(runId);
      if (held === undefined) return [];
      for (const name of held.variants.keys())
        if (!variants.includes(name)) held.variants.delete(name);
      return variants.flatMap((name) => this.#named(held, name));
    });
    const slots = this.#slots.assign(
      this.variants.map(({ runId, summary }) => JSON.stringify([runId, summary.variant])),
    );
    for (const [place, variant] of this.variants.entries()) variant.index = slots[place];
  }

  /** A variant whose history nobody has any more still has its summary. */
  #named({ run, label, variants }: HeldRun, name: string): VariantData[] {
    const summary = run.variants.find(({ variant }) => variant === name);
    if (summary === undefined) return [];
    const series = variants.get(name) ?? empty(run.runId, summary);
    series.summary = summary;
    series.name =
      run.runId === this.run?.runId ? name : `${name} · ${runTitle(run, label, this.run)}`;
    return [series];
  }
}

/** A run beside another: its number, and the file's name where that differs. */
function runTitle(run: RunSummary, label: string, followed: RunSummary | null): string {
  return run.uri === followed?.uri ? label : `${run.name} ${label}`;
}

function empty(runId: string, summary: VariantSummary): VariantData {
  return {
    ...{ runId, name: summary.variant, index: 0, summary },
    ...{ layers: [], history: new History([]), evaluations: [] },
    ...{ unitFields: [], probes: [], events: [] },
  };
}

/** What comes after what is known. There may be several of a step, of which those sent before come again first. */
function beyond<T extends { readonly step: number }>(
  known: readonly T[],
  later: readonly T[],
): T[] {
  const last = known.at(-1)?.step ?? -1;
  const possible = later.filter(({ step }) => step >= last);
  const same = known.filter(({ step }) => step === last);
  const overlaps = (length: number) =>
    JSON.stringify(same.slice(same.length - length)) === JSON.stringify(possible.slice(0, length));
  let shared = Math.min(same.length, possible.length);
  while (!overlaps(shared)) shared -= 1;
  return possible.slice(shared);
}
