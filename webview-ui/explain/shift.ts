/** Internal covariate shift as a number, in two senses, and what each of them can and cannot show. */
import type { ShiftProbe } from '../../sidecar/protocol/probes.ts';
import { Chart } from '../chart.ts';
import { element } from '../dom.ts';
import type { ChartPlan } from '../plan.ts';
import type { Stage } from '../stage.ts';
import type { VariantData } from '../store.ts';
import { probeTrace } from './probe-traces.ts';
import { shiftIn } from './probes.ts';
import type { Section } from './section.ts';

type Measure = Exclude<keyof ShiftProbe, 'layer'>;

const measures: readonly (Pick<ChartPlan, 'title' | 'hint' | 'log'> & {
  readonly measure: Measure;
  readonly label: string;
})[] = [
  {
    measure: 'wasserstein',
    title: 'Input shift (deviations)',
    label: 'Wasserstein distance',
    hint: 'How far the layer’s inputs have moved since the evaluation before, in standard deviations. 0: not at all; 1: by as much as they vary between examples.',
    log: 'offer',
  },
  {
    measure: 'gradientAngle',
    title: 'Gradient angle (degrees)',
    label: 'angle',
    hint: 'Angle between the layer’s gradient before and after one step of the layers below. 0°: the step still fits; 90°: it has nothing to do with what is needed now.',
    log: 'never',
  },
  {
    measure: 'gradientDistance',
    title: 'Gradient distance (relative)',
    label: 'relative distance',
    hint: 'Length of the gradient’s change by one step of the layers below, over its length before. 0: unchanged; above 1: the change is longer than the gradient was.',
    log: 'offer',
  },
];

export function shiftSection(
  layer: string,
  variants: readonly VariantData[],
  stage: Stage,
): Section {
  return {
    key: `${layer}/shift`,
    title: 'How far its input shifts',
    fullTitle: `How far the input of ${layer} shifts`,
    isAvailable: () => variants.some(({ probes }) => shiftIn(probes.at(-1), layer)),
    open: (id) => {
      const charts = measures.map(
        (measure) => new Chart(planOf(layer, measure, variants), stage, `${id}-${measure.measure}`),
      );
      return {
        parts: charts,
        element: element(
          'div',
          {},
          ...words(),
          element('div', { class: 'charts three' }, ...charts.map((chart) => chart.element)),
        ),
      };
    },
  };
}

function planOf(
  layer: string,
  { measure, title, label, hint, log }: (typeof measures)[number],
  variants: readonly VariantData[],
): ChartPlan {
  return {
    key: `${layer}/${measure}`,
    title,
    fullTitle: `${title} of ${layer}`,
    legend: null,
    hint,
    log,
    format: 'figure',
    traces: variants.map((variant) =>
      probeTrace(variant, label, (probe) => shiftIn(probe, layer)?.[measure]),
    ),
  };
}

function words(): HTMLElement[] {
  const paragraph = (...text: (Node | string)[]) => element('p', { class: 'muted words' }, ...text);
  return [
    paragraph(
      element('b', {}, 'Input shift'),
      ' is the Wasserstein distance of the layer’s inputs, on one fixed batch, from those of the evaluation before: it sees every change. It cannot tell a change that harms from one that is learning, and it grows with the steps between evaluations. ',
      element('b', {}, 'Angle and distance'),
      ' see what the change does to the step this layer was about to take. They look at a single step on a single batch, and a steep loss moves them as well as a shift does.',
    ),
    paragraph(
      'The paper explains batch normalization by less of such shift. ',
      element(
        'a',
        { href: 'https://arxiv.org/abs/1805.11604' },
        'Santurkar et al. (2018, arXiv 1805.11604)',
      ),
      ' dispute that: they measured as much of it with normalization as without, or more, in networks that trained better all the same, and hold that a smoother loss is the reason. Compare the variants here: less shift and faster training need not go together.',
    ),
  ];
}
