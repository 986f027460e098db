/**
 * Time of one training step of the paper's MNIST network (784-100-100-100-10, BN, sigmoid, batch 60, SGD, statistics on):
 * both builds on one and on two threads, then each kernel's share on one. They take turns; every figure is the least of
 * all rounds, since other processes only ever add time. `npm run bench:step [-- rounds]`.
 */
import { performance } from 'node:perf_hooks';
import { loadData } from '../sidecar/data/load.ts';
import { bindCalls, instantiateKernels, type KernelBuild } from '../sidecar/engine/kernels.ts';
import { paperNetwork } from '../test/engine/paper-network.ts';
import { createSession } from '../test/engine/session.ts';

const rounds = Number(process.argv[2] ?? 200);
const stepsPerRound = 10;
const { train, normalization } = await loadData({ kind: 'mnist' }, '');
const kinds = (['simd', 'relaxed'] satisfies KernelBuild[]).flatMap((build) =>
  [1, 2].map((threads) => ({ build, threads })),
);

const contestants = await Promise.all(
  kinds.map(async ({ build, threads }) => {
    const options = { normalization, build, threads };
    const session = await createSession(paperNetwork(true, 1), train, options);
    const kernels = await instantiateKernels(session.memory, build);
    const { gather, forward, backward } = session.plan.training;
    const calls = threads === 1 ? [gather.bytes, ...forward, ...backward] : [];
    return {
      ...{ build, threads, trainer: session.trainer, best: Number.POSITIVE_INFINITY },
      calls: calls.map((call) => ({
        ...{ name: call.kernel, run: bindCalls(kernels, [call]) },
        best: Number.POSITIVE_INFINITY,
      })),
    };
  }),
);

for (let round = 0; round < rounds; round++) {
  for (const entry of contestants) {
    const whole = milliseconds(() => {
      for (let step = 0; step < stepsPerRound; step++) entry.trainer.step();
    });
    entry.best = Math.min(entry.best, whole / stepsPerRound);
    for (const call of entry.calls) call.best = Math.min(call.best, milliseconds(call.run));
  }
}

for (const { build, threads, best, calls, trainer } of contestants) {
  trainer.close();
  console.log(`${build}, ${threads} thread${threads > 1 ? 's' : ''}: ${best.toFixed(3)} ms a step`);
  const shares = new Map<string, number>();
  for (const { name, best } of calls) shares.set(name, (shares.get(name) ?? 0) + best);
  for (const [name, share] of [...shares].sort((a, b) => b[1] - a[1])) {
    console.log(`  ${name.padEnd(20)} ${(1000 * share).toFixed(1).padStart(7)} µs`);
  }
}

function milliseconds(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
