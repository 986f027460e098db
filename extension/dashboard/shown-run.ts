/**
 * All that the dashboard has been sent of one run. Frames come too often to be put into a snapshot of megabytes one by
 * one; they wait until somebody asks for the whole.
 */
import { isDeepStrictEqual } from 'node:util';
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
  const events = [...(history.events ?? [])];
  const values = [Buffer.from(history.rows.values, 'base64')];
  let { count } = history.rows;
  for (const part of parts) {
    const { rows } = part;
    if (rows.first > count) break;
    const known = Math.min(rows.count, count - rows.first);
    values.push(Buffer.from(rows.values, 'base64').subarray(known * rowBytes));
    count += rows.count - known;
    evaluations.push(...beyond(evaluations, part.evaluations));
    probes.push(...beyond(probes, part.probes ?? []));
    events.push(...beyond(events, part.events ?? []));
  }
  const rows = { first: 0, count, values: Buffer.concat(values).toString('base64') };
  return {
    ...{ ...history, rows, evaluations },
    ...(probes.length > 0 && { probes }),
    ...(events.length > 0 && { events }),
  };
}

/** What comes after what is known. There may be several of a step, and those sent first may end what is known. */
function beyond<T extends { readonly step: number }>(known: readonly T[], later: readonly T[]) {
  const last = known.at(-1)?.step ?? -1;
  const possible = later.filter(({ step }) => step >= last);
  const same = known.filter(({ step }) => step === last);
  const overlaps = (length: number) =>
    isDeepStrictEqual(same.slice(same.length - length), possible.slice(0, length));
  let shared = Math.min(same.length, possible.length);
  while (!overlaps(shared)) shared -= 1;
  return possible.slice(shared);
}
