/** The speed of our own best kernel alone: multiplications and additions a second where everything lies in cache. */
import type { KernelBuild } from '../sidecar/engine/kernels.ts';
import { profileCalls } from './engine.ts';
import { type Operation, operationsPerStep, type Work } from './networks.ts';

/** One layer each, which has a forward call and a gradient of its weights, of as many operations. */
const sizes: readonly (readonly [inputs: number, units: number, batch: number])[] = [
  [64, 64, 60],
  [128, 64, 64],
  [128, 128, 60],
  [256, 128, 64],
];

export interface KernelRate {
  readonly kernel: string;
  /** Billions of operations a second. */
  readonly rate: number;
}

/** The fastest of all, on one thread. */
export async function bestKernelRate(build: KernelBuild, budget: number): Promise<KernelRate> {
  const rates: KernelRate[] = [];
  for (const [inputs, units, batch] of sizes) {
    const network: Operation[] = [{ dense: units }];
    const work: Work = {
      ...{ name: 'kernel', title: '', batch, network, learningRate: 0.01 },
      input: [inputs, 1, 1],
    };
    const perCall = operationsPerStep(work) / 2;
    for (const { name, milliseconds } of await profileCalls(work, build, budget / sizes.length)) {
      if (!['denseForward', 'denseWeightGradient'].includes(name)) continue;
      rates.push({ kernel: `${name} ${inputs}-${units}`, rate: perCall / milliseconds / 1e6 });
    }
  }
  return rates.reduce((best, each) => (each.rate > best.rate ? each : best));
}
