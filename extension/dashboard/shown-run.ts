/**
 * All that the dashboard has been sent of one run. Frames come too often to be put into a snapshot of megabytes one by
 * one; they wait until somebody asks for the whole.
 */
import type {
  LayerDescription,
  RunFrame,
  RunSnapshot,
  VariantHistory,
} from '../../sidecar/protocol/statistics.ts';
import { layersOf } from './layers.ts';

type Part = RunFrame['variants'][number];

export class ShownRun {
  readonly runId: string;
  /** The layers of all variants, in the file's order. */
  readonly layers: readonly LayerDescription[];
  #snapshot: RunSnapshot;
  #frames: RunFrame[] = [];

  constructor(snapshot: RunSnapshot) {
    this.runId = snapshot.run.runId;
    this.layers = layersOf(snapshot);
    this.#snapshot = snapshot;
  }

  add(frame: RunFrame): void {
    if (frame.run.runId === this.runId && frame.variants.length > 0) this.#frames.push(frame);
  }

  /** The snapshot with every frame since. Its summary is the caller's, who hears of more than frames say. */
  whole(run: RunSnapshot['run']): RunSnapshot {
    const news = this.#frames.flatMap(({ variants }) => variants);
    const variants = this.#snapshot.variants.map((history) =>
      extended(
        history,
        news.filter(({ variant }) => variant === history.variant),
      ),
    );
    this.#snapshot = { run, variants };
    this.#frames = [];
    return this.#snapshot;
  }
}

/** Rows sent twice, as when a frame overlaps the snapshot, are the same rows; none is taken from beyond a gap. */
function extended(history: VariantHistory, parts: readonly Part[]): VariantHistory {
  if (parts.length === 0) return history;
  const rowBytes = Float32Array.BYTES_PER_ELEMENT * (history.columns.length + 1);
  const evaluations = [...history.evaluations];
  const probes = [...(history.probes ?? [])];
  const values = [Buffer.from(history.rows.values, 'base64')];
  let { count } = history.rows;
  for (const { rows, evaluations: later, probes: news = [] } of parts) {
    if (rows.first > count) break;
    const known = Math.min(rows.count, count - rows.first);
    values.push(Buffer.from(rows.values, 'base64').subarray(known * rowBytes));
    count += rows.count - known;
    const last = evaluations.at(-1)?.step ?? -1;
    evaluations.push(...later.filter(({ step }) => step > last));
    const probed = probes.at(-1)?.step ?? -1;
    probes.push(...news.filter(({ step }) => step > probed));
  }
  const rows = { first: 0, count, values: Buffer.concat(values).toString('base64') };
  return { ...history, rows, evaluations, ...(probes.length > 0 && { probes }) };
}
