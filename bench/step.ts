/**
 * Time of one training step of the paper's MNIST network (784-100-100-100-10, BN, sigmoid, batch 60, SGD, statistics on)
 * on one thread: the whole step, then each kernel's share. Both builds take turns; every figure is the least of all
 * rounds, since other processes only ever add time. `npm run bench:step [-- rounds]`.
 */
import { performance } from 'node:perf_hooks';
import { loadData } from '../sidecar/data/load.ts';
import { bindCalls, instantiateKernels, type KernelBuild } from '../sidecar/engine/kernels.ts';
import { paperNetwork } from '../test/engine/paper-network.ts';
import { createSession } from '../test/engine/session.ts';

const rounds = Number(process.argv[2] ?? 200);
const stepsPerRound = 10;
const { train, normalization } = await loadData({ kind: 'mnist' }, '');

const builds = await Promise.all(
  (['simd', 'relaxed'] satisfies KernelBuild[]).map(async (build) => {
    const options = { normalization, build };
    const session = await createSession(paperNetwork(true, 1), train, options);
    const kernels = await instantiateKernels(session.memory, build);
    const { gather, forward, backward } = session.plan.training;
    const calls = [gather.bytes, ...forward, ...backward].map((call) => ({
      ...{ name: call.kernel, run: bindCalls(kernels, [call]) },
      best: Number.POSITIVE_INFINITY,
    }));
    return { build, trainer: session.trainer, calls, best: Number.POSITIVE_INFINITY };
  }),
);

for (let round = 0; round < rounds; round++) {
  for (const entry of builds) {
    const whole = milliseconds(() => {
      for (let step = 0; step < stepsPerRound; step++) entry.trainer.step();
    });
    entry.best = Math.min(entry.best, whole / stepsPerRound);
    for (const call of entry.calls) call.best = Math.min(call.best, milliseconds(call.run));
  }
}

for (const { build, best, calls } of builds) {
  const shares = new Map<string, number>();
  for (const { name, best } of calls) shares.set(name, (shares.get(name) ?? 0) + best);
  const kernels = [...shares.values()].reduce((sum, share) => sum + share);
  console.log(`${build}: ${best.toFixed(3)} ms a step, ${kernels.toFixed(3)} of them in kernels`);
  for (const [name, share] of [...shares].sort((a, b) => b[1] - a[1])) {
    console.log(`  ${name.padEnd(20)} ${(1000 * share).toFixed(1).padStart(7)} µs`);
  }
}

function milliseconds(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
