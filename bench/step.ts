/**
 * Time of one training step of a network of the bench: both builds on one and on two threads, then each kernel's share
 * on one. They take turns; every figure is the least of all rounds, since other processes only ever add time.
 * `npm run bench:step [-- work [rounds]]`, where a work is one of networks.ts: `a` is the paper's, `b` convolutional.
 */
import { performance } from 'node:perf_hooks';
import { bindCalls, instantiateKernels, type KernelBuild } from '../sidecar/engine/kernels.ts';
import { prepareEngine } from './engine.ts';
import { works } from './networks.ts';

const [name = 'a', rounds = '200'] = process.argv.slice(2);
const work = works.find((each) => each.name === name);
if (!work) {
  throw new Error(`expected one of ${works.map((each) => each.name).join(', ')}, found ${name}`);
}
const kinds = (['simd', 'relaxed'] satisfies KernelBuild[]).flatMap((build) =>
  [1, 2].map((threads) => ({ build, threads })),
);

const contestants = await Promise.all(
  kinds.map(async ({ build, threads }) => {
    const { plan, memory, trainer } = await prepareEngine(work, { build, threads });
    const kernels = await instantiateKernels(memory, build);
    const { gather, forward, backward } = plan.training;
    const calls = threads === 1 ? [gather.bytes, ...forward, ...backward] : [];
    return {
      ...{ build, threads, trainer, best: Number.POSITIVE_INFINITY },
      calls: calls.map((call) => ({
        ...{ name: call.kernel, run: bindCalls(kernels, [call]) },
        best: Number.POSITIVE_INFINITY,
      })),
    };
  }),
);

console.log(work.title);
for (let round = 0; round < Number(rounds); round++) {
  for (const entry of contestants) {
    entry.best = Math.min(
      entry.best,
      milliseconds(() => entry.trainer.step()),
    );
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
