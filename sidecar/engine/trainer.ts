/** Trains one network: one step at a time, on the thread that calls and those that help it. */
import type { Examples, Network, Normalization, Weights } from '../network/types.ts';
import { createBands } from './bands.ts';
import { index, type Place } from './blocked.ts';
import { bindInference, checkInputs, inferenceLists } from './inference.ts';
import { type KernelBuild, preferredBuild } from './kernels.ts';
import { score } from './loss.ts';
import { writeScalars } from './optimizer.ts';
import { createPace } from './pace.ts';
import { readWeights, writeNormalization, writeWeights } from './parameters.ts';
import type { Plan } from './plan.ts';
import { type Settled, writePopulationStatistics } from './population.ts';
import { createSampler } from './sampler.ts';
import { learningRateAt } from './schedule.ts';
import { createPublisher } from './statistics.ts';
import { createTeam } from './team.ts';

export interface TrainerOptions {
  readonly network: Network;
  /** Of `planTraining(network)`. */
  readonly plan: Plan;
  /** Of `createMemory(plan)`. */
  readonly memory: WebAssembly.Memory;
  readonly train: Examples;
  readonly normalization: Normalization;
  readonly initial: Weights;
  readonly build?: KernelBuild;
  /** Threads that share every step and evaluation, the caller's included; 1 when absent. `usefulThreads` says how many. */
  readonly threads?: number;
  /** Milliseconds. With it steps are made by one thread where that is faster. */
  readonly clock?: () => number;
}

export interface Trainer {
  /**
   * One training step on the next batch; publishes its statistics. When the loss is not finite nothing is learned from
   * it: parameters, optimizer state and running statistics stay those of the step before.
   */
  step(): void;
  /** Steps made, the one without a finite loss included. */
  readonly stepsDone: number;
  /** Of the last batch, before its update; NaN before the first. */
  readonly loss: number;
  /** Of the last batch; NaN for regression. */
  readonly accuracy: number;
  /** Of the last step. */
  readonly learningRate: number;
  /** What the schedule starts from; a new one applies from the next step on. */
  baseLearningRate: number;
  /**
   * Percentiles of the last step's statistics over units, three a field of the plan's in their order: 15th, 50th and 85th,
   * NaN where a value is NaN. The next call overwrites them.
   */
  bands(): Float32Array;
  /** Loss and accuracy (null for regression) with running statistics. */
  evaluate(examples: Examples): { loss: number; accuracy: number | null };
  /** Outputs of the last layer with running statistics, `[count, outputs]`, row-major. */
  infer(examples: Examples): Float32Array;
  /**
   * Gives batch normalizations with `statistics: exact`, or all that train, those of the whole training set, with the
   * weights as they are now: what a run ends with. One sweep in batches as the first epoch had them, dropout and augmentation included, gives all
   * layers theirs; its last batch is filled from the second epoch. Loss and accuracy stay those of the last step.
   */
  settleStatistics(which?: Settled): void;
  /** Copies, in PyTorch's layouts and under PyTorch's names. */
  weights(): Weights;
  /** Puts weights in place of the present ones; the optimizer's state stays. */
  load(weights: Weights): void;
  /** First tensor of the last step with a NaN or infinity, in the order of computation; null when all is finite. */
  firstNonFinite(): { layer: string; tensor: string } | null;
  /** Ends the threads that helped; nothing can be computed after that. */
  close(): void;
}

export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { network, plan, memory, train, normalization, initial } = options;
  const { training } = plan;
  checkExamples(network, plan, train);
  writeWeights(memory, plan, initial);
  writeNormalization(memory, plan, normalization);

  const gather =
    train.inputs instanceof Uint8Array ? training.gather.bytes : training.gather.floats;
  const { build = preferredBuild(), threads = 1, clock } = options;
  const inference = inferenceLists(plan.inference);
  const lists = [[gather, ...training.forward], training.backward, ...inference, [plan.bands.call]];
  const team = await createTeam({ memory, build, lists, threads });
  const pace = createPace();
  const [forward, backward, inferBytes, inferFloats] = lists.map(
    (_, i) => () => (pace.together ? team.lists[i]() : team.alone[i]()),
  );
  const infer = bindInference(plan, memory, inferBytes, inferFloats);
  const timed = threads > 1 ? clock : undefined;
  const stage = createSampler(network, train, training, memory);
  const publish = createPublisher(memory, plan.statistics);
  const bands = createBands(memory, plan.bands, team.alone[lists.length - 1]);

  const stepNumber = new Int32Array(memory.buffer, training.step, 1);
  const scalars = new Float32Array(memory.buffer, training.scalars);
  const lossValue = new Float64Array(memory.buffer, training.loss, 1);
  const correct = new Int32Array(memory.buffer, training.correct, 1);
  const classified = train.targets instanceof Int32Array;
  let stepsDone = 0;
  let rates = network.train;
  let learningRate = learningRateAt(rates, 0);
  lossValue[0] = Number.NaN;

  return {
    step() {
      learningRate = learningRateAt(rates, stepsDone);
      stage(stepsDone);
      stepNumber[0] = stepsDone;
      writeScalars(scalars, network.train.optimizer, learningRate, stepsDone);
      const began = timed?.() ?? 0;
      forward();
      if (Number.isFinite(lossValue[0])) backward();
      if (timed) pace.took(timed() - began);
      stepsDone += 1;
      publish(stepsDone);
    },
    get stepsDone() {
      return stepsDone;
    },
    get loss() {
      return lossValue[0];
    },
    get accuracy() {
      return classified && stepsDone > 0 ? correct[0] / training.rows : Number.NaN;
    },
    get learningRate() {
      return learningRate;
    },
    get baseLearningRate() {
      return rates.learningRate;
    },
    set baseLearningRate(base) {
      rates = { ...rates, learningRate: base };
    },
    bands,
    evaluate: (examples) => score(network.loss, infer(examples), training.output.units, examples),
    infer,
    settleStatistics(which = 'exact') {
      const [loss, right] = [lossValue[0], correct[0]];
      const batches = Math.ceil(train.count / training.rows);
      writePopulationStatistics(network, which, plan, memory, batches, (batch) => {
        stage(batch);
        stepNumber[0] = batch;
        forward();
      });
      [lossValue[0], correct[0]] = [loss, right];
    },
    weights: () => readWeights(memory, plan),
    load: (weights) => writeWeights(memory, plan, weights),
    firstNonFinite() {
      const floats = new Float32Array(memory.buffer);
      // Activations are gone after the backward pass, which a loss that is not finite never begins.
      const complete = Number.isFinite(lossValue[0]);
      const found = training.tensors.find(
        ({ place, lasts }) =>
          (lasts === 'step' || (lasts === 'forward' && !complete)) && !isFinitePlace(floats, place),
      );
      return found ? { layer: found.layer, tensor: found.tensor } : null;
    },
    close: team.close,
  };
}

/** Wrong sizes or labels would write outside their tensors. */
function checkExamples(
  { loss }: Network,
  { features, training: { output } }: Plan,
  { count, inputs, targets }: Examples,
): void {
  if (count < 1) throw new Error('examples: expected at least one, found none');
  checkInputs(inputs, count, features);
  const classified = targets instanceof Int32Array;
  const expected = classified ? count : count * output.units;
  if (targets.length !== expected) {
    throw new Error(`targets: expected ${expected} values, found ${targets.length}`);
  }
  if (!classified && loss === 'softmax-cross-entropy') {
    throw new Error('targets: expected classes for softmax-cross-entropy, found numbers');
  }
  // A single output can stand for any number.
  const limit = loss === 'softmax-cross-entropy' || output.units > 1 ? output.units : Infinity;
  const wrong = classified ? targets.findIndex((label) => label < 0 || label >= limit) : -1;
  if (wrong >= 0) {
    throw new Error(
      `targets: expected classes 0 to ${output.units - 1}, found ${targets[wrong]} in example ${wrong}`,
    );
  }
}

function isFinitePlace(memory: Float32Array, place: Place): boolean {
  for (let unit = 0; unit < place.units; unit++) {
    for (let row = 0; row < place.rows; row++) {
      for (let pixel = 0; pixel < place.pixels; pixel++) {
        if (!Number.isFinite(memory[place.offset / 4 + index(place, row, unit, pixel)]))
          return false;
      }
    }
  }
  return true;
}
