/** A training step as calls: forward, loss, backward, running statistics, updates. */
import { isTrainedBatchNorm, type Layer, locationsOf, type Network } from '../../network/types.ts';
import type { Arenas } from '../arena.ts';
import { type Extent, type Place, panelBytes, panels } from '../blocked.ts';
import { type Call, local, meetFirst } from '../calls.ts';
import { definitionOf } from '../layers/index.ts';
import type { TrainingSite } from '../layers/layer.ts';
import { type LossPlaces, planLoss } from '../loss.ts';
import { scalarCount } from '../optimizer.ts';
import { measuresOutput, type StatisticsLayout, statisticsOffset } from '../statistics.ts';
import { type Common, offsets, planInput } from './common.ts';
import { fuseBackward, fuseForward } from './fuse.ts';
import { extentOf, type Graph, type Node, networkInput } from './graph.ts';
import { meetInGroups } from './inference.ts';
import { joinedGradients, joinedOutputs, type Part } from './joins.ts';
import { createDesk, type Desk, isMentioned, packRegions, stackRegions } from './placement.ts';
import type { Tables } from './tables.ts';
import { gradientOf, tensorsInOrder } from './tensors.ts';
import type { TrainingPlan } from './types.ts';
import { planUpdates } from './updates.ts';

/** Names of layers with parameters that learn, or with such a layer before them: they have a gradient. */
export function layersWithGradient({ nodes }: Graph): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { layer, inputs } of nodes) {
    const learned = definitionOf(layer)
      .parameters(layer)
      .some(({ learned }) => learned);
    const learns = learned && layer.learningRate !== 0;
    if (learns || inputs.some((tensor) => names.has(tensor))) names.add(layer.name);
  }
  return names;
}

/** Everything the writing of the calls needs to know. */
interface Assignment {
  readonly network: Network;
  readonly graph: Graph;
  readonly common: Common;
  readonly statistics: StatisticsLayout;
  readonly tables: Tables;
  readonly withGradient: ReadonlySet<string>;
  readonly outputs: ReadonlyMap<string, Part>;
  readonly gradients: ReadonlyMap<string, Part>;
  readonly places: LossPlaces;
  readonly step: number;
  readonly keep: boolean;
}

/**
 * The step's calls with its activations from `at(base)` on, where `bytes` is what they take. With `keep` none shares
 * memory with another.
 */
export function planSteps(
  network: Network,
  graph: Graph,
  common: Common,
  statistics: StatisticsLayout,
  tables: Tables,
  arenas: Arenas,
  keep: boolean,
): { readonly bytes: number; at(base: number): TrainingPlan } {
  const rows = network.train.batchSize;
  const alone = network.layers.find(
    (layer) => isTrainedBatchNorm(layer) && rows * locationsOf(layer.input) < 2,
  );
  if (alone) {
    throw new Error(`${alone.name}: expected a batch of at least 2 examples, found ${rows}`);
  }
  const arena = arenas.for('parameters');
  const output = extentOf(graph, graph.output, rows);
  const places: LossPlaces = {
    classes: arena.allocate(rows * 4),
    targets: network.loss === 'softmax-cross-entropy' ? null : arena.place(output).offset,
    loss: arena.allocate(8),
    correct: arena.allocate(4),
  };
  const step = arena.allocate(4);
  const scalars = arena.allocate(scalarCount * 4);
  const { parameters } = common;
  const updates = planUpdates(network, parameters, statistics, scalars, arenas.for('optimizer'));
  const outputs = joinedOutputs(graph);
  const assignment: Assignment = {
    ...{ network, graph, common, statistics, tables, places, step, outputs, keep },
    gradients: joinedGradients(graph, outputs),
    withGradient: layersWithGradient(graph),
  };

  const draft = deskFor(assignment, stackRegions(beyondMemory));
  const { groups } = writeStep(assignment, draft);
  const stacked = stackRegions();
  // What lies between two calls that have become one is never there.
  const all = draft.regions.filter((region) => isMentioned(region, groups.flat()));
  const { offsets, bytes } = keep
    ? {
        offsets: new Map(all.map(({ name, bytes }) => [name, stacked(name, bytes)])),
        bytes: stacked('end', 0),
      }
    : packRegions(all, groups);
  return {
    bytes,
    at: (base) => {
      const desk = deskFor(assignment, (name) => base + (offsets.get(name) ?? 0));
      const written = writeStep(assignment, desk);
      return {
        ...{ rows, step, scalars, ...places, ...written.batch },
        backward: [...written.backward, ...updates],
        tensors: tensorsInOrder(assignment, desk, offsets),
      };
    },
  };
}

/** Offsets of the draft: numbers that no other argument of a call can be. */
const beyondMemory = 2 ** 40;

function deskFor(
  { graph, network, outputs, gradients }: Assignment,
  offsetOf: (name: string, bytes: number) => number,
): Desk {
  const parts = new Map(outputs);
  for (const [tensor, { into, panel }] of gradients) {
    parts.set(gradientOf(tensor), { into: gradientOf(into), panel });
  }
  const wholes = (name: string) =>
    extentOf(graph, name.replace(/\.gradient$/, ''), network.train.batchSize);
  return createDesk(parts, wholes, offsetOf);
}

/** A layer at its place in the step: groups of calls are numbered gather, forward, loss, backward. */
interface Stop extends Node {
  readonly site: TrainingSite<Layer>;
  readonly forwardAt: number;
  readonly backwardAt: number;
}

function writeStep(assignment: Assignment, desk: Desk) {
  const { network, graph, common, withGradient, outputs, gradients, keep } = assignment;
  const { nodes } = graph;
  const rows = network.train.batchSize;
  const { staging, gather } = planInput(graph, common, rows, desk);
  const joined = new Set([...outputs.values()].map(({ into }) => into));
  const stops = nodes.map((node, i) => {
    const times = { forwardAt: i + 1, backwardAt: 2 * nodes.length + 1 - i };
    return stopAt(assignment, desk, node, times);
  });

  const forward = stops.map(({ layer, inputs, site }) => {
    const measured = measuresOutput(nodes, layer) ? [moments(site)] : [];
    const calls = [...definitionOf(layer).forward(site), ...measured];
    const divided = joined.has(layer.name) || inputs.some((tensor) => joined.has(tensor));
    return divided ? meetFirst(calls) : calls;
  });
  const lossAt = nodes.length + 1;
  const extent = extentOf(graph, graph.output, rows);
  const output = desk.use(graph.output, extent, lossAt);
  const outputGradient = desk.use(gradientOf(graph.output), extent, lossAt);
  const loss = planLoss(network, output, outputGradient, assignment.places);

  const written = new Set<string>();
  const backward = stops.toReversed().map((stop, i) => {
    if (!withGradient.has(stop.layer.name)) return [];
    const calls = writeBackward(assignment, desk, stop, written);
    return i === 0 || gradients.has(stop.layer.name) ? meetFirst(calls) : calls;
  });
  const running = stops.flatMap(({ layer, site }) => definitionOf(layer).afterwards?.(site) ?? []);

  const groups = meetInGroups([
    [gather.bytes],
    ...(keep ? forward : fuseForward(graph, forward)),
    loss,
    ...(keep ? backward : fuseBackward(graph, backward)),
    meetFirst(running),
  ]);
  const batch = { staging, gather, output, forward: groups.slice(1, lossAt + 1).flat() };
  return { groups, batch, backward: groups.slice(lossAt + 1).flat() };
}

/** The layer's site for the forward pass; tensors the backward pass reads are booked until then. */
function stopAt(
  { network, graph, common, statistics, tables, withGradient, step }: Assignment,
  desk: Desk,
  node: Node,
  times: Pick<Stop, 'forwardAt' | 'backwardAt'>,
): Stop {
  const { layer, inputs } = node;
  const { batchSize, seed } = network.train;
  const { backwardReads = ['input', 'output'] } = definitionOf(layer);
  const learns = withGradient.has(layer.name);
  const extent = (tensor: string) => extentOf(graph, tensor, batchSize);
  const book = (tensor: string, read: boolean): Place => {
    if (learns && read) desk.use(tensor, extent(tensor), times.backwardAt);
    return desk.use(tensor, extent(tensor), times.forwardAt);
  };
  const places = inputs.map((tensor) => book(tensor, backwardReads.includes('input')));
  const output = book(layer.name, backwardReads.includes('output'));
  const gradient = offsets(common.parameters, ({ gradient }) => gradient?.offset)(layer);
  const site: TrainingSite<Layer> = {
    ...{ layer, input: places[0], inputs: places, output, step, seed, gradient },
    ...{ outputGradient: output, inputGradient: null, inputGradients: [] },
    parameter: offsets(common.parameters, ({ place }) => place.offset)(layer),
    buffer: (name, extent) => desk.use(`${layer.name}/${name}`, extent, times.forwardAt).offset,
    statistics: (quantity) => statisticsOffset(statistics, layer, quantity),
    table: tables.place,
  };
  return { ...node, ...times, site };
}

/**
 * The layer's backward calls. Where several layers take the same output, the first of them here writes its gradient and
 * the others add theirs. `written` keeps the names of gradients that have been written.
 */
function writeBackward(
  { graph, network, withGradient }: Assignment,
  desk: Desk,
  { layer, inputs, site, backwardAt }: Stop,
  written: Set<string>,
): readonly Call[] {
  const definition = definitionOf(layer);
  const extent = (tensor: string) => extentOf(graph, tensor, network.train.batchSize);
  const additions: Call[] = [];
  const inputGradients = inputs.map((tensor, i): Place | null => {
    if (tensor === networkInput || !withGradient.has(tensor)) return null;
    const target = desk.use(gradientOf(tensor), extent(tensor), backwardAt);
    const first = !written.has(tensor);
    written.add(tensor);
    if (first) return target;
    const own = desk.use(`${layer.name}/input gradient ${i}`, extent(tensor), backwardAt);
    const where = [own.offset, target.offset, panelBytes(target)];
    additions.push(local('accumulate', panels(target), ...where));
    return own;
  });
  const calls = definition.backward({
    ...site,
    outputGradient: desk.use(gradientOf(layer.name), extent(layer.name), backwardAt),
    ...{ inputGradient: inputGradients[0], inputGradients },
    buffer: (name: string, extent: Extent) =>
      desk.use(`${layer.name}/${name}`, extent, backwardAt).offset,
  });
  return [...calls, ...additions];
}

function moments({ output, statistics }: TrainingSite<Layer>): Call {
  return local(
    'moments',
    panels(output),
    ...[output.offset, panelBytes(output), output.rows, output.pixels, output.stride],
    ...[statistics('outputMean'), statistics('outputVariance')],
  );
}
