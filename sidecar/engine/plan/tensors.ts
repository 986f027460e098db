/** Names of a step's tensors, and where each lies for those who look at them after the step. */
import type { Network } from '../../network/types.ts';
import type { Common } from './common.ts';
import { extentOf, type Graph, networkInput } from './graph.ts';
import type { Desk } from './placement.ts';
import type { StepTensor } from './types.ts';

interface Step {
  readonly network: Network;
  readonly graph: Graph;
  readonly common: Common;
  readonly withGradient: ReadonlySet<string>;
}

export function gradientOf(tensor: string): string {
  return `${tensor}.gradient`;
}

/** Outputs on the way forward, gradients on the way back, then the parameters the step has changed. */
export function tensorsInOrder(
  { graph, network, common, withGradient }: Step,
  desk: Desk,
  offsets: ReadonlyMap<string, number>,
): readonly StepTensor[] {
  const lossAt = graph.nodes.length + 1;
  const lives = new Map(desk.regions.map((region) => [region.name, region]));
  const rows = network.train.batchSize;
  const activation = (layer: string, tensor: string, name: string): StepTensor[] => {
    if (lives.has(name) && !offsets.has(name)) return [];
    const place = desk.use(name, extentOf(graph, layer, rows), lives.get(name)?.first ?? lossAt);
    const lasts = (lives.get(name)?.last ?? lossAt) >= lossAt ? 'forward' : 'shortly';
    return [{ layer, tensor, place, lasts: tensor === 'output' ? lasts : 'shortly' }];
  };
  const names = graph.nodes.map(({ layer }) => layer.name);
  const ofParameters = (layer: string, suffix: string, kind: 'place' | 'gradient') =>
    common.parameters.flatMap((parameter) => {
      const place = parameter[kind];
      if (parameter.layer !== layer || !place) return [];
      const tensor = `${parameter.tensor}${suffix}`;
      return [{ layer, tensor, place, lasts: 'step' as const }];
    });
  return [
    ...[networkInput, ...names].flatMap((name) => activation(name, 'output', name)),
    ...names
      .toReversed()
      .filter((name) => withGradient.has(name))
      .flatMap((name) => [
        ...activation(name, 'output.gradient', gradientOf(name)),
        ...ofParameters(name, '.gradient', 'gradient'),
      ]),
    ...names.flatMap((name) => ofParameters(name, '', 'place')),
  ];
}
