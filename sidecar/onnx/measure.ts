/** What else a runtime tells of a model that it has agreed on: speed, what it folds, and whether folding changed it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from '../protocol/onnx.ts';
import { toleranceFor } from './compare.ts';
import { decodeModel } from './decode.ts';
import { copyExamples, loadModel, type PassTask, runPass } from './passes.ts';
import { type RuntimeProcess, RuntimeRefusal, RuntimeUnavailable } from './runtime-process.ts';

export type Speed = NonNullable<Certificate['speed']>;
export type FoldingProof = NonNullable<Certificate['folding']>;

/** Latency and throughput of the model that is loaded, in one thread; takes about `budget` milliseconds. */
export async function measureSpeed(
  child: RuntimeProcess,
  task: PassTask,
  shape: readonly number[],
  { batchSize, budget }: { readonly batchSize: number; readonly budget: number },
): Promise<Speed> {
  const time = async (examples: number) => {
    const inputs = copyExamples(task, 0, examples);
    const request = { type: 'time', inputs, shape, milliseconds: budget / 2 } as const;
    return (await child.request(request, 'timed')).milliseconds;
  };
  const latency = await time(1);
  return { latency, throughput: (1000 * batchSize) / (await time(batchSize)), batchSize };
}

/**
 * Names of the BatchNormalization nodes that are left when the runtime has optimized the model; null where that cannot
 * be seen: the runtime does not show it, or there is no place for temporary files. A model is as good without it.
 */
export async function leftByRuntime(
  child: RuntimeProcess,
  model: Uint8Array,
): Promise<ReadonlySet<string> | null> {
  try {
    const optimized = await optimizedModel(child, model);
    if (optimized === null) return null;
    const { graph } = decodeModel(optimized, 'the optimized model');
    const left = graph?.node.filter(({ opType }) => opType === 'BatchNormalization') ?? [];
    return new Set(left.map(({ name }) => name));
  } catch (error) {
    if (error instanceof RuntimeUnavailable) throw error;
    return null;
  }
}

async function optimizedModel(
  child: RuntimeProcess,
  model: Uint8Array,
): Promise<Uint8Array | null> {
  // Made and removed here rather than in the child, which may be killed at any time.
  const folder = await mkdtemp(join(tmpdir(), 'batchnorm-'));
  try {
    const path = join(folder, 'optimized.onnx');
    const request = { type: 'optimize', model, path } as const;
    const { written } = await child.request(request, 'optimized');
    return written ? await readFile(path) : null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * How far a folded model is from the unfolded one over all examples, both as they are written: the runtime's own
 * optimizations, which fold too, would hide what folding did.
 */
export async function compareFolding(
  child: RuntimeProcess,
  task: PassTask,
  shape: readonly number[],
  { folded, unfolded }: { readonly folded: Uint8Array; readonly unfolded: Uint8Array },
  batchSize: number,
): Promise<FoldingProof> {
  const compute = async (model: Uint8Array) => {
    await loadModel(child, model, 'disabled');
    const outputs = new Float32Array(task.expected.length);
    const pass = { batchSize, optimization: 'disabled', examples: task.count } as const;
    const width = task.expected.length / task.count;
    await runPass(child, task, shape, pass, (first, logits) => outputs.set(logits, first * width));
    return outputs;
  };
  const before = await compute(unfolded);
  const after = await compute(folded);
  const different = after.findIndex((value, index) => !Number.isFinite(value - before[index]));
  if (different >= 0) {
    throw new RuntimeRefusal(
      `folding: expected finite outputs, found ${after[different]} folded and ${before[different]} unfolded`,
    );
  }
  const maxAbsoluteError = after.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - before[index])),
    0,
  );
  return { maxAbsoluteError, tolerance: toleranceFor(task.loss, before) };
}
