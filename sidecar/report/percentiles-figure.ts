/** Figures 1b and 1c of the paper: percentiles of the input to one unit against steps, a panel a variant. */
import { figure as digits } from './format.ts';
import { element, type Markup } from './markup.ts';
import type { PercentilesReport, UnitPercentiles } from './report.ts';
import { type Scale, stepScale, valueScale } from './scales.ts';
import {
  type Box,
  type Figure,
  frame,
  label,
  pathOf,
  shortened,
  stepAxis,
  trace,
  valueAxis,
} from './svg.ts';

const width = 800;
const panelHeight = 190;
const left = 52;
const gap = 66;
const top = 58;
const rowGap = 48;
/** More panels could not be compared by eye. */
const mostPanels = 8;

/** Null where no variant has percentiles. */
export function percentilesFigure({ layer, variants }: PercentilesReport): Figure | null {
  const drawn = variants.slice(0, mostPanels);
  if (drawn.length === 0) return null;
  const columns = Math.min(2, drawn.length);
  const rows = Math.ceil(drawn.length / columns);
  const panelWidth = (width - left - columns * gap) / columns;
  const limits = limitsOf(drawn);
  const most = Math.max(...drawn.map(({ step }) => step.at(-1)!));
  const panels = drawn.flatMap((unit, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const boxLeft = left + column * (panelWidth + gap);
    const boxTop = top + row * (panelHeight + rowGap);
    const box = {
      left: boxLeft,
      top: boxTop,
      right: boxLeft + panelWidth,
      bottom: boxTop + panelHeight,
    };
    const below = index + columns >= drawn.length;
    return panel(unit, index, box, limits, most, { below });
  });
  const height = top + rows * (panelHeight + rowGap) + 4;
  return frame(
    {
      name: 'percentiles',
      title: `15th, 50th and 85th percentile of the input to one unit of ${layer} against training steps`,
      description: describe(drawn),
    },
    width,
    height,
    [
      label(
        8,
        18,
        `input u to one unit of ${shortened(layer, 40)}: median, and the band from the 15th to the 85th percentile`,
        {
          kind: 'axis-title',
        },
      ),
      ...panels,
      label(width - gap, height - 2, 'training steps', { anchor: 'end', kind: 'axis-title' }),
    ],
  );
}

function panel(
  unit: UnitPercentiles,
  index: number,
  box: Box,
  [least, greatest]: readonly [number, number],
  most: number,
  { below }: { readonly below: boolean },
): Markup[] {
  const x = stepScale(most, [box.left, box.right]);
  const y = valueScale(least, greatest, [box.bottom, box.top]);
  const clip = `percentiles-clip-${index}`;
  const { left: boxLeft, top: boxTop, right, bottom } = box;
  const inside = { x: boxLeft, y: boxTop, width: right - boxLeft, height: bottom - boxTop };
  const line = (values: UnitPercentiles['mid'], kind: string) =>
    element('path', { class: kind, d: pathOf(trace(unit.step, values, x, y)) });
  return [
    element('clipPath', { id: clip }, element('rect', inside)),
    label(boxLeft, boxTop - 9, `${shortened(unit.variant, 34)}, unit ${unit.unit}`, {
      kind: 'panel-title',
    }),
    valueAxis(box, y),
    stepAxis(box, x, below),
    element(
      'g',
      { 'clip-path': `url(#${clip})` },
      element('path', { class: 'band', d: band(unit, x, y) }),
      line(unit.low, 'percentile'),
      line(unit.high, 'percentile'),
      line(unit.mid, 'percentile middle'),
    ),
    ...ends(unit, box, x, y),
  ];
}

/** The area between the outer percentiles, piece by piece where some are not finite. */
function band({ step, low, high }: UnitPercentiles, x: Scale, y: Scale): string {
  const finite = high.map((value, index) => (low[index] === null ? null : value));
  const floor = low.map((value, index) => (high[index] === null ? null : value));
  const above = trace(step, finite, x, y);
  const under = trace(step, floor, x, y);
  return above
    .map((points, index) => `${pathOf([[...points, ...under[index].toReversed()]])}Z`)
    .join('');
}

/** Which line is which, where it ends. */
function ends(
  { step, low, mid, high }: UnitPercentiles,
  { top: boxTop, bottom }: Box,
  x: Scale,
  y: Scale,
): Markup[] {
  const words = [
    ['85 %', high],
    ['50 %', mid],
    ['15 %', low],
  ] as const;
  let free = boxTop + 4;
  return words.flatMap(([word, series]) => {
    const last = series.findLast((value) => value !== null);
    if (last === undefined || last === null) return [];
    const place = Math.min(Math.max(y.place(last) + 4, free), bottom + 4);
    free = place + 13;
    return [label(x.place(step.at(-1)!) + 5, place, word, { kind: 'tick' })];
  });
}

/** Of all panels together; a few values that shot up before a run diverged do not flatten the rest. */
function limitsOf(drawn: readonly UnitPercentiles[]): readonly [number, number] {
  const all = drawn
    .flatMap(({ low, mid, high }) => [...low, ...mid, ...high])
    .filter((value) => value !== null)
    .sort((a, b) => a - b);
  if (all.length === 0) return [-1, 1];
  const cut = Math.floor(all.length / 500);
  return [all[cut], all[all.length - 1 - cut]];
}

function describe(drawn: readonly UnitPercentiles[]): string {
  const wander = drawn.map(({ variant, wander: each }) =>
    each === null
      ? `${variant} has too few values`
      : `${variant} wanders by ${digits(each.mean)} (standard deviation over the last 80 % of the steps)`,
  );
  return `One panel a variant on the same axes. ${wander.join('; ')}.`;
}
