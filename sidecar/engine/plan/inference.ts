/** The forward pass with running statistics as calls. */
import type { Layer, Network } from '../../network/types.ts';
import type { Extent } from '../blocked.ts';
import { type Call, meetFirst, meetWherePartsChange } from '../calls.ts';
import { definitionOf } from '../layers/index.ts';
import type { InferenceSite } from '../layers/layer.ts';
import { type Common, offsets, planInput } from './common.ts';
import { buildGraph, extentOf, type Graph } from './graph.ts';
import { joinedOutputs } from './joins.ts';
import { createDesk, type Desk, packRegions, stackRegions } from './placement.ts';
import type { Tables } from './tables.ts';
import type { BatchPlan } from './types.ts';

/** The batch's calls with their activations from `at(base)` on, where `bytes` is what they take. */
export function planInferenceBatches(
  network: Network,
  common: Common,
  tables: Tables,
  rows: number,
): { readonly bytes: number; at(base: number): BatchPlan } {
  const graph = buildGraph(network, 'inference');
  const parts = joinedOutputs(graph);
  const wholes = (tensor: string) => extentOf(graph, tensor, rows);
  const draft = createDesk(parts, wholes, stackRegions());
  const { groups } = writeBatch(graph, common, tables, rows, draft);
  const { offsets, bytes } = packRegions(draft.regions, groups);
  return {
    bytes,
    at: (base) => {
      const desk = createDesk(parts, wholes, (name) => base + offsets.get(name)!);
      return writeBatch(graph, common, tables, rows, desk).plan;
    },
  };
}

function writeBatch(graph: Graph, common: Common, tables: Tables, rows: number, desk: Desk) {
  const { staging, gather } = planInput(graph, common, rows, desk);
  const parameter = offsets(common.parameters, ({ place }) => place.offset);
  const joined = new Set([...joinedOutputs(graph).values()].map(({ into }) => into));
  const groups: (readonly Call[])[] = [[gather.bytes]];
  for (const [i, { layer, inputs }] of graph.nodes.entries()) {
    const at = i + 1;
    const places = inputs.map((tensor) => desk.use(tensor, extentOf(graph, tensor, rows), at));
    const site: InferenceSite<Layer> = {
      ...{ layer, input: places[0], inputs: places, parameter: parameter(layer) },
      output: desk.use(layer.name, extentOf(graph, layer.name, rows), at),
      buffer: (name: string, extent: Extent) =>
        desk.use(`${layer.name}/${name}`, extent, at).offset,
      table: tables.place,
    };
    const calls = definitionOf(layer).inference(site);
    groups.push(inputs.some((tensor) => joined.has(tensor)) ? meetFirst(calls) : calls);
  }
  const output = desk.use(graph.output, extentOf(graph, graph.output, rows), groups.length - 1);
  const checked = meetInGroups(groups);
  const plan: BatchPlan = { rows, staging, gather, forward: checked.slice(1).flat(), output };
  return { groups: checked, plan };
}

/** `meetWherePartsChange` over calls that stay in their groups. */
export function meetInGroups(groups: readonly (readonly Call[])[]): readonly (readonly Call[])[] {
  const calls = meetWherePartsChange(groups.flat());
  let taken = 0;
  return groups.map((group) => {
    taken += group.length;
    return calls.slice(taken - group.length, taken);
  });
}
