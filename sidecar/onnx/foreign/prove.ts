/**
 * Finds out whether two models compute the same: an ONNX runtime runs both on random inputs of the right shape, with its
 * graph optimizations off and on. Besides the outputs it compares tensors within that both have, since an output can
 * hide a difference, as a softmax that is sure of one class does.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  TensorProto_DataType as DataType,
  type ModelProto,
  ModelProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type { EqualityProof } from '../../protocol/inspect.ts';
import { fromHalf } from '../half.ts';
import { optimizations, type RuntimeTensor, type TensorData } from '../runtime-messages.ts';
import { RuntimeProcess, RuntimeRefusal, withFirstRuntime } from '../runtime-process.ts';
import { type OpenSizes, randomInputs } from './random-input.ts';

export interface Claim {
  readonly before: ModelProto;
  readonly after: ModelProto;
  /** Tensors within that are compared too, where both have them. */
  readonly tensors: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Of the largest magnitude of a tensor: numbers rounded otherwise, over many layers. A float16 is rounded to 1/2,048 of
 * itself, again after every layer.
 */
const tolerances = { float32: 1e-4, float16: 0.02 };
/**
 * Tensors of smaller numbers are measured by this one: a sigmoid or softmax is exact to some 1e-7 whatever it gives,
 * which is much of a probability that is nearly 0.
 */
const smallestScale = 0.01;
/** One input after the other with a seed of its own. */
const seeds = [1, 2, 3];
/** The first sizes that the model takes are used. */
const trials: readonly OpenSizes[] = [
  { batch: 2, others: 64 },
  { batch: 1, others: 64 },
  { batch: 1, others: 224 },
  { batch: 1, others: 1 },
];
/** Milliseconds a runtime may take for one answer. */
const timeout = 300_000;

function toleranceFor({ graph }: ModelProto): number {
  const isHalf = graph?.initializer.some(({ dataType }) => dataType === DataType.FLOAT16);
  return isHalf ? tolerances.float16 : tolerances.float32;
}

type Results = Readonly<Record<string, RuntimeTensor>>;
type Feeds = Readonly<Record<string, RuntimeTensor>>;

/** Resolves whatever the outcome; rejects only when aborted, with the signal's reason. */
export async function proveEqual(claim: Claim): Promise<EqualityProof> {
  const { result, troubles } = await withFirstRuntime(
    (runtime) => proveWith(runtime, claim),
    claim,
  );
  return result ?? notProved('none', troubles.join('; '), claim);
}

async function proveWith(runtime: string, claim: Claim): Promise<EqualityProof> {
  const options = { runtime, timeout, signal: claim.signal };
  const before = await RuntimeProcess.start(options);
  const name = `${runtime} ${before.version}`;
  // A process each, so that neither has to be loaded again for every input.
  const after = await RuntimeProcess.start(options).catch(async (error) => {
    await before.child.close();
    throw error;
  });
  try {
    return await compareIn({ before: before.child, after: after.child }, name, claim);
  } catch (error) {
    if (!(error instanceof RuntimeRefusal)) throw error;
    return notProved(name, error.message, claim);
  } finally {
    await Promise.all([before.child.close(), after.child.close()]);
  }
}

async function compareIn(
  children: { readonly before: RuntimeProcess; readonly after: RuntimeProcess },
  runtime: string,
  claim: Claim,
): Promise<EqualityProof> {
  const { before, after, tensors } = claim;
  const tolerance = toleranceFor(before);
  const computed = new Set(after.graph?.node.flatMap(({ output }) => output));
  const shared = tensors.filter((name) => computed.has(name));
  const models = { before: withOutputs(before, shared), after: withOutputs(after, shared) };
  const measured = { maxAbsoluteError: 0, maxRelativeError: 0 };
  let reason: string | undefined;
  let inputs: EqualityProof['inputs'] = [];
  let runs = 0;
  let isCompared = false;
  for (const optimization of optimizations) {
    await children.before.request({ type: 'load', model: models.before, optimization }, 'loaded');
    await children.after.request({ type: 'load', model: models.after, optimization }, 'loaded');
    const sizes = await firstThatRuns(children.before, before);
    if (typeof sizes === 'string') return notProved(runtime, sizes, claim);
    for (const seed of seeds) {
      const feeds = randomInputs(before, sizes, seed) as Feeds;
      inputs = Object.entries(feeds).map(([name, { dims }]) => ({ name, shape: dims }));
      const expected = await compute(children.before, feeds);
      const actual = await compute(children.after, feeds);
      for (const difference of compareResults(expected, actual)) {
        const { name, absolute, relative, problem, finite } = difference;
        isCompared ||= finite > 0;
        measured.maxAbsoluteError = Math.max(measured.maxAbsoluteError, absolute);
        measured.maxRelativeError = Math.max(measured.maxRelativeError, relative);
        const far = relative > tolerance ? `differs by ${relative.toExponential(2)}` : null;
        const what = problem ?? far;
        if (what !== null) reason ??= `${name}, optimizations ${optimization}: ${what}`;
      }
      runs += 1;
    }
  }
  if (!isCompared)
    return notProved(runtime, 'the model gives no finite number for random inputs', claim);
  const outcome = reason === undefined ? 'equal' : 'different';
  const told = reason === undefined ? {} : { reason };
  return { outcome, ...told, runtime, inputs, runs, ...measured, tolerance };
}

/** The model with further outputs; a runtime finds out their types itself. */
function withOutputs(model: ModelProto, tensors: readonly string[]): Uint8Array {
  const { graph } = model;
  if (graph === undefined) return toBinary(ModelProtoSchema, model);
  const known = new Set(graph.output.map(({ name }) => name));
  const further = tensors
    .filter((name) => !known.has(name))
    .map((name) => create(ValueInfoProtoSchema, { name }));
  const output = [...graph.output, ...further];
  return toBinary(ModelProtoSchema, { ...model, graph: { ...graph, output } });
}

async function firstThatRuns(
  child: RuntimeProcess,
  model: ModelProto,
): Promise<OpenSizes | string> {
  let refusal = '';
  for (const sizes of trials) {
    const feeds = randomInputs(model, sizes, seeds[0]);
    if (typeof feeds === 'string') return feeds;
    try {
      await compute(child, feeds);
      return sizes;
    } catch (error) {
      if (!(error instanceof RuntimeRefusal)) throw error;
      refusal ||= error.message;
    }
  }
  return refusal;
}

async function compute(child: RuntimeProcess, feeds: Feeds): Promise<Results> {
  const { results } = await child.request({ type: 'compute', feeds }, 'computed');
  return results;
}

interface Difference {
  readonly name: string;
  readonly absolute: number;
  readonly relative: number;
  /** So many finite numbers were compared. */
  readonly finite: number;
  /** What no number says. */
  readonly problem: string | null;
}

function compareResults(expected: Results, actual: Results): Difference[] {
  return Object.entries(expected).map(([name, tensor]) =>
    compareTensors(name, tensor, actual[name]),
  );
}

/** Numbers that are none must be the same in both; of the others, how far they are apart. */
function compareTensors(
  name: string,
  expected: RuntimeTensor,
  actual: RuntimeTensor | undefined,
): Difference {
  const none = { name, absolute: 0, relative: 0, finite: 0 };
  if (actual === undefined || String(actual.dims) !== String(expected.dims)) {
    const found = actual === undefined ? 'nothing' : `[${actual.dims}]`;
    return { ...none, problem: `expected the shape [${expected.dims}], found ${found}` };
  }
  let absolute = 0;
  let scale = 0;
  let finite = 0;
  const [all, those] = [numbersOf(expected), numbersOf(actual)];
  for (let index = 0; index < all.length; index += 1) {
    const wanted = Number(all[index]);
    const found = Number(those[index]);
    if (Number.isFinite(wanted) && Number.isFinite(found)) {
      scale = Math.max(scale, Math.abs(wanted));
      absolute = Math.max(absolute, Math.abs(wanted - found));
      finite += 1;
    } else if (!Object.is(wanted, found)) {
      return { ...none, problem: `value ${index}: expected ${wanted}, found ${found}` };
    }
  }
  const relative = absolute / Math.max(scale, smallestScale);
  return { name, absolute, relative, finite, problem: null };
}

function numbersOf({ type, data }: RuntimeTensor): TensorData {
  return type === 'float16' ? fromHalf(data as Uint16Array) : data;
}

function notProved(runtime: string, reason: string, { before }: Claim): EqualityProof {
  const nothing = { inputs: [], runs: 0, maxAbsoluteError: 0, maxRelativeError: 0 };
  return { outcome: 'not-proved', reason, runtime, ...nothing, tolerance: toleranceFor(before) };
}
