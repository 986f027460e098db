/**
 * The live statistics of a training: where each lies within a block of float32, and how a block gets from the thread
 * that trains to any other without a lock. Kernels write into a staging block; after the step it is copied into one of
 * two published blocks in turn.
 */
import type { Layer } from '../network/types.ts';
import type { Arena } from './arena.ts';
import { lanes } from './blocked.ts';
import { definitionOf } from './layers/index.ts';
import type { UnitQuantity } from './layers/layer.ts';
import type { Graph, Node } from './plan/graph.ts';

export interface StatisticsField {
  readonly layer: string;
  /**
   * Per unit: mean and biased variance over the batch of the layer's input and output, running statistics after the
   * step, gamma and beta as this step's forward pass used them. Per layer, over all its parameters: L2 norm of the
   * gradient (without weight decay), norm of the step's change over the norm of the weights before it.
   */
  readonly quantity: UnitQuantity | 'gradientNorm' | 'updateRatio';
  /** In float32 from the start of a block. Fields that are the same numbers share them. */
  readonly offset: number;
  readonly length: number;
}

export interface StatisticsLayout {
  readonly fields: readonly StatisticsField[];
  /** Float32 in a block. */
  readonly length: number;
  /** Bytes from the start of the memory: the block kernels write, the two that are read, and the two counters. */
  readonly staging: number;
  readonly published: readonly [number, number];
  readonly counters: number;
}

/** Index of the counters: steps whose publication has begun, steps that are published. */
const begun = 0;
const done = 1;

/**
 * Copies the latest published block; callable from any thread while training runs, null before the first step. Step s
 * lies in block s mod 2, and that block is not touched again before step s + 2 begins to publish: when the counter says
 * that it has not begun after the copy, the copy is of one step.
 */
export function readStatistics(
  memory: WebAssembly.Memory,
  { statistics }: { readonly statistics: StatisticsLayout },
): { step: number; values: Float32Array } | null {
  const counters = new Int32Array(memory.buffer, statistics.counters, 2);
  const values = new Float32Array(statistics.length);
  for (;;) {
    const step = Atomics.load(counters, done);
    if (step === 0) return null;
    const block = statistics.published[step & 1];
    values.set(new Float32Array(memory.buffer, block, statistics.length));
    // Adding 0 is a full fence, which a plain atomic load would not be for the copy before it.
    if (Atomics.add(counters, begun, 0) <= step + 1) return { step, values };
  }
}

/** A function that publishes the staging block as that of `step`, counted from 1. */
export function createPublisher(
  memory: WebAssembly.Memory,
  statistics: StatisticsLayout,
): (step: number) => void {
  const counters = new Int32Array(memory.buffer, statistics.counters, 2);
  const floats = new Float32Array(memory.buffer);
  const from = statistics.staging / 4;
  return (step) => {
    Atomics.exchange(counters, begun, step);
    floats.copyWithin(statistics.published[step & 1] / 4, from, from + statistics.length);
    Atomics.store(counters, done, step);
  };
}

/** Lays out the block: every layer that computes something, in order, and what the next layer measures only once. */
export function layoutStatistics({ nodes }: Graph, arena: Arena): StatisticsLayout {
  const fields: StatisticsField[] = [];
  let length = 0;
  const add = (layer: Layer, quantity: StatisticsField['quantity'], units: number): void => {
    fields.push({ layer: layer.name, quantity, offset: length, length: units });
    length += Math.ceil(units / lanes) * lanes;
  };
  const share = (layer: Layer, quantity: UnitQuantity, of: Layer, same: UnitQuantity): void => {
    const field = fieldOf(fields, of.name, same);
    fields.push({ ...field, layer: layer.name, quantity });
  };

  // From the end, so that a layer finds what the layer after it measures of its input.
  for (const { layer } of nodes.toReversed()) {
    const definition = definitionOf(layer);
    const own = definition.quantities ?? [];
    const [units] = layer.output;
    for (const quantity of own) add(layer, quantity, units);
    const measuring = measuredBy(nodes, layer);
    if (definition.outputMean) share(layer, 'outputMean', layer, definition.outputMean);
    for (const [quantity, same] of [
      ['outputMean', 'inputMean'],
      ['outputVariance', 'inputVariance'],
    ] as const) {
      if (own.includes(quantity) || definition.outputMean) continue;
      if (measuring) share(layer, quantity, measuring, same);
      else add(layer, quantity, units);
    }
    if (definition.parameters(layer).some(({ learned }) => learned)) {
      add(layer, 'gradientNorm', 1);
      add(layer, 'updateRatio', 1);
    }
  }
  const order = new Map(nodes.map(({ layer }, i) => [layer.name, i]));
  fields.sort((a, b) => order.get(a.layer)! - order.get(b.layer)!);
  const bytes = length * Float32Array.BYTES_PER_ELEMENT;
  return {
    fields,
    length,
    staging: arena.allocate(bytes),
    published: [arena.allocate(bytes), arena.allocate(bytes)],
    counters: arena.allocate(8),
  };
}

/** Whether the layer's output is measured by a call of its own, not by itself or by a layer after it. */
export function measuresOutput(nodes: readonly Node[], layer: Layer): boolean {
  const { outputMean, quantities } = definitionOf(layer);
  const itself = outputMean !== undefined || quantities?.includes('outputMean');
  return !itself && measuredBy(nodes, layer) === undefined;
}

/** The layer that measures its input, which is this layer's output. */
function measuredBy(nodes: readonly Node[], { name }: Layer): Layer | undefined {
  return nodes.find(
    ({ layer, inputs }) =>
      inputs[0] === name && definitionOf(layer).quantities?.includes('inputMean'),
  )?.layer;
}

/** Where kernels write a quantity, in bytes from the start of the memory. */
export function statisticsOffset(
  { fields, staging }: StatisticsLayout,
  { name }: Layer,
  quantity: StatisticsField['quantity'],
): number {
  return staging + fieldOf(fields, name, quantity).offset * Float32Array.BYTES_PER_ELEMENT;
}

export function fieldOf(
  fields: readonly StatisticsField[],
  layer: string,
  quantity: StatisticsField['quantity'],
): StatisticsField {
  const field = fields.find((field) => field.layer === layer && field.quantity === quantity);
  if (!field) throw new Error(`${layer}: no statistics ${quantity}`);
  return field;
}
