/** What a report says of networks once they are trained: by which statistics, and several as one. */
import { type Block, heading, paragraph, table } from './document.ts';
import { figure, percent, points, times } from './format.ts';
import { type Report, singleVariants } from './report.ts';
import type { Score } from './source.ts';

export function population(report: Report): Block[] {
  const measured = singleVariants(report).filter((each) => each.population !== null);
  if (measured.length === 0) return [];
  const classified = report.data.commonest !== null;
  return [
    heading('Population statistics: moving averages against exact ones'),
    table(
      'The same weights with running averages and with the statistics of the whole training set (Algorithm 2)',
      [
        'variant',
        ...(classified ? ['accuracy, moving', 'accuracy, exact', 'difference in points'] : []),
        'loss, moving',
        'loss, exact',
        'furthest mean',
        'furthest deviation',
      ],
      measured.map(({ variant, population: found }) => {
        const { moving, exact, layers } = found!;
        const mean = Math.max(...layers.map((layer) => layer.mean));
        const deviation = layers
          .map((layer) => layer.deviation)
          .reduce((worst, each) =>
            Math.abs(Math.log(each)) > Math.abs(Math.log(worst)) ? each : worst,
          );
        return [
          variant,
          ...(classified ? accuracies(moving, exact) : []),
          figure(moving.loss),
          figure(exact.loss),
          figure(mean),
          times(deviation),
        ];
      }),
    ),
    paragraph(
      `What to look for: a difference in ${classified ? 'accuracy' : 'loss'}. The furthest mean is the largest difference between running and exact mean of any unit, in standard deviations of that unit; the furthest deviation is the running over the exact standard deviation of the unit where it is furthest from 1. What it cannot show: which of both would have been better while it trained; this is after the last step.`,
    ),
  ];
}

function accuracies(moving: Score, exact: Score): string[] {
  const difference =
    moving.accuracy === null || exact.accuracy === null
      ? '–'
      : points(exact.accuracy - moving.accuracy);
  return [percent(moving.accuracy), percent(exact.accuracy), difference];
}

export function ensemble({ ensemble: found, ensembleMissing }: Report): Block[] {
  if (found === null) {
    return ensembleMissing === undefined ? [] : [heading('Ensemble'), paragraph(ensembleMissing)];
  }
  const { members, whole } = found;
  const accuracies = members.map(({ accuracy }) => accuracy ?? 0);
  const mean = accuracies.reduce((sum, each) => sum + each, 0) / members.length;
  const best = Math.max(...accuracies);
  return [
    heading('Ensemble'),
    table(
      `Class probabilities of ${members.length} networks averaged, on the test set`,
      ['network', 'accuracy', 'loss'],
      [
        ...members.map(({ variant, accuracy, loss }) => [variant, percent(accuracy), figure(loss)]),
        ['mean of the members', percent(mean), '–'],
        ['ensemble', percent(whole.accuracy), figure(whole.loss)],
      ],
    ),
    paragraph(
      `The ensemble is ${points((whole.accuracy ?? 0) - mean)} points from the mean of its members and ${points((whole.accuracy ?? 0) - best)} points from the best of them. What it cannot show: how much of that another set of seeds would give.`,
    ),
  ];
}
