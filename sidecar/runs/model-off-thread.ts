/**
 * Looks into models and folds them in a thread of its own, so that the sidecar answers meanwhile: a graph of 50,000 nodes
 * takes seconds, and so does one weight of hundreds of MB.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { entry } from '../assets.ts';
import type { FoldResult, Inspection, TensorSummary } from '../protocol/inspect.ts';

export type ModelTask =
  | { readonly kind: 'inspect'; readonly path: string }
  | { readonly kind: 'summarize'; readonly path: string; readonly tensor: string }
  | { readonly kind: 'fold'; readonly path: string; readonly target: string };

interface Answers {
  readonly inspect: Inspection;
  readonly summarize: TensorSummary;
  readonly fold: FoldResult;
}

/** Rejects with the message that the work itself rejects with. */
export async function offThread<K extends ModelTask['kind']>(
  task: Extract<ModelTask, { readonly kind: K }>,
  signal?: AbortSignal,
): Promise<Answers[K]> {
  const worker = new Worker(entry('model-thread.js', 'runs/model-thread.ts'), { workerData: task });
  // It is asked to stop rather than ended, since it has processes of its own to end first.
  const stop = () => worker.postMessage('stop');
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    const [answer] = await once(worker, 'message');
    return answer;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
