/**
 * Threads that run lists of calls together: each makes every call on its own share of the work, and they meet where a
 * call has a barrier. The thread that creates the team is one of them; the others are helpers that sleep in between.
 */
import { Worker } from 'node:worker_threads';
import { entry } from '../assets.ts';
import { type Barrier, barrierWords, createBarrier } from './barrier.ts';
import type { Call } from './calls.ts';
import { bindCalls, instantiateKernels, type KernelBuild } from './kernels.ts';

export interface TeamOptions {
  readonly memory: WebAssembly.Memory;
  readonly build: KernelBuild;
  readonly lists: readonly (readonly Call[])[];
  readonly threads: number;
}

export interface Team {
  /** One function a list, which returns when all threads have come to its end. */
  readonly lists: readonly (() => void)[];
  /** The same lists made by the calling thread alone. */
  readonly alone: readonly (() => void)[];
  /** Ends the helpers. Lists must not be run after that. */
  close(): void;
}

/** What a helper is given. */
export interface HelperTask extends TeamOptions {
  readonly words: Int32Array;
  readonly thread: number;
}

/** Index of the number of the list to run, behind the barrier's. */
export const listWord = barrierWords;

/** In place of a list's number: there will be no more. */
export const noMoreLists = -1;

export async function createTeam(options: TeamOptions): Promise<Team> {
  const { threads } = options;
  const words = new Int32Array(new SharedArrayBuffer(4 * (barrierWords + 16)));
  const barrier = createBarrier(words, threads);
  const alone = await bindShare({ ...options, threads: 1, words, thread: 0 }, barrier);
  if (threads === 1) return { lists: alone, alone, close: () => {} };
  const bound = await bindShare({ ...options, words, thread: 0 }, barrier);

  await Promise.all(
    Array.from({ length: threads - 1 }, (_, i) =>
      startHelper({ ...options, words, thread: i + 1 }),
    ),
  );
  const begin = (list: number): void => {
    Atomics.store(words, listWord, list);
    barrier.meet();
  };
  return {
    lists: bound.map((run, list) => () => {
      begin(list);
      run();
      barrier.meet();
    }),
    alone,
    close: () => begin(noMoreLists),
  };
}

/** Each list as a function that makes a thread's share of its calls. */
export async function bindShare(
  { memory, build, lists, threads, thread }: HelperTask,
  { meet }: Barrier,
): Promise<readonly (() => void)[]> {
  const kernels = await instantiateKernels(memory, build);
  return lists.map((calls) => bindCalls(kernels, calls, { thread, threads, meet }));
}

/** Resolves when the helper waits for its first list. It does not keep the process alive. */
function startHelper(task: HelperTask): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(entry('team.js', 'engine/team-thread.ts'), { workerData: task });
    worker.once('error', reject);
    worker.once('message', () => {
      worker.unref();
      resolve();
    });
  });
}
