/** What the product is doing, as one word with what belongs to it. The status bar is a switch over it. */
import type { RunSummary } from '../sidecar/protocol/runs.ts';
import { isActive, isUnfinished } from './runs.ts';

/** The sidecar's process: `failed` means that it ended too often and waits for the user to start it again. */
export type Connection = 'stopped' | 'starting' | 'ready' | 'failed';

export type State =
  /** No sidecar; the first network file or command starts it. */
  | { readonly kind: 'stopped' }
  /** The sidecar's process is coming up. */
  | { readonly kind: 'starting' }
  /** The sidecar answers; nothing is training. */
  | { readonly kind: 'ready' }
  /** This run makes steps or waits for its turn; `others` more do as well. */
  | { readonly kind: 'training'; readonly run: RunSummary; readonly others: number }
  /** Every run that is on waits for the user; this is the one that was started last. */
  | { readonly kind: 'paused'; readonly run: RunSummary; readonly others: number }
  /** The newest run ended by an error (`run`), or the sidecar cannot be kept alive (`run` null). */
  | { readonly kind: 'failed'; readonly run: RunSummary | null };

/** A run in progress outweighs an older failure; a sidecar that is gone outweighs all. */
export function stateOf(connection: Connection, runs: readonly RunSummary[]): State {
  if (connection === 'failed') return { kind: 'failed', run: null };
  const active = runs.filter(isActive);
  const training = active.findLast((run) => !isPaused(run));
  const others = active.length - 1;
  if (training !== undefined) return { kind: 'training', run: training, others };
  const paused = active.at(-1);
  if (paused !== undefined) return { kind: 'paused', run: paused, others };
  const newest = runs.at(-1);
  if (newest?.variants.some((variant) => variant.state === 'failed'))
    return { kind: 'failed', run: newest };
  return { kind: connection };
}

/** Whether all that is left of an active run waits for the user. */
function isPaused({ variants }: RunSummary): boolean {
  return variants.filter(isUnfinished).every(({ state }) => state === 'paused');
}
