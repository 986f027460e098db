/** Updates of all parameters, then each layer's norms. They overwrite weights that gradients of inputs have read. */
import type { Network } from '../../network/types.ts';
import type { Arena } from '../arena.ts';
import { panels } from '../blocked.ts';
import { type Call, local, meetFirst } from '../calls.ts';
import { planUpdate, sumBytes } from '../optimizer.ts';
import { type StatisticsLayout, statisticsOffset } from '../statistics.ts';
import type { Parameter } from './types.ts';

export function planUpdates(
  { layers, train }: Network,
  parameters: readonly Parameter[],
  statistics: StatisticsLayout,
  scalars: number,
  arena: Arena,
): readonly Call[] {
  const updates: Call[] = [];
  const norms: Call[] = [];
  for (const layer of layers) {
    const learned = parameters.filter(
      ({ layer: owner, gradient }) => owner === layer.name && gradient,
    );
    if (learned.length === 0) continue;
    const count = learned.reduce((sum, { place }) => sum + panels(place), 0);
    const first = arena.allocate(count * sumBytes);
    let sums = first;
    for (const { place, gradient } of learned) {
      const where = { parameter: place, gradient: gradient!.offset, factor: layer.learningRate };
      updates.push(planUpdate(train.optimizer, where, { sums, scalars }, arena));
      sums += panels(place) * sumBytes;
    }
    const results = (['gradientNorm', 'updateRatio'] as const).map((quantity) =>
      statisticsOffset(statistics, layer, quantity),
    );
    norms.push(local('parameterNorms', 1, first, count, ...results));
  }
  return [...meetFirst(updates), ...meetFirst(norms)];
}
