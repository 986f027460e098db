/** How the time of a step grows with batch, width, depth and threads, on the network of (a) changed in one of them. */
import { performance } from 'node:perf_hooks';
import { allThreads } from './contestants.ts';
import { prepareEngine } from './engine.ts';
import { perceptron, type Work, works } from './networks.ts';

export interface Growth {
  readonly of: string;
  readonly points: readonly { readonly size: number; readonly milliseconds: number }[];
  /** The step's time grows like the size to this power: slope of the least-squares line through the logarithms. */
  readonly exponent: number;
}

const [paper] = works;
const widths = (width: number, depth: number) => Array<number>(depth).fill(width);

const series: readonly {
  readonly of: string;
  readonly sizes: readonly number[];
  readonly change: (size: number) => { work: Work; threads: number };
}[] = [
  {
    of: 'batch (784-100-100-100-10)',
    sizes: [15, 30, 60, 120, 240, 480],
    change: (batch) => ({ work: { ...paper, batch }, threads: 1 }),
  },
  {
    of: 'width of three hidden layers (batch 60)',
    sizes: [64, 128, 256, 512, 1024],
    change: (width) => ({ work: hidden(width, 3), threads: 1 }),
  },
  {
    of: 'depth (layers of 128, batch 60)',
    sizes: [2, 4, 8, 16, 32],
    change: (depth) => ({ work: hidden(128, depth), threads: 1 }),
  },
  {
    of: 'threads (784-512-512-512-10, batch 60)',
    sizes: Array.from({ length: allThreads }, (_, i) => i + 1),
    change: (threads) => ({ work: hidden(512, 3), threads }),
  },
];

export async function measureGrowth(budget: number): Promise<Growth[]> {
  const all: Growth[] = [];
  for (const { of, sizes, change } of series) {
    const points: { size: number; milliseconds: number }[] = [];
    for (const size of sizes) {
      const { work, threads } = change(size);
      points.push({ size, milliseconds: await leastTime(work, threads, budget) });
    }
    all.push({ of, points, exponent: slope(points) });
  }
  return all;
}

function hidden(width: number, depth: number): Work {
  return { ...paper, network: perceptron(widths(width, depth), 'sigmoid') };
}

async function leastTime(work: Work, threads: number, budget: number): Promise<number> {
  const { trainer } = await prepareEngine(work, { threads, build: 'relaxed' });
  let least = Number.POSITIVE_INFINITY;
  const end = performance.now() + budget;
  do {
    const start = performance.now();
    trainer.step();
    least = Math.min(least, performance.now() - start);
  } while (performance.now() < end);
  trainer.close();
  return least;
}

function slope(points: Growth['points']): number {
  const logs = points.map(({ size, milliseconds }) => [Math.log(size), Math.log(milliseconds)]);
  const mean = (index: number) => logs.reduce((sum, log) => sum + log[index], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const products = logs.reduce((sum, log) => sum + (log[0] - x) * (log[1] - y), 0);
  return products / logs.reduce((sum, log) => sum + (log[0] - x) ** 2, 0);
}
