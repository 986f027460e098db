/** Entry of a trainer thread: trains one variant from start to end. Never waits for whoever watches. */
import { performance } from 'node:perf_hooks';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { lowerPriority } from './polite.ts';
import { trainVariant } from './train-variant.ts';
import type { TrainerTask } from './trainer-messages.ts';

const port = parentPort;
if (!port) throw new Error('trainer-thread: expected to run in a worker thread');
lowerPriority();
await trainVariant(
  workerData as TrainerTask,
  {
    send: (message) => port.postMessage(message),
    receive: () => receiveMessageOnPort(port)?.message,
  },
  () => performance.now(),
);
