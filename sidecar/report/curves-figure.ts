/** Figure 1a of the paper: the test set's accuracy against steps, all variants; for regression its loss. */
import { figure, percent } from './format.ts';
import { element, join, type Markup } from './markup.ts';
import { type Report, singleVariants, type VariantReport } from './report.ts';
import { accuracyScale, namesAccuracies, type Scale, stepScale, valueScale } from './scales.ts';
import {
  type Box,
  type Figure,
  frame,
  label,
  mark,
  type Point,
  pathOf,
  seriesStyles,
  short,
  shortened,
  stepAxis,
  trace,
  valueAxis,
} from './svg.ts';

const width = 800;
const height = 420;
const longestName = 26;
const labelGap = 17;
/** Pixels from the right within which a line ends there. */
const nearEnd = 24;

/** The first of those that stand alone; more could not be told apart. */
export function drawnVariants(report: Report): readonly VariantReport[] {
  return singleVariants(report)
    .filter(({ curve }) => curve.step.length > 0)
    .slice(0, seriesStyles);
}

/** Null where nothing has been evaluated. */
export function curvesFigure(report: Report): Figure | null {
  const drawn = drawnVariants(report);
  const classified = report.data.commonest !== null;
  const values = ({ curve }: VariantReport) => (classified ? curve.accuracy : curve.loss);
  const all = drawn.flatMap(values).filter((value) => value !== null);
  if (all.length === 0) return null;
  const names = drawn.map(nameOf);
  const margin = 44 + 7.2 * Math.max(...names.map((name) => name.length));
  const box: Box = { left: 62, top: 34, right: short(width - margin), bottom: height - 46 };
  const x = stepScale(Math.max(...drawn.map(({ stepsMade }) => stepsMade)), [box.left, box.right]);
  const y = valuesScale(all, report, box);
  const lines = drawn.map((variant, series) => {
    const runs = trace(variant.curve.step, values(variant), x, y);
    return { series, name: names[series], runs, end: runs.at(-1)?.at(-1) ?? null };
  });
  return frame(
    {
      name: 'curves',
      title: `${report.title}: test ${classified ? 'accuracy' : 'loss'} against training steps`,
      description: describe(drawn, classified),
    },
    width,
    height,
    [
      label(box.left - 54, 18, axisTitle(classified, all), { kind: 'axis-title' }),
      valueAxis(box, y),
      stepAxis(box, x),
      label(box.right, height - 8, 'training steps', { anchor: 'end', kind: 'axis-title' }),
      ...lines.map(({ series, runs }) => line(series, runs)),
      directLabels(lines, box),
    ],
  );
}

function valuesScale(all: readonly number[], { data }: Report, box: Box): Scale {
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const range = [box.bottom, box.top] as const;
  if (data.commonest === null) return valueScale(least, most, range);
  if (!spacedByError(true, all)) {
    return valueScale(least, most, range, (share) => `${figure(100 * share)} %`);
  }
  return accuracyScale(least, most, 0.5 / data.testExamples, range);
}

/** Near 100 % what matters is by how much the error shrinks. */
function spacedByError(classified: boolean, all: readonly number[]): boolean {
  const most = Math.max(...all);
  return classified && most > 0.9 && namesAccuracies(Math.min(...all), most);
}

function axisTitle(classified: boolean, all: readonly number[]): string {
  if (!classified) return 'test loss';
  return spacedByError(classified, all)
    ? 'test accuracy (spaced by the logarithm of the error)'
    : 'test accuracy';
}

function line(series: number, runs: readonly (readonly Point[])[]): Markup {
  const points = runs.flat();
  const marks = 5;
  // Each series has its marks elsewhere, so that lines on top of each other still show both.
  const chosen = Array.from({ length: marks }, (_, index) => {
    const share = (index + (series + 1) / (seriesStyles + 1)) / marks;
    return points[Math.min(points.length - 1, Math.round(share * points.length))];
  });
  return join([
    element('path', { class: `line series-${series}`, d: pathOf(runs) }),
    ...[...new Set(chosen)]
      .filter((point) => point !== undefined)
      .map((point) => mark(series, point)),
  ]);
}

interface Ended {
  readonly series: number;
  readonly name: string;
  readonly end: Point | null;
}

/** Names at the right, each at the height its line ends at, or as near as the others let it. */
function directLabels(lines: readonly Ended[], { right, top, bottom }: Box): Markup {
  const wanted = lines
    .map(({ series, name, end }) => ({ series, name, end, y: end?.[1] ?? bottom }))
    .sort((a, b) => a.y - b.y);
  let free = top;
  for (const each of wanted) {
    each.y = Math.max(each.y, free);
    free = each.y + labelGap;
  }
  let limit = bottom;
  for (const each of wanted.toReversed()) {
    each.y = Math.min(each.y, limit);
    limit = each.y - labelGap;
  }
  return join(
    wanted.map(({ series, name, end, y }) =>
      join([
        // A line that ended early has its name apart; a long stroke to it would cross the others.
        ...(end === null || end[0] < right - nearEnd
          ? []
          : [
              element('path', {
                class: 'leader',
                d: `M${pathOf([[end]]).slice(1)}L${right + 8} ${short(y)}`,
              }),
            ]),
        element('path', { class: `line series-${series}`, d: `M${right + 8} ${short(y)}h20` }),
        mark(series, [right + 18, y]),
        label(right + 34, y + 4, name),
      ]),
    ),
  );
}

function nameOf({ variant, outcome }: VariantReport): string {
  return `${shortened(variant, longestName)}${outcome === 'diverged' ? ' (diverged)' : ''}`;
}

function describe(drawn: readonly VariantReport[], classified: boolean): string {
  const ends = drawn.map(({ variant, best, outcome }) => {
    if (best === null) return `${variant} has no evaluation`;
    const reached = classified ? percent(best.accuracy) : `a loss of ${best.loss?.toPrecision(3)}`;
    return `${variant} reached ${reached} at step ${best.step}${outcome === 'diverged' ? ' and diverged' : ''}`;
  });
  return `One line a variant. ${ends.join('; ')}.`;
}
