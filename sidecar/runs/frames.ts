/** A run as a dashboard gets it: whole once, then what has come since. */
import type { Rows, RunFrame, RunSnapshot } from '../protocol/statistics.ts';
import type { Run } from './run.ts';
import type { VariantRun } from './variant-run.ts';

/** How much of a run one dashboard has been sent; a snapshot first, then frames. */
export class FrameCursor {
  readonly run: Run;
  readonly #sent: { rows: number; evaluations: number; events: number }[];

  constructor(run: Run) {
    this.run = run;
    this.#sent = run.variants.map(() => ({ rows: 0, evaluations: 0, events: 0 }));
  }

  snapshot(): RunSnapshot {
    return {
      run: this.run.summary(),
      variants: this.run.variants.map((variant, index) => ({
        ...this.#news(variant, index),
        layers: variant.prepared.layers,
        columns: variant.history.columns,
      })),
    };
  }

  /** Rows, evaluations and events since the last call. */
  frame(): RunFrame {
    return {
      run: this.run.summary(),
      variants: this.run.variants
        .map((variant, index) => this.#news(variant, index))
        .filter(
          ({ rows, evaluations, events }) =>
            rows.count > 0 || evaluations.length > 0 || events.length > 0,
        ),
    };
  }

  #news(variant: VariantRun, index: number) {
    const sent = this.#sent[index];
    const { count, values } = variant.history.since(sent.rows);
    const rows: Rows = { first: sent.rows, count, values: toBase64(values) };
    const evaluations = variant.evaluations.slice(sent.evaluations);
    const events = variant.events.slice(sent.events);
    this.#sent[index] = {
      rows: sent.rows + count,
      evaluations: sent.evaluations + evaluations.length,
      events: sent.events + events.length,
    };
    return { variant: variant.name, rows, evaluations, events };
  }
}

/** Float32 in this machine's order, which is little-endian on every platform Node supports here. */
function toBase64(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}
