/**
 * What a step does to the parameters: clipping of the gradients, updates, then each layer's norms. A layer whose learning
 * rate is 0 stays as it is and does not count for clipping; its gradient is measured all the same.
 */
import { isWeighted, type Layer, type Network } from '../../network/types.ts';
import type { Arena } from '../arena.ts';
import { panels } from '../blocked.ts';
import { type Call, local, meetFirst, meeting } from '../calls.ts';
import { planSums, planUpdate, sumBytes, type Updated, withoutDecay } from '../optimizer.ts';
import { type StatisticsLayout, statisticsOffset } from '../statistics.ts';
import type { Parameter } from './types.ts';

/** A layer's parameters; the sums of their panels lie side by side, `count` of them from `sums` on. */
interface Group {
  readonly layer: Layer;
  readonly parameters: readonly Updated[];
  readonly sums: number;
  readonly count: number;
}

export function planUpdates(
  { layers, train }: Network,
  parameters: readonly Parameter[],
  statistics: StatisticsLayout,
  scalars: number,
  arena: Arena,
): readonly Call[] {
  const frozen = ({ learningRate }: Layer) => learningRate === 0;
  const moving = groupByLayer(
    layers.filter((layer) => !frozen(layer)),
    parameters,
    arena,
  );
  const still = groupByLayer(layers.filter(frozen), parameters, arena);
  const { optimizer } = train;
  const exempt = optimizer.weightDecayOn === 'weights' ? withoutDecay(optimizer) : optimizer;
  const updates = moving.flatMap(({ layer, parameters }) =>
    parameters.map((each) =>
      planUpdate(each.isWeight ? optimizer : exempt, each, layer.learningRate, scalars, arena),
    ),
  );
  const norms = [...moving, ...still].map(({ layer, sums, count }) => {
    const results = (['gradientNorm', 'updateRatio'] as const).map((quantity) =>
      statisticsOffset(statistics, layer, quantity),
    );
    return local('parameterNorms', 1, sums, count, ...results);
  });
  return [
    ...planClipping(moving, train.clipGradient, scalars),
    // Updates overwrite weights that gradients of inputs have read.
    ...meetFirst([...updates, ...still.flatMap(({ parameters }) => parameters.map(planSums))]),
    ...meetFirst(norms),
  ];
}

/** Layers with gradients, their sums one layer's behind the other's. */
function groupByLayer(
  layers: readonly Layer[],
  parameters: readonly Parameter[],
  arena: Arena,
): readonly Group[] {
  const count = (each: readonly Parameter[]) =>
    each.reduce((sum, { place, gradient }) => sum + (gradient ? panels(place) : 0), 0);
  const owned = layers.map((layer) => ({
    layer,
    parameters: parameters.filter((each) => each.layer === layer.name),
  }));
  let next = arena.allocate(sumBytes * count(owned.flatMap(({ parameters }) => parameters)));
  return owned.flatMap(({ layer, parameters }): Group[] => {
    const sums = next;
    const updated = parameters.flatMap(({ place, gradient, tensor }): Updated[] => {
      if (!gradient) return [];
      const isWeight = tensor === 'weight' && isWeighted(layer.kind);
      const own = { place, gradient, sums: next, isWeight };
      next += panels(place) * sumBytes;
      return [own];
    });
    const group = { layer, parameters: updated, sums, count: count(parameters) };
    return updated.length > 0 ? [group] : [];
  });
}

/** One thread adds all panels' sums in their order, so that the norm does not depend on the number of threads. */
function planClipping(
  groups: readonly Group[],
  limit: number | null,
  scalars: number,
): readonly Call[] {
  if (limit === null || groups.length === 0) return [];
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  return [
    ...meetFirst(groups.flatMap(({ parameters }) => parameters.map(planSums))),
    meeting('clipCoefficient', 1, groups[0].sums, count, limit, scalars),
  ];
}
