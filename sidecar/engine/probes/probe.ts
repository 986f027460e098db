/**
 * Looks at a network while it trains: takes a copy of its weights, and brings one fixed batch of training examples
 * through it. One thread; the memory of training is only read.
 */
import type { Examples, Normalization } from '../../network/types.ts';
import { seededRandom } from '../../random.ts';
import { placeBytes, unpackRows } from '../blocked.ts';
import { bindInference, inferenceLists } from '../inference.ts';
import { bindCalls, instantiateKernels, type KernelBuild, preferredBuild } from '../kernels.ts';
import { score } from '../loss.ts';
import { writeScalars } from '../optimizer.ts';
import { writeNormalization } from '../parameters.ts';
import { createMemory, type InferencePlan, type Plan } from '../plan.ts';
import { createStager } from '../sampler.ts';
import { createLooks, type Looks } from './looks.ts';
import type { ProbePlan } from './plan.ts';
import { draw } from './sample.ts';

/** The training that is looked at. */
export interface Probed {
  /** Of training, not the probe's. */
  readonly plan: Pick<InferencePlan, 'parameters'>;
  readonly memory: WebAssembly.Memory;
  readonly train: Examples;
  readonly normalization: Normalization;
  readonly build?: KernelBuild;
}

interface Score {
  readonly loss: number;
  readonly accuracy: number | null;
}

export interface Measures extends Looks {
  /** Of the batch, without label smoothing: with its own statistics and with the running ones. */
  readonly batch: Score;
  readonly running: Score;
}

/** Measures the weights as they are now; `learningRate` is that of the step that shifts gradients. */
export type Prober = (learningRate: number) => Measures;

export async function createProber(
  { network, plan }: ProbePlan,
  { plan: { parameters }, memory: source, train, normalization, build = preferredBuild() }: Probed,
): Promise<Prober> {
  const memory = createMemory(plan);
  const floats = new Float32Array(memory.buffer);
  const { training } = plan;
  const batch = batchOf(train, training.rows, network.train.seed);
  writeNormalization(memory, plan, normalization);
  createStager(batch, training, memory)(Uint32Array.from({ length: training.rows }, (_, i) => i));

  const kernels = await instantiateKernels(memory, build);
  const bind = bindCalls.bind(null, kernels);
  const { gather } = training;
  const bring = batch.inputs instanceof Uint8Array ? gather.bytes : gather.floats;
  const forward = bind([bring, ...training.forward]);
  const backward = bind(training.backward);
  const [inferBytes, inferFloats] = inferenceLists(plan.inference).map((calls) => bind(calls));
  const infer = bindInference(plan, memory, inferBytes, inferFloats);

  const scalars = new Float32Array(memory.buffer, training.scalars);
  const loss = new Float64Array(memory.buffer, training.loss, 1);
  const look = createLooks({ network, plan }, memory, (learningRate) => {
    writeScalars(scalars, network.train.optimizer, learningRate, 0);
    forward();
    const finite = Number.isFinite(loss[0]);
    if (finite) backward();
    return finite;
  });
  const { units } = training.output;
  const outputs = new Float32Array(training.rows * units);
  const scoreOf = (values: Float32Array) => score(network.loss, values, units, batch);
  const copy = createCopy(parameters, source, plan, memory);

  return (learningRate) => {
    copy();
    const running = scoreOf(infer(batch));
    forward();
    unpackRows(floats, training.output, training.rows, outputs, 0);
    return { batch: scoreOf(outputs), running, ...look(learningRate) };
  };
}

/** So many examples, drawn by the seed: the same whatever is trained on them. */
function batchOf({ count, inputs, targets }: Examples, rows: number, seed: number): Examples {
  const chosen = draw(count, rows, seededRandom(seed, 'probe examples'));
  return {
    count: rows,
    inputs: rowsOf(inputs, count, chosen),
    targets: rowsOf(targets, count, chosen),
  };
}

function rowsOf<T extends Uint8Array | Float32Array | Int32Array>(
  values: T,
  count: number,
  chosen: readonly number[],
): T {
  const size = values.length / count;
  const taken = new (values.constructor as new (length: number) => T)(chosen.length * size);
  for (const [row, example] of chosen.entries()) {
    taken.set(values.subarray(example * size, (example + 1) * size), row * size);
  }
  return taken;
}

/** A function that copies the training's parameters, which lie elsewhere in the same layouts. */
function createCopy(
  parameters: InferencePlan['parameters'],
  source: WebAssembly.Memory,
  plan: Plan,
  memory: WebAssembly.Memory,
): () => void {
  const pairs = parameters.map(({ name, place }, i) => {
    const target = plan.parameters[i];
    const bytes = placeBytes(place);
    if (target.name !== name || placeBytes(target.place) !== bytes) {
      throw new Error(`${name}: expected ${bytes} bytes in the probe, found ${target.name}`);
    }
    return {
      from: new Uint8Array(source.buffer, place.offset, bytes),
      to: new Uint8Array(memory.buffer, target.place.offset, bytes),
    };
  });
  return () => {
    for (const { from, to } of pairs) to.set(from);
  };
}
