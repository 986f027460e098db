/** Which numbers a run's history holds, derived from what the engine's statistics block offers. */
import type { StatisticsField } from '../engine/statistics.ts';
import type { Column } from '../protocol/statistics.ts';

const ofNetwork = ['loss', 'accuracy', 'learningRate'] as const;
const ofWholeLayer: ReadonlySet<string> = new Set(['gradientNorm', 'updateRatio']);

/** True for quantities with one number a layer; all others have one a unit and are kept as percentiles over units. */
export function isScalar(field: Pick<StatisticsField, 'quantity'>): boolean {
  return ofWholeLayer.has(field.quantity);
}

/** Columns in the order of a history row, the network's first, then the fields' in the order of the block. */
export function historyColumns(fields: readonly StatisticsField[]): Column[] {
  return [
    ...ofNetwork.map((quantity) => ({ layer: null, quantity, statistic: 'value' }) as const),
    ...fields.flatMap((field): Column[] => {
      const { layer, quantity } = field;
      if (isScalar(field)) return [{ layer, quantity, statistic: 'value' }];
      return (['low', 'mid', 'high'] as const).map((statistic) => ({ layer, quantity, statistic }));
    }),
  ];
}
