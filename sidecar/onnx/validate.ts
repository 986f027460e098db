/**
 * Validates a model: an ONNX runtime in a child process of its own computes the same examples as the engine, at
 * several batch sizes, with its graph optimizations off and on. A runtime that cannot run here gives way to the next.
 */
import { readFile } from 'node:fs/promises';
import { entry } from '../assets.ts';
import { sizeOf } from '../network/types.ts';
import type { Validation } from '../protocol/onnx.ts';
import { type Agreement, Comparison, type Reference, toleranceFor } from './compare.ts';
import { ModelFileError } from './errors.ts';
import { type ModelValue, readModel } from './read.ts';
import type { Optimization } from './runtime-messages.ts';
import { RuntimeProcess, RuntimeRefusal, RuntimeUnavailable } from './runtime-process.ts';

export interface ValidationTask extends Reference {
  /** The model's bytes, or the path of its file. */
  readonly model: Uint8Array | string;
  /** Raw examples, `[count, ...input]`, as the model takes them. */
  readonly inputs: Uint8Array | Float32Array;
  /** Each is run over all examples, a batch of one over the first 1,000. */
  readonly batchSizes: readonly number[];
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
}

const optimizations: readonly Optimization[] = ['disabled', 'all'];
/** Examples run one by one, where every call costs most. */
const singleExamples = 1000;
/** Input values sent to the child at once, 256 KiB: more would hold up what else this process answers. */
const valuesPerRequest = 2 ** 16;

/**
 * Runs the model and compares. Resolves whatever the outcome, with the reason where there is one; rejects only when
 * aborted, with the signal's reason, or when the task itself makes no sense.
 */
export async function validateModel(
  task: ValidationTask,
  tools: ValidationTools = {},
): Promise<Validation> {
  checkTask(task);
  const { runtimes = ['onnxruntime-node', 'onnxruntime-web'] } = tools;
  const troubles: string[] = [];
  for (const runtime of runtimes) {
    try {
      const validation = await validateWith(runtime, task, tools);
      const reasons = [validation.reason, ...troubles].filter((reason) => reason !== undefined);
      return reasons.length === 0 ? validation : { ...validation, reason: reasons.join('; ') };
    } catch (error) {
      task.signal?.throwIfAborted();
      if (!(error instanceof RuntimeUnavailable)) throw error;
      troubles.push(error.message);
    }
  }
  return withoutComparison(task, 'not-validated', 'none', troubles.join('; '));
}

async function validateWith(
  runtime: string,
  task: ValidationTask,
  tools: ValidationTools,
): Promise<Validation> {
  const { childEntry = entry('runtime-child.js', 'onnx/runtime-child.ts'), timeout = 120_000 } =
    tools;
  const options = { entry: childEntry, runtime, timeout, signal: task.signal };
  const { child, version } = await RuntimeProcess.start(options);
  const fullName = `${runtime} ${version}`;
  try {
    const model = typeof task.model === 'string' ? await readFile(task.model) : task.model;
    const shape = exampleShape(model, task);
    const comparison = new Comparison(task);
    const batchSizes = batchSizesOf(task);
    for (const optimization of optimizations) {
      await load(child, model, optimization);
      for (const batchSize of batchSizes) {
        const single = batchSize === 1 && batchSizes.length > 1;
        const examples = single ? Math.min(singleExamples, task.count) : task.count;
        const pass = `batch ${batchSize}, optimizations ${optimization}`;
        await run(child, task, comparison, { batchSize, examples, shape, pass });
      }
    }
    return conclude(task, fullName, comparison.result());
  } catch (error) {
    if (!(error instanceof RuntimeRefusal || error instanceof ModelFileError)) throw error;
    return withoutComparison(task, 'failed', fullName, error.message);
  } finally {
    await child.close();
  }
}

async function load(
  child: RuntimeProcess,
  model: Uint8Array,
  optimization: Optimization,
): Promise<void> {
  const { inputs, outputs } = await child.request({ type: 'load', model, optimization }, 'loaded');
  if (inputs.length !== 1 || outputs.length !== 1) {
    throw new RuntimeRefusal(
      `the graph: expected one input and one output, found inputs ${list(inputs)}, outputs ${list(outputs)}`,
    );
  }
}

interface Pass {
  readonly batchSize: number;
  /** So many, from the first on. */
  readonly examples: number;
  readonly shape: readonly number[];
  readonly pass: string;
}

async function run(
  child: RuntimeProcess,
  task: ValidationTask,
  comparison: Comparison,
  { batchSize, examples, shape, pass }: Pass,
): Promise<void> {
  const features = task.inputs.length / task.count;
  const outputs = task.expected.length / task.count;
  const block = batchSize * Math.max(1, Math.floor(valuesPerRequest / (batchSize * features)));
  for (let first = 0; first < examples; first += block) {
    const last = Math.min(first + block, examples);
    // A copy as float32, since what lies in shared memory cannot be sent to another process.
    const inputs = new Float32Array(task.inputs.subarray(first * features, last * features));
    try {
      const request = { type: 'run', inputs, shape, batchSize, outputs } as const;
      const { logits } = await child.request(request, 'ran');
      comparison.add(first, logits, pass);
    } catch (error) {
      if (!(error instanceof RuntimeRefusal)) throw error;
      throw new RuntimeRefusal(`${pass}: ${error.message}`, { cause: error });
    }
  }
}

/** The shape the model gives one example, which must hold as many values as ours. */
function exampleShape(model: Uint8Array, task: ValidationTask): number[] {
  const { inputs } = readModel(model, 'model');
  const features = task.inputs.length / task.count;
  if (inputs.length !== 1) {
    const names = list(inputs.map(({ name }) => name));
    throw new ModelFileError(`the graph: expected one input, found ${names}`);
  }
  const shape = inputs[0].shape?.slice(1) ?? [];
  const numbers = shape.filter((size) => typeof size === 'number');
  const product = sizeOf(numbers);
  if (numbers.length !== shape.length || product !== features) {
    throw new ModelFileError(
      `input ${inputs[0].name}: expected ${features} values an example, found shape ${showShape(inputs[0])}`,
    );
  }
  return numbers;
}

function conclude(task: ValidationTask, runtime: string, agreement: Agreement): Validation {
  const { fault, ...figures } = agreement;
  return {
    outcome: fault === null ? 'validated' : 'failed',
    ...(fault !== null && { reason: fault }),
    runtime,
    examples: task.count,
    ...figures,
    batchSizes: batchSizesOf(task),
  };
}

function withoutComparison(
  task: ValidationTask,
  outcome: 'failed' | 'not-validated',
  runtime: string,
  reason: string,
): Validation {
  return {
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
    tolerance: toleranceFor(task.loss, task.expected),
    batchSizes: [],
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
    throw new Error(`validation: expected batch sizes of at least 1, found ${list(batchSizes)}`);
  }
}

function showShape({ shape }: ModelValue): string {
  return shape === null ? 'unknown' : `[${shape.map((size) => size ?? '?').join(', ')}]`;
}

function list(items: readonly unknown[]): string {
  return items.length === 0 ? 'none' : items.join(', ');
}
