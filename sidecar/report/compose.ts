/** What a report says, section by section; each figure with what to look for in it and what it cannot show. */
import type { ControlEvent } from '../protocol/control.ts';
import { curvesFigure, drawnVariants } from './curves-figure.ts';
import {
  type Block,
  heading,
  type Prose,
  paragraph,
  type ReportDocument,
  type TableBlock,
  table,
} from './document.ts';
import { count, figure, percent, points, shortCount, times } from './format.ts';
import { comparableGrids, gridFigure } from './grid-figure.ts';
import { ownRates } from './own-rates.ts';
import { percentilesFigure } from './percentiles-figure.ts';
import {
  type GridReport,
  type Outcome,
  type Report,
  singleVariants,
  type VariantReport,
} from './report.ts';
import type { Score } from './source.ts';

export function composeReport(report: Report): ReportDocument {
  return {
    title: report.title,
    blocks: [
      ...introduction(report),
      ...results(report),
      ...ownRates(report),
      ...baseline(report),
      ...percentiles(report),
      ...grids(report),
      ...population(report),
      ...ensemble(report),
      ...remarks(report),
      ...origin(report),
    ],
  };
}

function introduction({ data, variants, chance }: Report): Block[] {
  const { name, trainExamples, testExamples } = data;
  const level =
    chance === null
      ? ''
      : ` A network counts as having learned something from ${percent(chance)} on: always naming the commonest class would reach ${percent(data.commonest)}, and luck hardly more.`;
  return [
    paragraph(
      `${variants.length === 1 ? 'One network' : `${variants.length} networks`} trained on ${count(trainExamples)} examples of ${name} and tested on ${count(testExamples)} others.${level}`,
    ),
  ];
}

const outcomes: Readonly<Record<Outcome, string>> = {
  trained: 'trained',
  chance: 'at chance',
  diverged: 'diverged',
  unfinished: 'unfinished',
  failed: 'failed',
};

function results(report: Report): Block[] {
  const single = singleVariants(report);
  if (single.length === 0) return [];
  const figure = curvesFigure(report);
  const left = single.length - drawnVariants(report).length;
  return [
    heading(report.data.commonest === null ? 'Loss against steps' : 'Accuracy against steps'),
    ...(figure === null
      ? [paragraph('Nothing has been evaluated, so there is no curve to show.')]
      : [
          { kind: 'figure' as const, figure },
          paragraph(
            `What to look for: which line is the first to get where it ends, and which ends best.${left > 0 ? ` ${left} variants more are in the table alone.` : ''}`,
          ),
          paragraph(
            'What it cannot show: differences between seeds. Each line is one run, and lines that differ by a few tenths of a percent may change places with another seed. The best of many evaluations on the test set is also a little better than new data would be.',
          ),
        ]),
    resultsTable('Every variant as it was trained, and what the test set says', single, report),
    ...onTheWay(single, report),
  ];
}

/** Shares of the steps after which the way is looked at; of 50,000 they are 1,000, 2,000, 5,000 and so on. */
const milestones = [0.02, 0.04, 0.1, 0.2, 0.5, 1];

/** Where every variant was evaluated at the same steps, as many of the milestones as are among them. */
function onTheWay(variants: readonly VariantReport[], { data }: Report): Block[] {
  const [{ steps, curve }] = variants;
  const evaluated = milestones
    .map((share) => share * steps)
    .filter((step) => curve.step.includes(step));
  if (data.commonest === null || evaluated.length < 2) return [];
  return [
    table(
      'Test accuracy on the way',
      ['variant', ...evaluated.map((step) => `${count(step)} steps`)],
      variants.map(({ variant, curve: { step, accuracy } }) => [
        variant,
        ...evaluated.map((wanted) => percent(accuracy[step.indexOf(wanted)] ?? null)),
      ]),
    ),
  ];
}

function resultsTable(
  caption: string,
  variants: readonly VariantReport[],
  { data, variants: all }: Report,
): TableBlock {
  const classified = data.commonest !== null;
  const worth = classified ? 'accuracy' : 'loss';
  const value = (score: Score | null) =>
    score === null ? '–' : classified ? percent(score.accuracy) : number(score.loss);
  const seeds = new Set(all.map(({ seed }) => seed)).size > 1;
  return table(
    caption,
    [
      'variant',
      'learning rate',
      'initialization',
      ...(seeds ? ['seed'] : []),
      'steps',
      `best ${worth}`,
      'at step',
      `final ${worth}`,
      'outcome',
    ],
    variants.map((each) => [
      each.variant,
      figure(each.learningRate),
      each.initialization,
      ...(seeds ? [String(each.seed)] : []),
      count(each.stepsMade),
      value(each.best),
      count(each.best?.step ?? null),
      value(each.final),
      outcomes[each.outcome],
    ]),
  );
}

function number(value: number | null): string {
  return value === null ? '–' : figure(value);
}

function baseline(report: Report): Block[] {
  const { baseline: name } = report;
  const variants = report.variants.filter(
    (each) => singleVariants(report).includes(each) || each.variant === name,
  );
  const base = variants.find(({ variant }) => variant === name);
  // Steps are counted to an accuracy, which a regression has not.
  if (name === null || base?.best?.accuracy == null) return [];
  const published = variants.some((each) => each.published !== null);
  const head = ['variant', 'steps to the same accuracy', 'times fewer steps', 'best accuracy'];
  const rows = variants.map((each) => [
    each.variant,
    each.stepsToBaseline === null ? 'never' : count(each.stepsToBaseline),
    times(each.speedup),
    percent(each.best?.accuracy ?? null),
    ...(published ? publishedCells(each) : []),
  ]);
  const resolution = evaluationInterval(base);
  return [
    heading(`Steps to the best accuracy of ${name}`),
    table(
      `${name} reached its best, ${percent(base.best.accuracy)}, at step ${count(base.best.step)}; the others' steps until they were as good`,
      published
        ? [
            ...head,
            'published as',
            'published steps',
            'published times fewer',
            'published accuracy',
          ]
        : head,
      rows,
    ),
    paragraph(
      `What to look for: the ratio of steps. What it cannot show: more than the evaluations do, which are ${count(resolution)} steps apart, so that every number of steps may be up to that much too large; and the time a step takes, which batch normalization lengthens.${published ? ' The published figures come from another data set and a far larger network: they are there for the order and the direction, not for the digits.' : ''}`,
    ),
  ];
}

function publishedCells({ published }: VariantReport): string[] {
  if (published === null) return ['–', '–', '–', '–'];
  const { label, steps, speedup, accuracy } = published;
  return [label, steps === null ? '–' : shortCount(steps), times(speedup), percent(accuracy, 1)];
}

function evaluationInterval({ curve: { step } }: VariantReport): number {
  return step.length > 1 ? step[1] - step[0] : step[0];
}

function percentiles(report: Report): Block[] {
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
              number(wander?.low ?? null),
              number(wander?.mid ?? null),
              number(wander?.high ?? null),
              number(wander?.mean ?? null),
              times(wander?.ratio ?? null),
            ]),
          ),
        ]),
  ];
}

function grids(report: Report): Block[] {
  const compared = comparableGrids(report);
  // Repetitions with other seeds stand in the table of all variants, and say nothing of settings.
  const others = report.grids.filter(
    ({ axes }) => axes.length !== 2 && axes.some(({ key }) => key !== 'seed'),
  );
  if (compared.length + others.length === 0) return [];
  return [
    heading('What trains and what does not'),
    ...compared.map((group, index) => ({
      kind: 'figure' as const,
      figure: gridFigure(report, group, index),
    })),
    ...others.map((grid) => gridTable(grid, report)),
    paragraph(
      'What to look for: how far the region of networks that train reaches, and how flat it is within. A cross is a network whose loss was no longer a finite number; “chance” one that did no better than always naming the commonest class.',
    ),
    paragraph(
      'What it cannot show: that a network which has not learned yet never would. Every cell is one run of the same number of steps with one seed.',
    ),
    ...compared.flat().map(
      ({ name, cells }): Block => ({
        kind: 'details',
        summary: `${name}: every cell`,
        content: resultsTable(name, variantsOf(cells, report), report),
      }),
    ),
  ];
}

function variantsOf(cells: GridReport['cells'], { variants }: Report): VariantReport[] {
  const names = new Set(cells.map(({ variant }) => variant));
  return variants.filter(({ variant }) => names.has(variant));
}

function gridTable({ name, axes, cells }: GridReport, { data }: Report): Block {
  const classified = data.commonest !== null;
  const worth = classified ? 'accuracy' : 'loss';
  return table(
    `${name}: final test ${worth}`,
    [...axes.map(({ key }) => key), `final ${worth}`, 'outcome'],
    cells.map(({ at, accuracy, loss, outcome }) => [
      ...at.map((index, axis) => axes[axis].values[index]),
      classified ? percent(accuracy) : number(loss),
      outcomes[outcome],
    ]),
  );
}

function population(report: Report): Block[] {
  const measured = singleVariants(report).filter((each) => each.population !== null);
  if (measured.length === 0) return [];
  return [
    heading('Population statistics: moving averages against exact ones'),
    table(
      'The same weights with running averages and with the statistics of the whole training set (Algorithm 2)',
      [
        'variant',
        'accuracy, moving',
        'accuracy, exact',
        'difference in points',
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
          percent(moving.accuracy),
          percent(exact.accuracy),
          moving.accuracy === null || exact.accuracy === null
            ? '–'
            : points(exact.accuracy - moving.accuracy),
          number(moving.loss),
          number(exact.loss),
          figure(mean),
          times(deviation),
        ];
      }),
    ),
    paragraph(
      'What to look for: a difference in accuracy. The furthest mean is the largest difference between running and exact mean of any unit, in standard deviations of that unit; the furthest deviation is the running over the exact standard deviation of the unit where it is furthest from 1. What it cannot show: which of both would have been better while it trained; this is after the last step.',
    ),
  ];
}

function ensemble({ ensemble: found }: Report): Block[] {
  if (found === null) return [];
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
        ...members.map(({ variant, accuracy, loss }) => [variant, percent(accuracy), number(loss)]),
        ['mean of the members', percent(mean), '–'],
        ['ensemble', percent(whole.accuracy), number(whole.loss)],
      ],
    ),
    paragraph(
      `The ensemble is ${points((whole.accuracy ?? 0) - mean)} points from the mean of its members and ${points((whole.accuracy ?? 0) - best)} points from the best of them. What it cannot show: how much of that another set of seeds would give.`,
    ),
  ];
}

function remarks(report: Report): Block[] {
  // Cells of a heat map show by themselves what became of them.
  const variants = singleVariants(report);
  const findings = variants.flatMap(({ variant, findings: found }) =>
    found.map(
      ({ title, step, measured, matters, remedy, reference }): Prose => [
        `${variant}, step ${count(step)}: ${title}. ${measured} ${matters} ${remedy} (`,
        { words: reference.title, url: reference.url },
        ')',
      ],
    ),
  );
  const changes = variants.flatMap(({ variant, events }) =>
    events.map(({ step, effect }): Prose => `${variant}, step ${count(step)}: ${effect}`),
  );
  const endings = variants.flatMap(({ variant, error, note }) =>
    [error, note].flatMap((each): Prose[] => (each === null ? [] : [`${variant}: ${each}`])),
  );
  return [
    ...section('What went wrong or ended early', endings),
    ...section('Findings', findings),
    ...section('Changed by hand', changes, interference(variants)),
  ];
}

/** What costs time and leaves every figure as it would have been. */
const harmless: ReadonlySet<ControlEvent['action']['kind']> = new Set([
  'pause',
  'continue',
  'step',
]);

function interference(variants: readonly VariantReport[]): string {
  const changed = variants.some(({ events }) =>
    events.some(({ action: { kind } }) => !harmless.has(kind)),
  );
  return changed
    ? 'Somebody interfered while this was trained, so the file alone does not give the same figures again.'
    : 'Somebody paused while this was trained; that changes no figure.';
}

function section(title: string, items: readonly Prose[], before?: string): Block[] {
  if (items.length === 0) return [];
  return [
    heading(title),
    ...(before === undefined ? [] : [paragraph(before)]),
    { kind: 'list', items },
  ];
}

function origin({ file, data, versions, command, variants }: Report): Block[] {
  const parts = [
    `${count(data.trainExamples)} training`,
    ...(data.validationExamples > 0 ? [`${count(data.validationExamples)} validation`] : []),
    `${count(data.testExamples)} test`,
  ];
  const seeds = [...new Set(variants.map(({ seed }) => seed))];
  return [
    heading('Where this comes from'),
    {
      kind: 'list',
      items: [
        ['Repeat it with ', { code: command }, ' in the folder of the file.'],
        [`File: ${file.name}, SHA-256 `, { code: file.sha256 }],
        [
          `Data: ${data.name}, ${parts.join(', ')} examples of shape [${data.input.join(', ')}], SHA-256 `,
          { code: data.hash },
        ],
        `Seed${seeds.length === 1 ? '' : 's'}: ${seeds.join(', ')}`,
        `Versions: ${Object.entries(versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', ')}`,
      ],
    },
    {
      kind: 'details',
      summary: `${file.name}, as it was trained`,
      content: { kind: 'code', text: file.text },
    },
  ];
}
