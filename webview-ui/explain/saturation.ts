/** Why an activation saturates: where its input lies, what share of it is lost to the flat region, and since when. */
import { Chart } from '../chart.ts';
import { element } from '../dom.ts';
import type { ChartPlan } from '../plan.ts';
import type { Stage } from '../stage.ts';
import type { VariantData } from '../store.ts';
import { activationShape } from './activations.ts';
import { Distribution } from './distribution.ts';
import { PictureChart } from './picture-chart.ts';
import { probeTrace } from './probe-traces.ts';
import { activationIn } from './probes.ts';
import type { Section } from './section.ts';
import { UnitPercentilesChart } from './unit-percentiles.ts';

type Share = 'saturated' | 'derivative' | 'dead';

const shares: Readonly<
  Record<Share, Pick<ChartPlan, 'title' | 'hint' | 'format'> & { readonly label: string }>
> = {
  saturated: {
    title: 'Saturated share',
    label: 'saturated',
    hint: 'Share of u where the derivative is below a tenth of its largest. Where it rises, fewer and fewer inputs pass a gradient on.',
    format: 'percent',
  },
  dead: {
    title: 'Dead units',
    label: 'dead',
    hint: 'Share of units whose derivative is zero for every example of the probe batch: no gradient reaches their weights any more.',
    format: 'percent',
  },
  derivative: {
    title: 'Mean derivative',
    label: 'mean derivative',
    hint: 'The factor by which this activation scales a gradient on its way down, on average over u. Near 0, the layers below stand still.',
    format: 'figure',
  },
};

export function saturationSection(
  layer: string,
  kind: string,
  variants: readonly VariantData[],
  stage: Stage,
): Section {
  return {
    key: `${layer}/saturation`,
    title: kind === 'relu' ? 'Why units die' : 'Why it saturates',
    fullTitle: kind === 'relu' ? `Why units of ${layer} die` : `Why ${layer} saturates`,
    isAvailable: () => variants.some(({ probes }) => activationIn(probes.at(-1), layer)),
    open: (id) => {
      const distribution = new PictureChart(
        new Distribution(layer, kind, variants, stage),
        stage,
        `${id}-u`,
      );
      // Of a ReLU's input what is below zero is lost, which the mean derivative says already.
      const which: readonly Share[] =
        kind === 'relu' ? ['dead', 'derivative'] : ['saturated', 'derivative'];
      const charts = which.map(
        (share) => new Chart(planShare(layer, share, variants), stage, `${id}-${share}`),
      );
      const percentiles = new UnitPercentilesChart(layer, variants, stage, `${id}-unit`);
      const parts = [distribution, ...charts, percentiles];
      return {
        parts,
        element: element(
          'div',
          {},
          element('p', { class: 'muted words' }, explain(kind)),
          element(
            'div',
            { class: 'charts' },
            distribution.element,
            element('div', { class: 'stack' }, ...charts.map((chart) => chart.element)),
            percentiles.element,
          ),
        ),
      };
    },
  };
}

function explain(kind: string): string {
  if (kind === 'relu') {
    return 'u is what flows into the activation. A ReLU passes nothing back where u is below 0. A step of the layers below moves u of many units at once, and a unit pushed below 0 for every example gets no gradient to come back with. Normalization sets the mean and the spread of u anew in every batch.';
  }
  const shape = activationShape(kind);
  const flat = shape
    ? 'Over the hatched part the activation is flat'
    : 'Where u is large the activation is flat';
  return `u is what flows into the activation: Wx + b, or what normalization makes of it. ${flat}: its derivative is nearly 0, and the gradient is multiplied by it. Every step of the layers below moves many dimensions of u at once, and growing weights spread it; where that carries u into the flat part, hardly any gradient is left to bring it back. Normalization sets the mean and the spread of u anew in every batch.`;
}

function planShare(layer: string, share: Share, variants: readonly VariantData[]): ChartPlan {
  const { title, label, hint, format } = shares[share];
  return {
    key: `${layer}/${share}`,
    title,
    fullTitle: `${title} of ${layer}`,
    legend: null,
    hint,
    log: format === 'percent' ? 'never' : 'offer',
    format,
    traces: variants.map((variant) =>
      probeTrace(variant, label, (probe) => activationIn(probe, layer)?.[share]),
    ),
  };
}
