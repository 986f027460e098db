/** Loads images and NPZ arrays in a thread of their own, so that the sidecar answers meanwhile. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { entry } from '../assets.ts';
import type { DataSummary } from '../network/types.ts';
import { DataError, type Fault } from './error.ts';
import type { DataFile, DataFolder } from './files.ts';
import type { ImagesSource } from './images.ts';
import type { NpzSource } from './npz-source.ts';
import type { DataSet } from './types.ts';

export type ThreadWork =
  | { readonly kind: 'images'; readonly source: ImagesSource; readonly files: DataFolder }
  | { readonly kind: 'npz'; readonly source: NpzSource; readonly files: DataFile };

export type ThreadTask = ThreadWork & { readonly want: 'data' | 'summary' };

export type ThreadReply =
  | { readonly result: DataSet | DataSummary }
  | { readonly fault: Fault; readonly cause: unknown };

export function offThread(want: 'data', work: ThreadWork): Promise<DataSet>;
export function offThread(want: 'summary', work: ThreadWork): Promise<DataSummary>;
export async function offThread(want: ThreadTask['want'], work: ThreadWork) {
  const task: ThreadTask = { ...work, want };
  const worker = new Worker(entry('data-thread.js', 'data/data-thread.ts'), { workerData: task });
  try {
    const [reply]: ThreadReply[] = await once(worker, 'message');
    if ('fault' in reply) throw new DataError(reply.fault, reply.cause);
    return reply.result;
  } finally {
    await worker.terminate();
  }
}
