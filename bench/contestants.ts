/** Who is measured: the engine and its peers, each as a command that starts a driver, and who is missing and why. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Work } from './networks.ts';

export interface Contestant {
  readonly engine: 'ours' | 'pytorch' | 'tfjs' | 'jax-js';
  readonly variant: string;
  readonly threads: number;
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it takes part in a work at all; what it cannot do it says itself. */
  readonly enters?: (work: Work) => boolean;
}

export const allThreads = availableParallelism();

const node = process.execPath;
const file = (...path: string[]) => join(import.meta.dirname, ...path);

export function contestants(wanted: readonly string[]): {
  readonly present: readonly Contestant[];
  readonly absent: readonly string[];
} {
  const python = findTorch();
  const all = [...ours(), ...(python === null ? [] : pytorch(python)), ...javaScript()];
  const present = all.filter(({ engine }) => wanted.includes(engine));
  if (present.some(({ engine }) => engine === 'tfjs' || engine === 'jax-js')) installPeers();
  const absent =
    python === null ? ['pytorch: no Python with torch found; name one in BENCH_PYTHON'] : [];
  return { present, absent };
}

function ours(): Contestant[] {
  const entry = (variant: string, threads: number): Contestant => ({
    ...{ engine: 'ours', variant, threads, environment: {} },
    command: [node, file('engine-driver.ts')],
  });
  const paper = (contestant: Contestant): Contestant => ({
    ...contestant,
    enters: ({ name }) => name === 'a',
  });
  return [
    ...threadCounts().flatMap((threads) => [entry('relaxed', threads), entry('simd', threads)]),
    ...['quiet', 'dashboard'].map((variant) => paper(entry(variant, 1))),
  ];
}

/**
 * PyTorch at its best. One thread: OpenBLAS has to be told too, or it takes every core. All threads: either PyTorch's
 * own with BLAS on one each, or BLAS's alone; both at once are more threads than cores.
 */
function pytorch(python: string): Contestant[] {
  const convolves = ({ network }: Work) =>
    network.some((operation) => typeof operation === 'object' && 'conv2d' in operation);
  const entry = (variant: string, threads: number, blas: number): Contestant => ({
    ...{ engine: 'pytorch', variant, threads, command: [python, file('peers', 'pytorch.py')] },
    environment: {
      OPENBLAS_NUM_THREADS: String(blas),
      MKL_NUM_THREADS: String(blas),
      OMP_NUM_THREADS: String(variant === 'blas' ? blas : threads),
    },
    enters: (work) => variant !== 'channels_last' || convolves(work),
  });
  const formats = ['nchw', 'channels_last'];
  const own = threadCounts().flatMap((threads) => formats.map((each) => entry(each, threads, 1)));
  return allThreads > 1 ? [...own, entry('blas', allThreads, allThreads)] : own;
}

function javaScript(): Contestant[] {
  const entry = (engine: Contestant['engine'], variant: string, driver: string): Contestant => ({
    ...{ engine, variant, threads: 1, environment: {} },
    command: [node, file('peers', driver)],
  });
  return [
    entry('tfjs', 'wasm', 'tfjs.js'),
    entry('tfjs', 'cpu', 'tfjs.js'),
    entry('jax-js', 'wasm', 'jax.js'),
  ];
}

function threadCounts(): number[] {
  return allThreads > 1 ? [1, allThreads] : [1];
}

/** The first Python that imports torch. */
function findTorch(): string | null {
  const candidates = [process.env.BENCH_PYTHON, 'python3', '/usr/bin/python3', 'python'];
  const found = candidates.find(
    (python) => python && spawnSync(python, ['-c', 'import torch']).status === 0,
  );
  return found ?? null;
}

/** The peers have a package of their own, so that nobody who builds the product downloads them. */
function installPeers(): void {
  if (existsSync(file('peers', 'node_modules'))) return;
  console.log('Installing the peers into bench/peers/node_modules (first use only)');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['ci', ...quiet], { cwd: file('peers'), stdio: 'inherit' });
}
