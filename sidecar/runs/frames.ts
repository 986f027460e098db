/** A run as a dashboard gets it: whole once, then what has come since. */
import { toBase64 } from '../base64.ts';
import type { Rows, RunFrame, RunSnapshot } from '../protocol/statistics.ts';
import type { Run } from './run.ts';
import type { VariantRun } from './variant-run.ts';

/** How much of a run one dashboard has been sent; a snapshot first, then frames. */
export class FrameCursor {
  readonly run: Run;
  readonly #variants: readonly VariantRun[];
  readonly #sent: { rows: number; evaluations: number; probes: number; events: number }[];

  /** `names` are those of the variants whose history is sent; absent: all. */
  constructor(run: Run, names?: readonly string[]) {
    this.run = run;
    this.#variants = run.variants.filter(({ name }) => names?.includes(name) ?? true);
    this.#sent = this.#variants.map(() => ({ rows: 0, evaluations: 0, probes: 0, events: 0 }));
  }

  snapshot(): RunSnapshot {
    return {
      run: this.run.summary(),
      variants: this.#variants.map((variant, index) => ({
        ...this.#news(variant, index),
        layers: variant.prepared.layers,
        columns: variant.history.columns,
        unitFields: variant.fields,
      })),
    };
  }

  /** Rows, evaluations, probes and events since the last call. */
  frame(): RunFrame {
    return {
      run: this.run.summary(),
      variants: this.#variants
        .map((variant, index) => this.#news(variant, index))
        .filter(
          ({ rows, evaluations, probes, events }) =>
            rows.count > 0 || [evaluations, probes, events].some(({ length }) => length > 0),
        ),
    };
  }

  #news(variant: VariantRun, index: number) {
    const sent = this.#sent[index];
    const { count, values } = variant.history.since(sent.rows);
    const rows: Rows = { first: sent.rows, count, values: toBase64(values) };
    const evaluations = variant.evaluations.slice(sent.evaluations);
    const probes = variant.probes.slice(sent.probes);
    const events = variant.events.slice(sent.events);
    this.#sent[index] = {
      rows: sent.rows + count,
      evaluations: sent.evaluations + evaluations.length,
      probes: sent.probes + probes.length,
      events: sent.events + events.length,
    };
    return { variant: variant.name, rows, evaluations, probes, events };
  }
}
