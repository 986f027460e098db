/** What the engine is meant to reach, and whether a run of the bench shows it. */
import type { Measurement } from './measure.ts';

export interface Verdict {
  readonly target: string;
  /** What was measured, by the target's own measure. */
  readonly value: number | null;
  readonly limit: number;
  readonly atLeast: boolean;
  /** Null when something needed was not measured. */
  readonly reached: boolean | null;
}

type Where = Partial<Pick<Measurement, 'engine' | 'variant' | 'threads'>>;

interface Race {
  readonly work: string;
  readonly text: string;
  /** Whom it is against, given our number of threads. */
  readonly against: (threads: number) => Where;
  /** For one thread and for all of them. */
  readonly limits: readonly [number, number];
}

/** Limits of our time over theirs. */
const overPyTorch: readonly Race[] = [
  {
    ...{ work: 'a', text: 'over PyTorch’s best', limits: [0.9, 0.55] },
    against: () => ({ engine: 'pytorch' }),
  },
  {
    ...{ work: 'b', text: 'over PyTorch channels_last with as many threads', limits: [0.75, 0.85] },
    against: (threads) => ({ engine: 'pytorch', variant: 'channels_last', threads }),
  },
  {
    ...{ work: 'c', text: 'over PyTorch’s best', limits: [0.9, 0.6] },
    against: () => ({ engine: 'pytorch' }),
  },
  {
    ...{ work: 'd', text: 'over PyTorch with 1 thread', limits: [1.5, 0.85] },
    against: () => ({ engine: 'pytorch', threads: 1 }),
  },
];

/** Limits of their time over ours. */
const timesFaster: readonly Race[] = [
  {
    ...{ work: 'a', text: 'times faster than tfjs-wasm', limits: [28, 45] },
    against: () => ({ engine: 'tfjs', variant: 'wasm' }),
  },
  {
    ...{ work: 'b', text: 'times faster than tfjs-cpu', limits: [1200, 2000] },
    against: () => ({ engine: 'tfjs', variant: 'cpu' }),
  },
];

/** By relaxed SIMD and the least of all rounds. */
export function judge(measurements: readonly Measurement[], allThreads: number): Verdict[] {
  const least = (work: string, where: Where) => {
    const times = measurements
      .filter((each) => each.work === work && matches(each, where))
      .flatMap(({ minimum }) => minimum ?? []);
    return times.length > 0 ? Math.min(...times) : null;
  };
  const ours = (work: string, threads: number, variant = 'relaxed') =>
    least(work, { engine: 'ours', variant, threads });
  const counts = allThreads > 1 ? [1, allThreads] : [1];
  const race = (races: readonly Race[], faster: boolean) =>
    races.flatMap(({ work, text, against, limits }) =>
      counts.map((threads, i) => {
        const [mine, theirs] = [ours(work, threads), least(work, against(threads))];
        const value = faster ? ratio(theirs, mine) : ratio(mine, theirs);
        const target = `(${work}) with ${threads} thread${threads > 1 ? 's' : ''}, ${text}`;
        return verdict(target, value, limits[i], faster);
      }),
    );
  const builds = ['a', 'b', 'c', 'd'].map((work) => {
    const value = ratio(ours(work, 1, 'simd'), ours(work, 1));
    return verdict(`(${work}) plain SIMD over relaxed, 1 thread`, value, 1.3, false);
  });
  const watched = ratio(ours('a', 1, 'dashboard'), ours('a', 1, 'quiet'));
  const dashboard = '(a) with a dashboard open over statistics off, 1 thread';
  return [
    ...race(overPyTorch, false),
    ...race(timesFaster, true),
    ...builds,
    verdict(dashboard, watched, 1.03, false),
  ];
}

function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a / b;
}

/** Arithmetic of a whole step at the speed of the best kernel alone. */
export function judgeRates(
  rates: readonly { readonly work: string; readonly whole: number; readonly best: number }[],
): Verdict[] {
  return rates.map(({ work, whole, best }) =>
    verdict(`(${work}) a whole step’s share of the best kernel’s speed`, whole / best, 0.75, true),
  );
}

function verdict(target: string, value: number | null, limit: number, atLeast: boolean): Verdict {
  const reached = value === null ? null : atLeast ? value >= limit : value <= limit;
  return { target, value, limit, atLeast, reached };
}

function matches(measurement: Measurement, where: Where): boolean {
  return Object.entries(where).every(([key, value]) => measurement[key as keyof Where] === value);
}
