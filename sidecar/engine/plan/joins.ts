/** Tensors that need no memory of their own because they lie within another's. */
import { lanes } from '../blocked.ts';
import { type Graph, type Node, networkInput } from './graph.ts';

/** A tensor is the panels of `into` from `panel` on. */
export interface Part {
  readonly into: string;
  readonly panel: number;
}

/**
 * Outputs that their producers write straight into the output of a concat: those that begin with a panel of their own.
 */
export function joinedOutputs({ nodes, shapes }: Graph): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  for (const { layer, inputs } of nodes) {
    if (layer.kind !== 'concat') continue;
    for (const { tensor, channel } of channelsOf(inputs, shapes)) {
      if (channel % lanes !== 0) break;
      const whole = channel + shapes.get(tensor)![0] === layer.output[0];
      const aligned = whole || shapes.get(tensor)![0] % lanes === 0;
      if (aligned && tensor !== networkInput && !parts.has(tensor)) {
        parts.set(tensor, { into: layer.name, panel: channel / lanes });
      }
    }
  }
  return parts;
}

/**
 * Gradients that are part of the gradient of the only layer which takes the output: what an add passes on, and what
 * belongs to an output joined by a concat.
 */
export function joinedGradients(
  graph: Graph,
  outputs: ReadonlyMap<string, Part>,
): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  for (const { layer } of graph.nodes) {
    const consumers = graph.consumersOf(layer.name);
    if (consumers.length !== 1 || layer.name === graph.output) continue;
    const [{ layer: consumer, inputs }] = consumers as [Node];
    if (inputs.filter((tensor) => tensor === layer.name).length !== 1) continue;
    const part = outputs.get(layer.name);
    if (consumer.kind === 'add') parts.set(layer.name, { into: consumer.name, panel: 0 });
    else if (part) parts.set(layer.name, part);
  }
  return parts;
}

/** Each input of a concat with the channel of the output at which it begins. */
function channelsOf(inputs: readonly string[], shapes: Graph['shapes']) {
  let channel = 0;
  return inputs.map((tensor) => {
    const begins = channel;
    channel += shapes.get(tensor)![0];
    return { tensor, channel: begins };
  });
}
