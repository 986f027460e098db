/** Runs a model in a runtime's process over the examples of a validation, in batches, and compares pass by pass. */
import { sizeOf } from '../network/types.ts';
import type { CertifiedPass } from '../protocol/onnx.ts';
import { Comparison, type Reference } from './compare.ts';
import { ModelFileError } from './errors.ts';
import { type ModelValue, readModel } from './read.ts';
import type { Optimization } from './runtime-messages.ts';
import { type RuntimeProcess, RuntimeRefusal } from './runtime-process.ts';

/** What is computed, and what it is compared with. */
export interface PassTask extends Reference {
  /** Raw examples, `[count, ...input]`, as the model takes them. */
  readonly inputs: Uint8Array | Float32Array;
}

/** One way to run all examples, or the first of them. */
export type Pass = Pick<CertifiedPass, 'batchSize' | 'optimization' | 'examples'>;

/** Input values sent to the child at once, 256 KiB: more would hold up what else this process answers. */
const valuesPerRequest = 2 ** 16;

export async function loadModel(
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

/** Compares the model that is loaded with the engine; what it computed also goes to the comparison of all passes. */
export async function comparePass(
  child: RuntimeProcess,
  task: PassTask,
  shape: readonly number[],
  pass: Pass,
  all: Comparison,
): Promise<CertifiedPass> {
  const own = new Comparison(firstExamples(task, pass.examples));
  const name = describePass(pass);
  await runPass(child, task, shape, pass, (first, logits) => {
    all.add(first, logits, name);
    own.add(first, logits, name);
  });
  const { maxAbsoluteError, maxRelativeError, classAgreement, runtimeAccuracy } = own.result();
  return { ...pass, maxAbsoluteError, maxRelativeError, classAgreement, runtimeAccuracy };
}

/** Whole batches, and at least one. */
export function examplesPerRequest(batchSize: number, shape: readonly number[]): number {
  return batchSize * Math.max(1, Math.floor(valuesPerRequest / (batchSize * sizeOf(shape))));
}

/** Runs the model that is loaded; `take` gets the outputs in order, `[rows, outputs]` from the example `first` on. */
export async function runPass(
  child: RuntimeProcess,
  task: PassTask,
  shape: readonly number[],
  pass: Pass,
  take: (first: number, logits: Float32Array) => void,
): Promise<void> {
  const { batchSize, examples } = pass;
  const outputs = task.expected.length / task.count;
  const block = examplesPerRequest(batchSize, shape);
  for (let first = 0; first < examples; first += block) {
    const inputs = copyExamples(task, first, Math.min(first + block, examples));
    try {
      const request = { type: 'run', inputs, shape, batchSize, outputs } as const;
      take(first, (await child.request(request, 'ran')).logits);
    } catch (error) {
      if (!(error instanceof RuntimeRefusal)) throw error;
      throw new RuntimeRefusal(`${describePass(pass)}: ${error.message}`, { cause: error });
    }
  }
}

/** As float32, and a copy, since what lies in shared memory cannot be sent to another process. */
export function copyExamples(
  { inputs, count }: PassTask,
  first: number,
  last: number,
): Float32Array<ArrayBuffer> {
  const features = inputs.length / count;
  return new Float32Array(inputs.subarray(first * features, last * features));
}

/** The shape the model gives one example, which must hold as many values as ours. */
export function exampleShape(model: Uint8Array, task: PassTask): number[] {
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

function firstExamples(reference: Reference, examples: number): Reference {
  const { count, expected, trained, targets } = reference;
  const first = (length: number) => (examples * length) / count;
  return {
    ...reference,
    count: examples,
    expected: expected.subarray(0, first(expected.length)),
    trained: trained?.subarray(0, first(trained.length)),
    targets: targets.subarray(0, first(targets.length)),
  };
}

/** For messages. */
export function describePass({ batchSize, optimization }: Pass): string {
  return `batch ${batchSize}, optimizations ${optimization}`;
}

function showShape({ shape }: ModelValue): string {
  return shape === null ? 'unknown' : `[${shape.map((size) => size ?? '?').join(', ')}]`;
}

function list(items: readonly unknown[]): string {
  return items.length === 0 ? 'none' : items.join(', ');
}
