/** Entry of the thread that loads what would keep the sidecar from answering: decoding and large conversions. */
import { parentPort, workerData } from 'node:worker_threads';
import { DataError } from './error.ts';
import { loadImages, summarizeImages } from './images.ts';
import { loadNpz, summarizeNpz } from './npz-source.ts';
import type { ThreadReply, ThreadTask } from './off-thread.ts';

try {
  parentPort!.postMessage({ result: await perform(workerData) } satisfies ThreadReply);
} catch (error) {
  if (!(error instanceof DataError)) throw error;
  parentPort!.postMessage({ fault: error.fault, cause: error.cause } satisfies ThreadReply);
}

async function perform(task: ThreadTask) {
  if (task.kind === 'images') {
    const { source, files } = task;
    return task.want === 'data' ? loadImages(source, files) : summarizeImages(source, files);
  }
  const { source, files } = task;
  return task.want === 'data' ? loadNpz(source, files) : summarizeNpz(source, files);
}
