/** Counts rounds together with other threads, and how often somebody was in another round than itself. */
import { parentPort, workerData } from 'node:worker_threads';
import { barrierWords, createBarrier } from '../../sidecar/engine/barrier.ts';

const { words, threads, rounds, thread } = workerData as {
  words: Int32Array;
  threads: number;
  rounds: number;
  thread: number;
};
const { meet } = createBarrier(words, threads);
const sleep = new Int32Array(new SharedArrayBuffer(4));
let wrong = 0;
for (let round = 1; round <= rounds; round++) {
  // Now and then one is so late that the others sleep.
  if (round % 500 === thread) Atomics.wait(sleep, 0, 0, 5);
  Atomics.add(words, barrierWords, 1);
  meet();
  if (Atomics.load(words, barrierWords) !== round * threads) wrong += 1;
  meet();
}
parentPort?.postMessage(wrong);
