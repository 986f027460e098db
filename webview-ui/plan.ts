/** Which charts a run has, and what each shows of every variant. Data only; nothing is drawn here. */
import type { LayerDescription, Quantity } from '../sidecar/protocol/statistics.ts';
import { describe, flowsAt, uniteLayers } from './layers.ts';
import type { VariantData } from './store.ts';
import { evaluationTrace, type Trace, unitsTrace, valueTrace } from './traces.ts';

export interface ChartPlan {
  /** Names the chart's choices in the saved state. */
  readonly key: string;
  readonly title: string;
  /** The chart's name where its row is not seen, for screen readers. */
  readonly fullTitle: string;
  /** What the marks are, when there is more than lines. */
  readonly legend: string | null;
  /** What to look for, in one sentence. */
  readonly hint: string;
  /** Whether the axis may be logarithmic: by the data unless chosen, only when chosen, or not at all. */
  readonly log: 'auto' | 'offer' | 'never';
  readonly format: 'figure' | 'percent';
  readonly traces: readonly Trace[];
}

export interface LayerPlan {
  readonly name: string;
  readonly kind: string;
  readonly variants: readonly { variant: VariantData; description: LayerDescription }[];
  /** What stands in for the layer where a variant lacks it. */
  readonly comparisons: readonly { variant: VariantData; shown: string | null }[];
  readonly charts: readonly ChartPlan[];
}

/** Loss, and test accuracy; test loss stands in for networks without classes. */
export function planOverview(variants: readonly VariantData[]): ChartPlan[] {
  const loss: ChartPlan = {
    key: 'loss',
    title: 'Loss',
    fullTitle: 'Loss',
    legend: 'line training, dots test',
    hint: 'Lines are the loss of training, dots the loss on the test set. Dots that rise while the line falls mean that the network learns its examples by heart.',
    log: 'offer',
    format: 'figure',
    traces: variants.flatMap((variant) => [
      ...present(valueTrace(variant, null, 'loss', 'training')),
      evaluationTrace(variant, 'testLoss', 'test', 'dots'),
    ]),
  };
  const isRegression =
    variants.some(({ evaluations }) => evaluations.length > 0) &&
    variants.every(({ evaluations }) => evaluations.every((each) => each.testAccuracy === null));
  if (isRegression) return [loss];
  const accuracy: ChartPlan = {
    key: 'accuracy',
    title: 'Test accuracy',
    fullTitle: 'Test accuracy',
    legend: null,
    hint: 'Share of the test set that is classified correctly, normalized with what “evaluate with” says. Compare how many steps each variant needs to reach the same height.',
    log: 'never',
    format: 'percent',
    traces: variants.map((variant) =>
      evaluationTrace(variant, 'testAccuracy', 'test accuracy', 'sparse'),
    ),
  };
  return [loss, accuracy];
}

/** One row a layer of any variant, in the file's order. */
export function planLayers(variants: readonly VariantData[]): LayerPlan[] {
  const order = uniteLayers(variants);
  return order.map((name) => {
    const having = describe(variants, name);
    const { kind } = having[0].description;
    const lacking = variants.filter(
      (variant) => variant.layers.length > 0 && !having.some((each) => each.variant === variant),
    );
    const comparisons = lacking.map((variant) => ({
      variant,
      shown: kind === 'batchnorm' ? flowsAt(name, having[0].variant, variant) : null,
    }));
    const row = { name, kind, variants: having, comparisons };
    return { ...row, charts: kind === 'batchnorm' ? planBatchnorm(row) : planOutput(row) };
  });
}

type Row = Omit<LayerPlan, 'charts'>;

const outputHints = {
  Mean: 'Line: median over units; band: 15th to 85th percentile. Without normalization the means wander as the layers below change.',
  Variance:
    'Line: median over units; band: 15th to 85th percentile. A variance that shrinks towards 0 or grows by decades layer by layer starves the gradient.',
};

function planOutput(row: Row): ChartPlan[] {
  return (['Mean', 'Variance'] as const).flatMap((moment) => {
    const traces = row.variants.flatMap(({ variant }) =>
      present(unitsTrace(variant, row.name, `output${moment}`, 'output')),
    );
    return chartOf(row, 'output', moment, traces, outputHints[moment], null);
  });
}

const inputHints = {
  Mean: 'Line: the batch’s mean before normalization; dots: the running mean used at inference. The running mean trails the batch’s by about 1/momentum steps.',
  Variance:
    'Line: the batch’s variance before normalization; dots: the running variance used at inference. It trails by about 1/momentum steps; dots that stay away from the line mean a gap between training and inference.',
};

const normalizedHints = {
  Mean: 'After normalization the mean over the batch is beta, whatever the layers below do: compare with the variant without normalization.',
  Variance:
    'After normalization the variance over the batch is about gamma squared, whatever the layers below do: compare with the variant without normalization.',
};

function planBatchnorm(row: Row): ChartPlan[] {
  const moments = ['Mean', 'Variance'] as const;
  const input = moments.flatMap((moment) => {
    const traces = [
      ...row.variants.flatMap(({ variant }) => [
        ...present(unitsTrace(variant, row.name, `input${moment}`, 'batch')),
        ...present(unitsTrace(variant, row.name, `running${moment}`, 'running', 'dots')),
      ]),
      ...compared(row, `output${moment}`),
    ];
    return chartOf(row, 'input', moment, traces, inputHints[moment], 'line batch, dots running');
  });
  const output = moments.flatMap((moment) => {
    const traces = [
      ...row.variants.flatMap(({ variant }) =>
        present(unitsTrace(variant, row.name, `output${moment}`, 'normalized')),
      ),
      ...compared(row, `output${moment}`),
    ];
    return chartOf(row, 'output', moment, traces, normalizedHints[moment], null);
  });
  return [...input, ...output];
}

/** The tensor at this place in the variants that lack the layer, as it is: not normalized. */
function compared(row: Row, quantity: Quantity): Trace[] {
  return row.comparisons.flatMap(({ variant, shown }) =>
    shown === null ? [] : present(unitsTrace(variant, shown, quantity, `${shown}, not normalized`)),
  );
}

function chartOf(
  row: Row,
  side: 'input' | 'output',
  moment: 'Mean' | 'Variance',
  traces: readonly Trace[],
  hint: string,
  legend: string | null,
): ChartPlan[] {
  if (traces.length === 0) return [];
  const title = `${side === 'input' ? 'Input' : 'Output'} ${moment.toLowerCase()}`;
  return [
    {
      key: `${row.name}/${side}${moment}`,
      title,
      fullTitle: `${title} of ${row.name}`,
      legend,
      hint,
      log: moment === 'Variance' ? 'auto' : 'never',
      format: 'figure',
      traces: traces.toSorted((a, b) => a.variant.index - b.variant.index),
    },
  ];
}

function present<T>(value: T | null): T[] {
  return value === null ? [] : [value];
}
