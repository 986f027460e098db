/**
 * Validates a model: an ONNX runtime in a child process of its own computes the same examples as the engine, at
 * several batch sizes, with its graph optimizations off and on. A runtime that cannot run here gives way to the next.
 */
import { readFile } from 'node:fs/promises';
import type { CertifiedPass, Validation } from '../protocol/onnx.ts';
import { boundFor, Comparison } from './compare.ts';
import { ModelFileError } from './errors.ts';
import {
  compareFolding,
  type FoldingProof,
  leftByRuntime,
  measureSpeed,
  type Speed,
} from './measure.ts';
import { comparePass, exampleShape, loadModel, type PassTask } from './passes.ts';
import { optimizations } from './runtime-messages.ts';
import { RuntimeProcess, RuntimeRefusal, withFirstRuntime } from './runtime-process.ts';

export interface ValidationTask extends PassTask {
  /** The model's bytes, or the path of its file. */
  readonly model: Uint8Array | string;
  /** Of a folded model: the bytes of the same one unfolded, which it must equal. */
  readonly unfolded?: Uint8Array;
  /** The model itself, unless that stores its weights rounded: the folded one that must equal `unfolded`. */
  readonly folded?: Uint8Array;
  /** Each is run over all examples, a batch of one over the first 1,000. */
  readonly batchSizes: readonly number[];
  /** Batch whose throughput is measured; the largest of all unless it is named. */
  readonly trainingBatch?: number;
  readonly signal?: AbortSignal;
}

/** What tests put in place of the product's own. */
export interface ValidationTools {
  /** Absolute path of the child's entry. */
  readonly childEntry?: string;
  /** Packages of runtimes, the preferred first. */
  readonly runtimes?: readonly string[];
  /** Milliseconds a runtime may take for one answer. */
  readonly timeout?: number;
  /** Milliseconds to spend on measuring speed. */
  readonly speedBudget?: number;
}

/** All that was found out about a model. */
export interface Measurement {
  readonly validation: Validation;
  /** Those that ran to their end. */
  readonly passes: readonly CertifiedPass[];
  /** Null where there was no unfolded model to compare with. */
  readonly folding: FoldingProof | null;
  /** Names of the BatchNormalization nodes that the runtime computes; null where it does not tell. */
  readonly computed: ReadonlySet<string> | null;
  readonly speed: Speed | null;
}

/** Examples run one by one, where every call costs most. */
const singleExamples = 1000;

/**
 * Runs the model and compares. Resolves whatever the outcome, with the reason where there is one; rejects only when
 * aborted, with the signal's reason, or when the task itself makes no sense.
 */
export async function validateModel(
  task: ValidationTask,
  tools: ValidationTools = {},
): Promise<Measurement> {
  checkTask(task);
  const { result: measurement, troubles } = await withFirstRuntime(
    (runtime) => validateWith(runtime, task, tools),
    { signal: task.signal, among: tools.runtimes },
  );
  if (measurement === null) {
    return withoutComparison(task, 'not-validated', 'none', troubles.join('; '));
  }
  const { validation } = measurement;
  const reasons = [validation.reason, ...troubles].filter((reason) => reason !== undefined);
  return reasons.length === 0
    ? measurement
    : { ...measurement, validation: { ...validation, reason: reasons.join('; ') } };
}

async function validateWith(
  runtime: string,
  task: ValidationTask,
  tools: ValidationTools,
): Promise<Measurement> {
  const options = { entry: tools.childEntry, runtime, timeout: tools.timeout, signal: task.signal };
  const { child, version } = await RuntimeProcess.start(options);
  const fullName = `${runtime} ${version}`;
  try {
    return await measure(child, fullName, task, tools);
  } catch (error) {
    if (!(error instanceof RuntimeRefusal || error instanceof ModelFileError)) throw error;
    return withoutComparison(task, 'failed', fullName, error.message);
  } finally {
    await child.close();
  }
}

async function measure(
  child: RuntimeProcess,
  runtime: string,
  task: ValidationTask,
  { speedBudget = 300 }: ValidationTools,
): Promise<Measurement> {
  const model = typeof task.model === 'string' ? await readFile(task.model) : task.model;
  const shape = exampleShape(model, task);
  const batchSizes = batchSizesOf(task);
  const all = new Comparison(task);
  const passes: CertifiedPass[] = [];
  for (const optimization of optimizations) {
    await loadModel(child, model, optimization);
    for (const batchSize of batchSizes) {
      const single = batchSize === 1 && batchSizes.length > 1;
      const examples = single ? Math.min(singleExamples, task.count) : task.count;
      const pass = { batchSize, optimization, examples };
      passes.push(await comparePass(child, task, shape, pass, all));
    }
  }
  const batchSize = Math.min(task.trainingBatch ?? Math.max(...batchSizes), task.count);
  // Of what was loaded last, which is the optimized one.
  const speed = await measureSpeed(child, task, shape, { batchSize, budget: speedBudget });
  const folding =
    task.unfolded === undefined
      ? null
      : await compareFolding(
          child,
          task,
          shape,
          { folded: task.folded ?? model, unfolded: task.unfolded },
          batchSize,
        );
  const { fault: disagreement, ...figures } = all.result();
  const fault = disagreement ?? faultOf(folding);
  return {
    validation: {
      outcome: fault === null ? 'validated' : 'failed',
      ...(fault !== null && { reason: fault }),
      runtime,
      examples: task.count,
      ...figures,
      batchSizes,
    },
    passes,
    folding,
    computed: await leftByRuntime(child, model),
    speed,
  };
}

function faultOf(folding: FoldingProof | null): string | null {
  if (folding === null || folding.maxAbsoluteError <= folding.tolerance) return null;
  return `folding: expected the unfolded model's outputs within ${folding.tolerance}, found a difference of ${folding.maxAbsoluteError}`;
}

function withoutComparison(
  task: ValidationTask,
  outcome: 'failed' | 'not-validated',
  runtime: string,
  reason: string,
): Measurement {
  return {
    validation: {
      outcome,
      reason,
      runtime,
      examples: 0,
      maxAbsoluteError: 0,
      maxRelativeError: 0,
      classAgreement: null,
      nearTies: 0,
      engineAccuracy: null,
      runtimeAccuracy: null,
      ...boundFor(task),
      batchSizes: [],
    },
    passes: [],
    folding: null,
    computed: null,
    speed: null,
  };
}

/** No larger than the set, each once. */
function batchSizesOf({ batchSizes, count }: ValidationTask): number[] {
  return [...new Set(batchSizes.map((size) => Math.min(size, count)))];
}

function checkTask({ count, inputs, expected, batchSizes }: ValidationTask): void {
  const whole = (value: number) => Number.isInteger(value) && value > 0;
  if (!whole(count) || !whole(inputs.length / count) || !whole(expected.length / count)) {
    throw new Error(
      `validation: expected inputs and logits for ${count} examples, found ${inputs.length} and ${expected.length} values`,
    );
  }
  if (batchSizes.length === 0 || !batchSizes.every(whole)) {
    const found = batchSizes.length === 0 ? 'none' : batchSizes.join(', ');
    throw new Error(`validation: expected batch sizes of at least 1, found ${found}`);
  }
}
