/** The statistics of one layer by name, as hovers and live notes show them. */
import type { StatisticsField } from '../engine/statistics.ts';
import type { VariantState } from '../protocol/runs.ts';
import type { VariantRun } from './variant-run.ts';

type PerUnit = Exclude<StatisticsField['quantity'], 'gradientNorm' | 'updateRatio'>;

/** One layer of one variant at one step; per-unit arrays are absent when the kind has none. */
export type LayerStatistics = {
  readonly variant: string;
  readonly step: number;
  readonly state: VariantState;
  readonly gradientNorm?: number;
  readonly updateRatio?: number;
  /** Medians over units at past steps, oldest first. */
  readonly meanTrend: readonly number[];
  readonly varianceTrend: readonly number[];
} & { readonly [quantity in PerUnit]?: Float32Array };

const trendPoints = 60;

/** A block taken apart by layer: copies of every quantity's values, one a unit (or a single one). */
export function layerBlocks(fields: readonly StatisticsField[], block: Float32Array) {
  const layers = new Map<string, Partial<Record<StatisticsField['quantity'], Float32Array>>>();
  for (const { layer, quantity, offset, length } of fields) {
    const quantities = layers.get(layer) ?? {};
    quantities[quantity] = block.slice(offset, offset + length);
    layers.set(layer, quantities);
  }
  return [...layers].map(([layer, quantities]) => ({ layer, quantities }));
}

/** Null when the variant lacks the layer or has made no step. */
export function layerStatistics(variant: VariantRun, layer: string): LayerStatistics | null {
  const block = variant.latest();
  if (block === null) return null;
  const found = layerBlocks(variant.fields, block.values).find((each) => each.layer === layer);
  if (found === undefined) return null;
  const { gradientNorm, updateRatio, ...perUnit } = found.quantities;
  // Before normalization where there is such a thing: that is what the running statistics follow.
  const side = perUnit.inputMean ? 'input' : 'output';
  return {
    ...perUnit,
    variant: variant.name,
    step: block.step,
    state: variant.state,
    gradientNorm: gradientNorm?.[0],
    updateRatio: updateRatio?.[0],
    meanTrend: trend(variant, layer, `${side}Mean`),
    varianceTrend: trend(variant, layer, `${side}Variance`),
  };
}

function trend({ history }: VariantRun, layer: string, quantity: string): number[] {
  const index = history.columns.findIndex(
    (column) =>
      column.layer === layer && column.quantity === quantity && column.statistic === 'mid',
  );
  return index < 0 ? [] : history.column(index, trendPoints);
}
