/**
 * Scale invariance (Ioffe and Szegedy 2015, section 3.3) tried on the spot: BN((aW)u) = BN(Wu), and the gradient with
 * respect to aW is 1/a of that with respect to W. Outputs and gradient are measured on one batch, in memory of its own.
 */
import { shuffledOrder } from '../engine/sampler.ts';
import { createScratch, type Scratch } from '../engine/scratch.ts';
import type { Trainer } from '../engine/trainer.ts';
import { brief } from '../figures.ts';
import {
  isTrainedBatchNorm,
  isWeighted,
  type Layer,
  type Network,
  type Tensor,
  type Weights,
} from '../network/types.ts';
import type { ControlAction, ControlEvent, ScaleEffect } from '../protocol/control.ts';
import type { TrainerTask } from './trainer-messages.ts';

type ScaleAction = Extract<ControlAction, { kind: 'scale-weights' }>;

/** Outputs that move by at most this share of the largest are said to stay: rounding, and what epsilon adds to variances. */
const negligible = 1e-3;

/** Names of the layers whose weights can be scaled: a matrix or kernels, as opposed to one factor a unit. */
export function scalableLayers({ layers }: Pick<Network, 'layers'>): string[] {
  return layers.filter(({ kind }) => isWeighted(kind)).map(({ name }) => name);
}

/** Scales the weights in place and says what that did; where it would end in numbers that are not finite, throws. */
export async function scaleWeights(
  { network, normalization, train }: TrainerTask,
  trainer: Trainer,
  { layer, factor }: ScaleAction,
): Promise<Pick<ControlEvent, 'effect' | 'scale'>> {
  const name = `${layer}.weight`;
  const before = trainer.weights();
  const after = new Map(before).set(name, scaled(before.get(name)!, factor));
  if (vanishes(before.get(name)!, after.get(name)!)) {
    throw new Error(
      `${name}: expected weights that 32-bit numbers can hold with its weights times ${brief(factor)}, found some too small. The weights stay as they were; a factor nearer to 1 would do.`,
    );
  }
  const scratch = await createScratch(network, normalization, train);
  const chosen = shuffledOrder(train.count, network.train.seed, 0).subarray(0, scratch.rows);
  const scale = compare(
    passes(scratch, before, chosen, name),
    passes(scratch, after, chosen, name),
  );
  if (!Object.values(scale).every(Number.isFinite)) {
    throw new Error(
      `${name}: expected finite outputs and gradients with its weights times ${brief(factor)}, found others. The weights stay as they were; a factor nearer to 1 would do.`,
    );
  }
  trainer.load(after);
  return { effect: describe(network, { layer, factor }, scale), scale };
}

function scaled({ shape, values }: Tensor, factor: number): Tensor {
  return { shape, values: values.map((value) => value * factor) };
}

/** Whether a weight has lost digits: what is below the least normal number, 2^-126, cannot be scaled back. */
function vanishes(before: Tensor, after: Tensor): boolean {
  return before.values.some(
    (value, i) => Math.abs(value) >= 2 ** -126 && Math.abs(after.values[i]) < 2 ** -126,
  );
}

/** The network's outputs on the batch, and the norm of the gradient of the weights in question. */
function passes(scratch: Scratch, weights: Weights, chosen: Uint32Array, name: string) {
  scratch.load(weights);
  const outputs = scratch.forward(chosen);
  const gradient = scratch.backward().get(name)!.values;
  return { outputs, gradient: Math.sqrt(gradient.reduce((sum, value) => sum + value ** 2, 0)) };
}

type Passes = ReturnType<typeof passes>;

function compare(before: Passes, after: Passes): ScaleEffect {
  const changes = before.outputs.map((output, i) => output - after.outputs[i]);
  return {
    outputChange: largest(changes),
    outputLargest: largest(before.outputs),
    gradientBefore: before.gradient,
    gradientAfter: after.gradient,
  };
}

/** Largest absolute value, NaN where there is one. */
function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function describe(
  network: Network,
  { layer, factor }: Pick<ScaleAction, 'layer' | 'factor'>,
  { outputChange, outputLargest, gradientBefore, gradientAfter }: ScaleEffect,
): string {
  const change = `outputs changed by at most ${brief(outputChange)} of ${brief(outputLargest)}`;
  const stays = outputChange <= negligible * outputLargest;
  const behind = readersOf(network, layer);
  // By running statistics a batch normalization knows nothing of the batch's scale.
  const normalized = behind.length > 0 && behind.every(isTrainedBatchNorm);
  const names = behind.map(({ name }) => name).join(', ');
  const sentences = [
    `Weights of ${layer} times ${brief(factor)}: ${change}; ${describeGradient(layer, gradientBefore, gradientAfter)}.`,
  ];
  if (!normalized) {
    if (!stays) sentences.push(`No batch normalization behind ${layer} divides the scale out.`);
  } else if (stays) {
    sentences.push(`${names} divides the scale out (section 3.3 of the paper).`);
  } else {
    sentences.push(
      `${names} divides the scale out only while the variance of its input is far above its epsilon.`,
    );
  }
  if (normalized) {
    sentences.push(
      `Its running statistics are still those of the old scale: recompute them before an evaluation.`,
    );
  }
  return sentences.join(' ');
}

function describeGradient(layer: string, before: number, after: number): string {
  const [from, to] = [brief(before), brief(after)];
  if (from === to) return `the gradient of ${layer} stayed at ${to}`;
  const times = brief(Math.max(before, after) / Math.min(before, after));
  return `the gradient of ${layer} ${after < before ? 'fell' : 'rose'} from ${from} to ${to}, ${times} times`;
}

function readersOf({ layers }: Network, name: string): readonly Layer[] {
  return layers.filter(({ inputs }) => inputs.includes(name));
}
