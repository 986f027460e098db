/** A chart as a drawing that stands alone: on white, with its title, axes and a legend. */
import { linearTicks, logTicks } from './axes.ts';
import type { EventMark } from './control-text.ts';
import { type Area, bandPolygons, markedRows, placeX, placeY, traceLine } from './decimate.ts';
import type { Drawn } from './draw.ts';
import { type Drawing, PathText, type Shape } from './drawing.ts';
import { groupLetter, nearGroups } from './mark-layer.ts';
import type { ChartPlan } from './plan.ts';
import { type PlotContent, stepLabel, valueLabels } from './plot.ts';
import { addMarker } from './series.ts';

/** Units a CSS pixel: lines are decimated to columns of a quarter pixel, so that they may be enlarged. */
const unit = 4;
const px = (pixels: number) => pixels * unit;

export const paper = {
  background: '#ffffff',
  text: '#3b3b3b',
  muted: '#616161',
  grid: '#e3e3e3',
  series: ['#0063d3', '#bf8803', '#652d90', '#388a34', '#e51400', '#3b3b3b'],
};

const size = { width: px(760), plot: px(300) };
const margin = { left: px(72), right: px(22), top: px(42), bottom: px(48) };
const legend = { line: px(20), letter: px(6.6), mark: px(20) };
const text = { size: px(12), small: px(11), title: px(15) };
const spacing = { marker: px(96), dot: px(11), letter: px(16) };

export function chartDrawing(
  plan: Pick<ChartPlan, 'fullTitle' | 'title' | 'format'>,
  content: Pick<PlotContent, 'drawn' | 'steps' | 'values' | 'log' | 'marks'>,
): Drawing {
  const { drawn, steps, values, log, marks } = content;
  const area: Area = {
    ...{ left: margin.left, top: margin.top, height: size.plot, ratio: unit, log },
    width: size.width - margin.left - margin.right,
    ...{ fromStep: steps[0], toStep: steps[1], min: values[0], max: values[1] },
  };
  const entries = legendShapes(drawn, margin.top + size.plot + margin.bottom);
  return {
    title: plan.fullTitle,
    width: size.width,
    height: entries.bottom + px(10),
    unit,
    background: paper.background,
    shapes: [
      { ...label(plan.fullTitle, margin.left, px(26)), size: text.title, isBold: true },
      ...axes(plan, area),
      ...eventShapes(area, marks),
      ...[band, line, dots].flatMap((draw) => drawn.flatMap((each) => draw(area, each, drawn))),
      ...entries.shapes,
    ],
  };
}

function axes({ title, format }: Pick<ChartPlan, 'title' | 'format'>, area: Area): Shape[] {
  const { left, top, width, height, min, max, log } = area;
  const most = height / px(34);
  const ticks = log ? logTicks([min, max], most) : linearTicks([min, max], most);
  const labels = valueLabels(ticks, log, format);
  const across = linearTicks([area.fromStep, area.toStep], width / px(90)).filter(Number.isInteger);
  const bottom = top + height;
  return [
    ...ticks.flatMap((tick, index): Shape[] => {
      const y = placeY(area, tick);
      return [
        { kind: 'path', d: `M${left} ${y}H${left + width}`, stroke: paper.grid, width: px(1) },
        { ...label(labels[index], left - px(8), y + px(4)), anchor: 'end', fill: paper.muted },
      ];
    }),
    ...across.flatMap((step): Shape[] => {
      const x = placeX(area, step);
      return [
        { kind: 'path', d: `M${x} ${bottom}v${px(5)}`, stroke: paper.muted, width: px(1) },
        { ...label(stepLabel(step), x, bottom + px(19)), anchor: 'middle', fill: paper.muted },
      ];
    }),
    { kind: 'path', d: `M${left} ${bottom}H${left + width}`, stroke: paper.muted, width: px(1) },
    { ...label('training step', left + width / 2, bottom + px(38)), anchor: 'middle' },
    { ...label(title, px(18), top + height / 2), anchor: 'middle', isUpright: true },
  ];
}

function eventShapes(area: Area, marks: readonly EventMark[]): Shape[] {
  const { fromStep, toStep, top, width, height } = area;
  const inside = marks.filter(({ step }) => step >= fromStep && step <= toStep);
  const apart = (spacing.letter / width) * (toStep - fromStep);
  return nearGroups(inside, apart).flatMap((group): Shape[] => {
    const x = placeX(area, group[0].step);
    return [
      {
        ...{ kind: 'path', d: `M${x} ${top}v${height}` },
        ...{ stroke: paper.muted, width: px(0.75), opacity: 0.7 },
      },
      { ...label(groupLetter(group), x, top - px(4)), anchor: 'middle', size: text.small },
    ];
  });
}

type Draw = (area: Area, each: Drawn, all: readonly Drawn[]) => Shape[];

const band: Draw = (area, { trace, samples }, all) => {
  if (trace.mark !== 'line') return [];
  const path = new PathText();
  for (const polygon of bandPolygons(area, samples)) {
    path.moveTo(polygon[0].x, polygon[0].high);
    for (const { x, high } of polygon) path.lineTo(x, high);
    for (const { x, low } of polygon.toReversed()) path.lineTo(x, low);
    path.closePath();
  }
  const opacity = Math.max(0.05, Math.min(0.16, 0.4 / all.length));
  return shapesOf(path, { fill: colourOf(trace.variant.index), opacity });
};

const line: Draw = (area, { trace, samples }) => {
  if (trace.mark === 'dots') return [];
  const path = new PathText();
  traceLine(area, samples, samples.mid, path);
  return shapesOf(path, { stroke: colourOf(trace.variant.index), width: px(1.5) });
};

const dots: Draw = (area, { trace, samples }, all) => {
  const { variant, mark } = trace;
  const hasDots = all.some(
    ({ trace: other }) => other.variant === variant && other.mark === 'dots',
  );
  if (mark === 'line' && hasDots) return [];
  const apart = mark === 'line' ? spacing.marker : spacing.dot;
  const path = new PathText();
  for (const row of markedRows(area, samples, apart, px((variant.index * 37) % 96))) {
    const [x, y] = [placeX(area, samples.steps[row]), placeY(area, samples.mid[row])];
    addMarker(path, variant.index, x, y, px(mark === 'line' ? 3.4 : 2.2));
  }
  return shapesOf(path, { fill: colourOf(variant.index) });
};

/** Every trace by name, as many beside each other as fit. */
function legendShapes(
  drawn: readonly Drawn[],
  top: number,
): { readonly shapes: Shape[]; readonly bottom: number } {
  const shapes: Shape[] = [];
  let [x, y] = [margin.left, top + legend.line];
  for (const { trace } of drawn) {
    const name = `${trace.variant.name}, ${trace.label}`;
    const width = legend.mark + name.length * legend.letter + px(16);
    if (x > margin.left && x + width > size.width - margin.right)
      [x, y] = [margin.left, y + legend.line];
    const colour = colourOf(trace.variant.index);
    const [middle, height] = [x + px(7), y - px(4)];
    const marker = new PathText();
    addMarker(marker, trace.variant.index, middle, height, px(trace.mark === 'dots' ? 2.6 : 4));
    if (trace.mark !== 'dots')
      shapes.push({ kind: 'path', d: `M${x} ${height}h${px(14)}`, stroke: colour, width: px(1.5) });
    shapes.push(...shapesOf(marker, { fill: colour }), label(name, x + legend.mark, y));
    x += width;
  }
  return { shapes, bottom: y };
}

function shapesOf(
  path: PathText,
  style: { fill?: string; stroke?: string; width?: number; opacity?: number },
): Shape[] {
  const d = path.toString();
  return d === '' ? [] : [{ kind: 'path', d, ...style }];
}

function label(content: string, x: number, y: number): Extract<Shape, { kind: 'text' }> {
  return { kind: 'text', x, y, text: content, fill: paper.text, size: text.size, anchor: 'start' };
}

function colourOf(index: number): string {
  return paper.series[index % paper.series.length];
}
