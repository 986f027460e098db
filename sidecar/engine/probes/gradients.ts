/**
 * Internal covariate shift as Santurkar et al. (2018, arXiv 1805.11604, definition 2.1) measure it: a layer's gradient
 * with all weights as they are, against its gradient after the layers below it have made one step of plain gradient
 * descent. One forward and backward pass a layer.
 */
import { placeBytes } from '../blocked.ts';
import type { Graph } from '../plan/graph.ts';
import type { Parameter } from '../plan/types.ts';
import type { Plan } from '../plan.ts';

export interface GradientShift {
  readonly layer: string;
  /** Degrees between the two; null where one of them is 0 or not finite. */
  readonly angle: number | null;
  /** Length of their difference over the length of the first; null likewise. */
  readonly distance: number | null;
}

/** Runs a forward pass and gradient descent at this learning rate (0: only gradients); false without a finite loss. */
export type Descend = (learningRate: number) => boolean;

/**
 * A function that measures the named layers, by all their parameters that learn. Layers without a layer that learns below
 * them are left out. Weights are afterwards as before.
 */
export function createGradientShifts(
  { parameters }: Plan,
  graph: Graph,
  layers: readonly string[],
  memory: WebAssembly.Memory,
  descend: Descend,
): (learningRate: number) => readonly GradientShift[] {
  const floats = new Float32Array(memory.buffer);
  const learned = parameters.filter(({ gradient }) => gradient !== null);
  const below = ancestors(graph);
  const measured = layers.flatMap((layer) => {
    const own = learned.filter((each) => each.layer === layer);
    const lower = learned.filter((each) => below.get(layer)?.has(each.layer));
    return own.length > 0 && lower.length > 0 ? [{ layer, own, lower }] : [];
  });
  return (learningRate) => {
    if (measured.length === 0) return [];
    const weights = learned.map((each) => valuesOf(floats, each).slice());
    const restore = () => {
      for (const [i, each] of learned.entries()) valuesOf(floats, each).set(weights[i]);
    };
    if (!descend(learningRate)) {
      restore();
      return [];
    }
    const stepped = new Map(learned.map((each) => [each, valuesOf(floats, each).slice()]));
    const first = new Map(measured.map(({ layer, own }) => [layer, gradientsOf(floats, own)]));
    const shifts = measured.map(({ layer, own, lower }): GradientShift => {
      restore();
      for (const each of lower) valuesOf(floats, each).set(stepped.get(each)!);
      descend(0);
      return { layer, ...compare(first.get(layer)!, gradientsOf(floats, own)) };
    });
    restore();
    return shifts;
  };
}

/** Names of all layers that a layer's input comes through, by layer. */
function ancestors({ nodes }: Graph): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const { layer, inputs } of nodes) {
    found.set(layer.name, new Set(inputs.flatMap((name) => [name, ...(found.get(name) ?? [])])));
  }
  return found;
}

/** The parameter as it lies in memory, with what pads. */
function valuesOf(memory: Float32Array, { place }: Pick<Parameter, 'place'>): Float32Array {
  return memory.subarray(place.offset / 4, (place.offset + placeBytes(place)) / 4);
}

/** Copies, in the order of memory: padding is 0 in all gradients. */
function gradientsOf(memory: Float32Array, parameters: readonly Parameter[]) {
  return parameters.map(({ gradient }) => valuesOf(memory, { place: gradient! }).slice());
}

/** The angle from the difference of the two directions, which is exact where they hardly differ. */
function compare(before: readonly Float32Array[], after: readonly Float32Array[]) {
  const length = (values: readonly Float32Array[]) =>
    Math.sqrt(sumOver(values, values, (a) => a * a));
  const [from, to] = [length(before), length(after)];
  const apart = sumOver(before, after, (a, b) => (a / from - b / to) ** 2);
  const together = sumOver(before, after, (a, b) => (a / from + b / to) ** 2);
  const angle = (2 * Math.atan2(Math.sqrt(apart), Math.sqrt(together)) * 180) / Math.PI;
  const distance = Math.sqrt(sumOver(before, after, (a, b) => (a - b) ** 2)) / from;
  return { angle: finiteOrNull(angle), distance: finiteOrNull(distance) };
}

function sumOver(
  before: readonly Float32Array[],
  after: readonly Float32Array[],
  term: (a: number, b: number) => number,
): number {
  let sum = 0;
  for (const [i, values] of before.entries()) {
    for (let j = 0; j < values.length; j++) sum += term(values[j], after[i][j]);
  }
  return sum;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
