/** The engine as a subject of the bench: from one of its networks to a trainer, and what only the engine is asked. */
import { performance } from 'node:perf_hooks';
import { initialWeights } from '../sidecar/engine/initialize.ts';
import { bindCalls, instantiateKernels, type KernelBuild } from '../sidecar/engine/kernels.ts';
import { createMemory, type Plan, planTraining } from '../sidecar/engine/plan.ts';
import { createTrainer } from '../sidecar/engine/trainer.ts';
import { readNetworkFile } from '../sidecar/network/file.ts';
import { resolveVariant } from '../sidecar/network/resolve.ts';
import type { DataSummary, Examples, Network } from '../sidecar/network/types.ts';
import { randomBatch } from './driver.ts';
import type { Work } from './networks.ts';

export interface EngineOptions {
  readonly threads: number;
  readonly build: KernelBuild;
  /** False leaves out the calls that compute what is only looked at; sums inside other kernels stay. */
  readonly statistics?: boolean;
}

/** Batches there are to choose from, so that gathering them is part of a step. */
const batches = 4;

const normalization = { mean: Float32Array.of(0), deviation: Float32Array.of(255) };

const onlyLookedAt = ['moments', 'parameterNorms', 'countCorrect'];

export async function prepareEngine(
  work: Work,
  { threads, build, statistics = true }: EngineOptions,
) {
  const network = networkOf(work);
  const whole = planTraining(network);
  const plan = statistics ? whole : withoutStatistics(whole);
  const memory = createMemory(plan);
  const trainer = await createTrainer({
    ...{ network, plan, memory, threads, build },
    ...{ train: randomExamples(work), normalization },
    initial: initialWeights(network),
  });
  return { plan, memory, trainer };
}

/** A run of the work as the sidecar would start it; nothing is saved. */
export function engineRun(work: Work) {
  const network = networkOf(work);
  const examples = randomExamples(work);
  const prepared = {
    ...{ variant: 'base', network, plan: planTraining(network), probe: null },
    ...{ initial: initialWeights(network), layers: [] },
  };
  const data = {
    ...{
      summary: summaryOf(work),
      train: examples,
      validation: null,
      test: examples,
      normalization,
    },
    ...{ featureNames: null, hash: '' },
  };
  const request = { uri: 'bench', place: 'bench', text: '', folder: '' };
  const source = { kind: 'mnist' } as const;
  const run = {
    request,
    name: work.name,
    source,
    data,
    variants: [prepared],
    grids: [],
    report: null,
  };
  return { id: 'bench', prepared: run, folder: null, listener: {} };
}

/** The work as a network file says it, JSON being YAML. */
function networkOf(work: Work): Network {
  const { network, batch: batchSize, learningRate } = work;
  const steps = 1_000_000;
  const train = { optimizer: 'sgd', learningRate, batchSize, steps, evaluateEvery: steps, seed: 1 };
  const file = readNetworkFile(JSON.stringify({ data: 'mnist', network, train }));
  const resolved = resolveVariant(file, 'base', summaryOf(work));
  if (resolved.network !== null) return resolved.network;
  const said = [...file.diagnostics, ...resolved.diagnostics].map(({ message }) => message);
  throw new Error(said.join('\n'));
}

/** As many classes as the last layer has units. */
function summaryOf({ network, batch, input }: Work): DataSummary {
  const last = network.at(-1);
  const length = typeof last === 'object' && 'dense' in last ? last.dense : 0;
  const classes = Array.from({ length }, (_, unit) => String(unit));
  const count = batches * batch;
  return { name: 'random pixels', input, classes, trainExamples: count, testExamples: count };
}

function randomExamples(work: Work): Examples {
  const { pixels, labels } = randomBatch({ ...work, batch: batches * work.batch });
  const inputs = new Uint8Array(new SharedArrayBuffer(pixels.length));
  for (const [i, pixel] of pixels.entries()) inputs[i] = 255 * pixel;
  return { count: labels.length, inputs, targets: labels };
}

function withoutStatistics(plan: Plan): Plan {
  const { training } = plan;
  const needed = (calls: Plan['training']['forward']) =>
    calls.filter(({ kernel }) => !onlyLookedAt.includes(kernel));
  const { forward, backward } = training;
  return {
    ...plan,
    training: { ...training, forward: needed(forward), backward: needed(backward) },
  };
}

/** Least milliseconds of every call of a step on one thread, one after the other as in a step. */
export async function profileCalls(work: Work, build: KernelBuild, budget: number) {
  const { plan, memory, trainer } = await prepareEngine(work, { threads: 1, build });
  trainer.step();
  const kernels = await instantiateKernels(memory, build);
  const { gather, forward, backward } = plan.training;
  const calls = [gather.bytes, ...forward, ...backward].map((call) => ({
    ...{ name: call.kernel, run: bindCalls(kernels, [call]), best: Number.POSITIVE_INFINITY },
  }));
  const end = performance.now() + budget;
  do {
    for (const call of calls) call.best = Math.min(call.best, milliseconds(call.run));
  } while (performance.now() < end);
  trainer.close();
  return calls.map(({ name, best }) => ({ name, milliseconds: best }));
}

/** Milliseconds by kernel, the largest first. */
export async function profile(work: Work, build: KernelBuild, budget: number) {
  const shares = new Map<string, number>();
  for (const { name, milliseconds } of await profileCalls(work, build, budget)) {
    shares.set(name, (shares.get(name) ?? 0) + milliseconds);
  }
  return [...shares].sort((a, b) => b[1] - a[1]);
}

function milliseconds(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
