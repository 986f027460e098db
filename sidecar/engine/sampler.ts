/** Brings the next batch of training examples into the engine's memory. */
import type { Examples, Network, Train } from '../network/types.ts';
import { seededRandom } from '../random.ts';
import { createImageCopier, type ExampleCopier } from './augmentation.ts';
import { index } from './blocked.ts';
import { targetOf } from './loss.ts';
import type { TrainingPlan } from './plan.ts';

/**
 * A function that stages the batch of a step, counted from 0. Examples come in a new random order each epoch, which
 * depends on the seed and the epoch alone, without replacement. An epoch that ends within a batch is followed by the
 * next one at once, so every batch is full and none is left out: a small last batch would have noisy statistics.
 */
export function createSampler(
  { train, input }: Network,
  examples: Examples,
  plan: TrainingPlan,
  memory: WebAssembly.Memory,
): (step: number) => void {
  const { augmentation, seed } = train;
  const exampleAt = sequenceOf(train, examples.count);
  const copyInputs = augmentation
    ? createImageCopier(augmentation, seed, input, examples, plan.staging, memory)
    : createRowCopier(examples, plan.staging, memory);
  const copyTargets = createTargetCopier(examples, plan, memory);
  return (step) => {
    for (let row = 0; row < plan.rows; row++) {
      const position = step * plan.rows + row;
      const epoch = Math.floor(position / examples.count);
      const example = exampleAt(position);
      copyInputs(example, epoch, row);
      copyTargets(example, row);
    }
  };
}

/** Which examples the batch of a step has, counted from 0, in the batch's order: indices into `count` examples. */
export function examplesOf({ train }: Network, count: number, step: number): number[] {
  const exampleAt = sequenceOf(train, count);
  return Array.from({ length: train.batchSize }, (_, row) =>
    exampleAt(step * train.batchSize + row),
  );
}

/** The example at a position of all that training goes through, epoch after epoch. */
function sequenceOf({ shuffle, seed }: Train, count: number): (position: number) => number {
  let order = Uint32Array.from({ length: count }, (_, i) => i);
  let shuffled = -1;
  return (position) => {
    const epoch = Math.floor(position / count);
    if (shuffle && epoch !== shuffled) {
      order = shuffledOrder(count, seed, epoch);
      shuffled = epoch;
    }
    return order[position % count];
  };
}

/** A function that stages these examples, by their indices and as they are, as the rows of a batch. */
export function createStager(
  examples: Examples,
  plan: TrainingPlan,
  memory: WebAssembly.Memory,
): (chosen: Uint32Array) => void {
  const copyInputs = createRowCopier(examples, plan.staging, memory);
  const copyTargets = createTargetCopier(examples, plan, memory);
  return (chosen) => {
    for (const [row, example] of chosen.entries()) {
      copyInputs(example, 0, row);
      copyTargets(example, row);
    }
  };
}

/** The epoch's order, from the natural one, so that no epoch depends on another (Fisher and Yates). */
export function shuffledOrder(
  count: number,
  seed: number,
  epoch: number,
): Uint32Array<ArrayBuffer> {
  const random = seededRandom(seed, 'order', epoch);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const taken = order[i];
    order[i] = order[j];
    order[j] = taken;
  }
  return order;
}

/** Copies an example's inputs as bytes. A view a row is garbage, but twice as fast as a loop over elements. */
function createRowCopier(
  { inputs, count }: Examples,
  staging: number,
  memory: WebAssembly.Memory,
): ExampleCopier {
  const size = inputs.byteLength / count;
  const source = new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength);
  const target = new Uint8Array(memory.buffer);
  return (example, _epoch, row) => {
    target.set(source.subarray(example * size, (example + 1) * size), staging + row * size);
  };
}

function createTargetCopier(
  examples: Examples,
  { output, classes, targets }: TrainingPlan,
  memory: WebAssembly.Memory,
): (example: number, row: number) => void {
  const floats = new Float32Array(memory.buffer);
  const labels = new Int32Array(memory.buffer, classes, output.rows);
  const classified = examples.targets instanceof Int32Array;
  return (example, row) => {
    labels[row] = classified ? examples.targets[example] : -1;
    if (targets === null) return;
    for (let unit = 0; unit < output.units; unit++) {
      floats[targets / 4 + index(output, row, unit)] = targetOf(
        examples,
        example,
        unit,
        output.units,
      );
    }
  };
}
