/** Entry of the thread that looks into a model or folds it; whatever it throws reaches who asked. */
import { parentPort, workerData } from 'node:worker_threads';
import { inspectFile } from '../onnx/inspect/inspect.ts';
import { summarizeFile } from '../onnx/inspect/summarize.ts';
import { foldFile } from './fold-file.ts';
import type { ModelTask } from './model-off-thread.ts';

const port = parentPort;
if (!port) throw new Error('model-thread: expected to run in a worker thread');
const controller = new AbortController();
port.once('message', () => controller.abort());
port.postMessage(await perform(workerData, controller.signal));

function perform(task: ModelTask, signal: AbortSignal) {
  switch (task.kind) {
    case 'inspect':
      return inspectFile(task.path);
    case 'summarize':
      return summarizeFile(task.path, task.tensor, signal);
    case 'fold':
      return foldFile(task.path, task.target, signal);
  }
}
