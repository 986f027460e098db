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

/** Our time over a peer's best, by relaxed SIMD and the least of all rounds. */
export function judge(measurements: readonly Measurement[], allThreads: number): Verdict[] {
  const best = (work: string, where: Where, figure: 'minimum' | 'median' = 'minimum') => {
    const times = measurements
      .filter((each) => each.work === work && matches(each, where))
      .map((each) => each[figure])
      .filter((time) => time !== null);
    return times.length > 0 ? Math.min(...times) : null;
  };
  const ours = (work: string, threads: number, variant = 'relaxed') =>
    best(work, { engine: 'ours', variant, threads });
  const ratio = (a: number | null, b: number | null) => (a === null || b === null ? null : a / b);
  const torch = { engine: 'pytorch' } as const;
  const many = `${allThreads} threads`;
  const atMost = (target: string, value: number | null, limit: number) =>
    verdict(target, value, limit, false);
  const atLeast = (target: string, value: number | null, limit: number) =>
    verdict(target, value, limit, true);
  const onlyOne = allThreads < 2;

  const verdicts = [
    atMost('(a) over PyTorch’s best, 1 thread', ratio(ours('a', 1), best('a', torch)), 0.9),
    atMost(
      `(a) over PyTorch’s best, ${many}`,
      ratio(ours('a', allThreads), best('a', torch)),
      0.55,
    ),
    ...[1, allThreads].map((threads) =>
      atMost(
        `(b) over PyTorch channels_last, ${threads} thread${threads > 1 ? 's' : ''} each`,
        ratio(ours('b', threads), best('b', { ...torch, variant: 'channels_last', threads })),
        threads === 1 ? 0.75 : 0.85,
      ),
    ),
    atMost('(c) over PyTorch’s best, 1 thread', ratio(ours('c', 1), best('c', torch)), 0.9),
    atMost(`(c) over PyTorch’s best, ${many}`, ratio(ours('c', allThreads), best('c', torch)), 0.6),
    ...[1, allThreads].map((threads) =>
      atMost(
        `(d) over PyTorch with 1 thread, ${threads} thread${threads > 1 ? 's' : ''}`,
        ratio(ours('d', threads), best('d', { ...torch, threads: 1 })),
        threads === 1 ? 1.5 : 0.85,
      ),
    ),
    ...[1, allThreads].map((threads) =>
      atLeast(
        `(a) times faster than tfjs-wasm, ${threads} thread${threads > 1 ? 's' : ''}`,
        ratio(best('a', { engine: 'tfjs', variant: 'wasm' }), ours('a', threads)),
        threads === 1 ? 28 : 45,
      ),
    ),
    ...[1, allThreads].map((threads) =>
      atLeast(
        `(b) times faster than tfjs-cpu, ${threads} thread${threads > 1 ? 's' : ''}`,
        ratio(best('b', { engine: 'tfjs', variant: 'cpu' }), ours('b', threads)),
        threads === 1 ? 1200 : 2000,
      ),
    ),
    ...['a', 'b', 'c', 'd'].map((work) =>
      atMost(
        `(${work}) plain SIMD over relaxed, 1 thread`,
        ratio(ours(work, 1, 'simd'), ours(work, 1)),
        1.3,
      ),
    ),
    atMost(
      '(a) with a dashboard over statistics off, 1 thread',
      ratio(ours('a', 1, 'dashboard'), ours('a', 1, 'quiet')),
      1.03,
    ),
  ];
  return onlyOne ? verdicts.filter(({ target }) => !target.includes('1 threads')) : verdicts;
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
