/** What a report says of one unit: the percentiles of its input over the steps (figure 1b and c of the paper). */
import { type Block, heading, paragraph, table } from './document.ts';
import { figure, times } from './format.ts';
import { percentilesFigure } from './percentiles-figure.ts';
import { type Report, singleVariants } from './report.ts';

export function percentiles(report: Report): Block[] {
  const { percentiles: found } = report;
  if (found === null) return [];
  const single = new Set(singleVariants(report).map(({ variant }) => variant));
  const drawn = percentilesFigure(found);
  const typical = found.variants.some((each) => each.typical);
  const missing = found.missing
    .filter(({ variant }) => single.has(variant))
    .map(({ variant, reason }) => `${variant}: ${reason}.`);
  return [
    heading(`The input to one unit of ${found.layer}`),
    ...(drawn === null ? [] : [{ kind: 'figure' as const, figure: drawn }]),
    ...(missing.length === 0 ? [] : [{ kind: 'list' as const, items: missing }]),
    ...(found.variants.length === 0
      ? []
      : [
          paragraph(
            `What to look for: whether the band stays where it is. Where it drifts, the layers above have to follow it; where it leaves the steep part of the activation, gradients vanish.${typical ? ' The unit shown is the one whose percentiles stay nearest to the medians over its layer.' : ''}`,
          ),
          paragraph(
            'What it cannot show: that the drift is what slows training. It is one unit on one fixed batch of training examples, and later work (Santurkar et al. 2018) disputes that the gain of batch normalization comes from less drift.',
          ),
          table(
            'Wander: standard deviation of each percentile over the last 80 % of the steps',
            [
              'variant',
              'unit',
              '15th',
              '50th',
              '85th',
              'mean',
              `over ${found.variants[0].variant}`,
            ],
            found.variants.map(({ variant, unit, wander }) => [
              variant,
              String(unit),
              figure(wander?.low ?? null),
              figure(wander?.mid ?? null),
              figure(wander?.high ?? null),
              figure(wander?.mean ?? null),
              times(wander?.ratio ?? null),
            ]),
          ),
        ]),
  ];
}
