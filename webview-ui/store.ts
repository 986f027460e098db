/** All that the dashboard knows of a run. A snapshot replaces it, frames append; nothing here touches the page. */
import type { ControlEvent } from '../sidecar/protocol/control.ts';
import type { Probe, UnitField } from '../sidecar/protocol/probes.ts';
import type { RunSummary, VariantSummary } from '../sidecar/protocol/runs.ts';
import type {
  Evaluation,
  LayerDescription,
  RunFrame,
  RunSnapshot,
} from '../sidecar/protocol/statistics.ts';
import { History } from './history.ts';

export interface VariantData {
  readonly name: string;
  /** Place in the run, which decides colour and marker. */
  readonly index: number;
  summary: VariantSummary;
  readonly layers: readonly LayerDescription[];
  readonly history: History;
  /** Ascending by step. */
  readonly evaluations: Evaluation[];
  readonly unitFields: readonly UnitField[];
  /** Ascending by step. */
  readonly probes: Probe[];
  /** What a person has changed while it was on, ascending by step. */
  readonly events: ControlEvent[];
}

export class Store {
  /** `null` when there is no run. */
  run: RunSummary | null = null;
  variants: VariantData[] = [];

  replace(snapshot: RunSnapshot | null): void {
    this.run = snapshot?.run ?? null;
    this.variants = (snapshot?.run.variants ?? []).map((summary, index) => {
      const sent = snapshot!.variants.find(({ variant }) => variant === summary.variant);
      const history = new History(sent?.columns ?? []);
      if (sent) history.append(sent.rows);
      return {
        name: summary.variant,
        index,
        summary,
        layers: sent?.layers ?? [],
        history,
        evaluations: [...(sent?.evaluations ?? [])],
        unitFields: sent?.unitFields ?? [],
        probes: [...(sent?.probes ?? [])],
        events: [...(sent?.events ?? [])],
      };
    });
  }

  /** False when the frame does not continue what is here, so that only a new snapshot helps. */
  append({ run, variants }: RunFrame): boolean {
    if (run.runId !== this.run?.runId || run.variants.length !== this.variants.length) return false;
    for (const { variant, rows, evaluations, probes = [], events = [] } of variants) {
      const known = this.variants.find(({ name }) => name === variant);
      if (!known?.history.append(rows)) return false;
      appendNew(known.evaluations, evaluations);
      appendNew(known.probes, probes);
      appendNew(known.events, events);
    }
    this.run = run;
    for (const summary of run.variants) {
      const known = this.variants.find(({ name }) => name === summary.variant);
      if (!known) return false;
      known.summary = summary;
    }
    return true;
  }

  /** The last step that any variant has recorded, and the most that one will make. */
  extent(): { last: number; total: number } {
    const lasts = this.variants.map(({ history }) => history.steps[history.count - 1] ?? 0);
    const totals = this.variants.map(({ summary }) => summary.steps);
    return { last: Math.max(1, ...lasts), total: Math.max(1, ...totals) };
  }
}

/**
 * Appends what has come since, once where frames overlap. What differs is two, even at one step: a paused run may be
 * evaluated and changed again and again.
 */
function appendNew<T extends { readonly step: number }>(known: T[], arriving: readonly T[]): void {
  if (arriving.length === 0) return;
  const last = known.at(-1)?.step ?? -1;
  const ofLast = known.slice(known.findIndex(({ step }) => step === last));
  const said = new Set(ofLast.map((each) => JSON.stringify(each)));
  const isNew = (each: T) =>
    each.step > last || (each.step === last && !said.has(JSON.stringify(each)));
  known.push(...arriving.filter(isNew));
}
