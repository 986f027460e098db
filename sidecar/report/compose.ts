/** What a report says, section by section; each figure with what to look for in it and what it cannot show. */
import { origin, remarks } from './closing-sections.ts';
import { curvesFigure, drawnVariants } from './curves-figure.ts';
import {
  type Block,
  heading,
  paragraph,
  type ReportDocument,
  type TableBlock,
  table,
} from './document.ts';
import { count, figure, percent, shortCount, times } from './format.ts';
import { comparableGrids, gridFigure } from './grid-figure.ts';
import { ensemble, population } from './inference-sections.ts';
import { ownRates } from './own-rates.ts';
import {
  type GridReport,
  type Outcome,
  type Report,
  singleVariants,
  type VariantReport,
} from './report.ts';
import type { Score } from './source.ts';
import { percentiles } from './unit-section.ts';

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
      ? undecided(data.commonest)
      : ` A network counts as having learned something from ${percent(chance)} on: always naming the commonest class would reach ${percent(data.commonest)}, and luck hardly more.`;
  return [
    paragraph(
      `${variants.length === 1 ? 'One network' : `${variants.length} networks`} trained on ${count(trainExamples)} examples of ${name} and tested on ${count(testExamples)} others.${level}`,
    ),
  ];
}

function undecided(commonest: number | null): string {
  if (commonest === null) return '';
  return ` Always naming the commonest class would reach ${percent(commonest)} there, too near to 100 % for so few examples or classes to tell what learned from what was lucky.`;
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
            `What it cannot show: differences between seeds. Each line is one run, and lines that ${report.data.commonest === null ? 'end close together' : 'differ by a few tenths of a percent'} may change places with another seed. The best of many evaluations on the test set is also a little better than new data would be.`,
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
    score === null ? '–' : classified ? percent(score.accuracy) : figure(score.loss);
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
      `What to look for: the ratio of steps. What it cannot show: more than the evaluations do, which are ${resolution === 1 ? 'a step' : `${count(resolution)} steps`} apart, so that every number of steps may be up to that much too large; and the time a step takes, which batch normalization lengthens.${published ? ' The published figures come from another data set and a far larger network: they are there for the order and the direction, not for the digits.' : ''}`,
    ),
  ];
}

function publishedCells({ published }: VariantReport): string[] {
  if (published === null) return ['–', '–', '–', '–'];
  const { label, steps, speedup, accuracy } = published;
  return [label, steps === null ? '–' : shortCount(steps), times(speedup), percent(accuracy, 1)];
}

/** The widest: an evaluation that a person asked for, or the last one, may come sooner. */
function evaluationInterval({ curve: { step } }: VariantReport): number {
  return Math.max(...step.map((each, index) => each - (step[index - 1] ?? 0)));
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
      `What to look for: how far the region of networks that train reaches, and how flat it is within.${compared.length > 0 ? legend(report) : ''}`,
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

/** What stands in the cells of a heat map in the place of a figure. */
function legend({ data }: Report): string {
  const cross = ' A cross is a network whose loss was no longer a finite number';
  return data.commonest === null
    ? `${cross}.`
    : `${cross}; “chance” one that did no better than always naming the commonest class.`;
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
      classified ? percent(accuracy) : figure(loss),
      outcomes[outcome],
    ]),
  );
}
