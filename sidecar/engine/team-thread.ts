/** Entry of a team's helper: runs its share of one list after the other until there are no more. */
import { parentPort, workerData } from 'node:worker_threads';
import { createBarrier } from './barrier.ts';
import { bindShare, type HelperTask, listWord, noMoreLists } from './team.ts';

const task = workerData as HelperTask;
const { words, threads } = task;
const barrier = createBarrier(words, threads);
const lists = await bindShare(task, barrier);
parentPort?.postMessage('ready');
try {
  for (;;) {
    barrier.meet();
    const list = Atomics.load(words, listWord);
    if (list === noMoreLists) break;
    lists[list]();
    barrier.meet();
  }
} catch (error) {
  barrier.fail();
  throw error;
}
