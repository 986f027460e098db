/**
 * A driver's side of the bench: one process trains one work with one engine. The first line of standard input is the
 * task, each further line
 * a budget in milliseconds; every line is answered by one, as JSON. Peers in other languages
 * do the same. Only training steps are measured: the batch lies ready in the driver's own format.
 */
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import type { Work } from './networks.ts';

export interface Task {
  readonly work: Work;
  readonly threads: number;
  /** What else tells this driver from others of the same engine, such as its backend. */
  readonly variant: string;
}

export type Subject = { readonly versions: Readonly<Record<string, string>> } & (
  | {
      /** One training step; awaited when it returns a promise. */
      step(): unknown;
    }
  | {
      /** Milliseconds a step in each of some whiles, of what trains by itself. */
      block(): Promise<readonly number[]>;
    }
);

/** Blocks much shorter would measure the clock, much longer ones whatever else the machine does. */
const blockMilliseconds = 5;
/** Steps slower than this are not warmed up further: one is enough for anything that compiles. */
const slowMilliseconds = 2000;

export async function serveDriver(build: (task: Task) => Promise<Subject>): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const reply = (message: unknown) => process.stdout.write(`${JSON.stringify(message)}\n`);
  try {
    const { value: task } = await lines.next();
    const subject = await build(JSON.parse(task ?? ''));
    let [estimate] = await timed(subject, 1);
    reply({ versions: subject.versions });
    for await (const line of lines) {
      const { budget } = JSON.parse(line);
      const end = performance.now() + budget;
      if (estimate < slowMilliseconds) {
        [estimate] = await timed(subject, Math.ceil(budget / 4 / estimate));
      }
      const steps = Math.max(1, Math.round(blockMilliseconds / estimate));
      const times: number[] = [];
      while (times.length === 0 || performance.now() < end) {
        times.push(...(await timed(subject, steps)));
      }
      reply({ times });
    }
  } catch (error) {
    reply({ error: (error as Error).message });
  }
  process.exit();
}

/** Milliseconds a step, over as many steps where the subject does not choose itself. */
async function timed(subject: Subject, steps: number): Promise<readonly number[]> {
  if ('block' in subject) return subject.block();
  const start = performance.now();
  for (let i = 0; i < steps; i++) {
    const done = subject.step();
    if (done instanceof Promise) await done;
  }
  return [(performance.now() - start) / steps];
}

/** Pixels between 0 and 1 and classes, the same in every run; what they are does not change the time. */
export function randomBatch({ input, batch }: Work): { pixels: Float32Array; labels: Int32Array } {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const size = input.reduce((product, length) => product * length, 1);
  return {
    pixels: Float32Array.from({ length: batch * size }, next),
    labels: Int32Array.from({ length: batch }, () => Math.floor(10 * next())),
  };
}
