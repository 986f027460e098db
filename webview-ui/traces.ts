/** One variant's values in one chart, read anew at each drawing since its arrays grow. */
import type { Quantity } from '../sidecar/protocol/statistics.ts';
import type { Samples } from './samples.ts';
import type { VariantData } from './store.ts';

export interface Trace {
  readonly variant: VariantData;
  /** What is drawn, in words: `batch`, `running`, `output of dense1, not normalized`. */
  readonly label: string;
  /** `line`: a line with its band. `dots`: running statistics. `sparse`: a line through marked evaluations. */
  readonly mark: 'line' | 'dots' | 'sparse';
  read(): Samples;
}

/** A layer's per-unit quantity: the median with the 15th to 85th percentile. Null when the variant records none. */
export function unitsTrace(
  variant: VariantData,
  layer: string,
  quantity: Quantity,
  label: string,
  mark: Trace['mark'] = 'line',
): Trace | null {
  const { history } = variant;
  const [low, mid, high] = (['low', 'mid', 'high'] as const).map((statistic) =>
    history.indexOf(layer, quantity, statistic),
  );
  if (low < 0 || mid < 0 || high < 0) return null;
  const read = () => ({
    count: history.count,
    steps: history.steps,
    low: history.values(low),
    mid: history.values(mid),
    high: history.values(high),
    firstNonFinite: earliest([low, mid, high].map((column) => history.firstNonFinite(column))),
  });
  return { variant, label, mark, read };
}

/** A single number a step: of the network when the layer is null. Null when the variant records none. */
export function valueTrace(
  variant: VariantData,
  layer: string | null,
  quantity: Quantity,
  label: string,
): Trace | null {
  const { history } = variant;
  const column = history.indexOf(layer, quantity, 'value');
  if (column < 0) return null;
  const read = () => ({
    count: history.count,
    steps: history.steps,
    low: null,
    mid: history.values(column),
    high: null,
    firstNonFinite: history.firstNonFinite(column),
  });
  return { variant, label, mark: 'line', read };
}

/** A figure of the evaluations on the test set. */
export function evaluationTrace(
  variant: VariantData,
  figure: 'testLoss' | 'testAccuracy',
  label: string,
  mark: Trace['mark'],
): Trace {
  const { evaluations } = variant;
  let steps: number[] = [];
  let mid: number[] = [];
  const read = () => {
    if (steps.length !== evaluations.length) {
      steps = evaluations.map(({ step }) => step);
      mid = evaluations.map((evaluation) => evaluation[figure] ?? Number.NaN);
    }
    const firstNonFinite = mid.findIndex((value) => !Number.isFinite(value));
    return { count: steps.length, steps, low: null, mid, high: null, firstNonFinite };
  };
  return { variant, label, mark, read };
}

function earliest(rows: readonly number[]): number {
  const found = rows.filter((row) => row >= 0);
  return found.length > 0 ? Math.min(...found) : -1;
}
