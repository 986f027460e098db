/** What is measured of a network once the probe's batch has gone through it. */
import { isWeighted } from '../../network/types.ts';
import { buildGraph, networkInput } from '../plan/graph.ts';
import type { StepTensor } from '../plan/types.ts';
import { type ActivationMeasures, activationProbe } from './activations.ts';
import { type GapMeasures, gapProbe } from './gaps.ts';
import { createGradientShifts, type Descend, type GradientShift } from './gradients.ts';
import { createMovement } from './movement.ts';
import type { ProbePlan } from './plan.ts';
import { type Sample, sampleOf } from './sample.ts';

export interface Looks {
  readonly activations: readonly ActivationMeasures[];
  readonly gaps: readonly GapMeasures[];
  /** One a dense or convolutional layer, in the network's order. */
  readonly shifts: readonly Shift[];
}

export interface Shift {
  readonly layer: string;
  /** Of the layer's input since the look before; null at the first. */
  readonly wasserstein: number | null;
  /** Null where it is not measured. */
  readonly gradient: GradientShift | null;
}

/** A function that looks after each forward pass. `descend` overwrites activations, so gradients come last. */
export function createLooks(
  { network, plan }: ProbePlan,
  memory: WebAssembly.Memory,
  descend: Descend,
): (learningRate: number) => Looks {
  const graph = buildGraph(network, 'training');
  const floats = new Float32Array(memory.buffer);
  const { seed, probe } = network.train;
  const samples = new Map<string, Sample>();
  const sampled = (tensor: string): Sample => {
    const known = samples.get(tensor);
    const sample = known ?? sampleOf(placeOf(plan.training.tensors, tensor), seed, tensor);
    samples.set(tensor, sample);
    return sample;
  };
  const found = <T>(look: T | null): T[] => (look === null ? [] : [look]);

  const activations = graph.nodes.flatMap(({ layer, inputs }) =>
    found(activationProbe(layer, sampled(inputs[0]))),
  );
  const gaps = graph.nodes.flatMap(({ layer }) => found(gapProbe(layer, plan)));
  const weighted = graph.nodes.filter(({ layer }) => isWeighted(layer.kind));
  const tensors = [...new Set(weighted.map(({ inputs }) => inputs[0]))];
  const movements = tensors.map(
    (tensor) => [tensor, movementOf(tensor, sampled(tensor), seed)] as const,
  );
  const learning = weighted.filter(({ layer }) => layer.learningRate !== 0);
  const names = learning.map(({ layer }) => layer.name);
  const shift =
    probe === 'gradients' ? createGradientShifts(plan, graph, names, memory, descend) : () => [];

  return (learningRate) => {
    const looks = {
      activations: activations.map((look) => look(floats)),
      gaps: gaps.flatMap((look) => found(look(floats))),
    };
    const moved = new Map(movements.map(([tensor, measure]) => [tensor, measure(floats)]));
    const gradients = new Map(shift(learningRate).map((each) => [each.layer, each]));
    const shifts = weighted.map(({ layer: { name: layer }, inputs }) => ({
      layer,
      wasserstein: moved.get(inputs[0]) ?? null,
      gradient: gradients.get(layer) ?? null,
    }));
    return { ...looks, shifts };
  };
}

/** The network's own input is the same at every look. */
function movementOf(tensor: string, sample: Sample, seed: number) {
  if (tensor !== networkInput) return createMovement(sample, seed, tensor);
  let looks = 0;
  return () => (looks++ === 0 ? null : 0);
}

function placeOf(tensors: readonly StepTensor[], name: string) {
  const found = tensors.find(({ layer, tensor }) => layer === name && tensor === 'output');
  if (!found) throw new Error(`${name}: expected its output among the tensors of the probe`);
  return found.place;
}
