/**
 * One uPlot: its axes, its grid, its crosshair and the dragging of a window. The traces are drawn on a canvas of our
 * own, since every variant has steps of its own and comes with bands and gaps.
 */
import uPlot from 'uplot';
import { linearTicks, logTicks, type Range } from './axes.ts';
import type { EventMark } from './control-text.ts';
import type { Area } from './decimate.ts';
import type { Drawn } from './draw.ts';
import { count, shortest, tickLabels } from './format.ts';
import { MarkLayer } from './mark-layer.ts';
import type { Theme } from './theme.ts';
import type { Place } from './tooltip.ts';
import { TraceCanvas } from './trace-canvas.ts';

export interface PlotContent {
  readonly drawn: readonly Drawn[];
  readonly steps: Range;
  readonly values: Range;
  readonly log: boolean;
  /** Name of the variant that stands out, if any. */
  readonly emphasized: string | null;
  /** What a person has changed. */
  readonly marks: readonly EventMark[];
}

export interface PlotEvents {
  /** The pointer is at a step, or has left. */
  point(step: number | null): void;
  /** A window of steps was dragged, or all are asked for. */
  select(window: Range | null): void;
  /** The nearest recorded step. */
  snap(step: number): number;
}

const yAxisWidth = 50;
/** CSS pixels by which the traces' canvas is larger than the plotting area, so that marks on its edge are whole. */
const margin = 6;
const xAxisHeight = 20;

export class Plot {
  #chart: uPlot;
  #content: PlotContent | null = null;
  #theme: Theme;
  #isMovedByUs = false;
  #traces = new TraceCanvas();
  #marks = new MarkLayer();
  #axesDrawnAs = '';

  constructor(
    parent: HTMLElement,
    size: { width: number; height: number },
    format: 'figure' | 'percent',
    theme: Theme,
    events: PlotEvents,
  ) {
    this.#theme = theme;
    const axis = { stroke: theme.text, font: theme.font };
    const grid = { stroke: theme.grid, width: 1 };
    this.#chart = new uPlot(
      {
        ...size,
        padding: [7, 18, 0, 0],
        legend: { show: false },
        series: [{}],
        scales: {
          x: { time: false },
          y: {
            distr: 100,
            fwd: (value) => (this.#content?.log ? Math.log10(value) : value),
            bwd: (value) => (this.#content?.log ? 10 ** value : value),
          },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            ticks: { ...grid, size: 4 },
            border: { show: true, ...grid },
            size: xAxisHeight,
            gap: 2,
            splits: (chart, _, min, max) =>
              linearTicks([min, max], chart.bbox.width / devicePixelRatio / 64).filter(
                Number.isInteger,
              ),
            values: (_, splits) => splits.map(stepLabel),
          },
          {
            ...axis,
            scale: 'y',
            grid,
            ticks: { show: false },
            size: yAxisWidth,
            gap: 6,
            splits: (chart, _, min, max) => this.#ticks(chart, [min, max]),
            filter: (_, splits) => splits,
            values: (_, splits) => valueLabels(splits, this.#content?.log ?? false, format),
          },
        ],
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false, dist: 6 },
          move: (chart, left, top) =>
            // A place below zero means that the pointer has left.
            this.#isMovedByUs || left < 0
              ? [left, top]
              : [chart.valToPos(events.snap(chart.posToVal(left, 'x')), 'x'), top],
          bind: {
            dblclick: () => () => {
              events.select(null);
              return null;
            },
          },
        },
        hooks: {
          setCursor: [
            (chart) => {
              if (this.#isMovedByUs) return;
              const { left } = chart.cursor;
              const isInside = left !== undefined && left >= 0;
              events.point(isInside ? events.snap(chart.posToVal(left, 'x')) : null);
            },
          ],
          setSelect: [
            (chart) => {
              const { left, width } = chart.select;
              if (width <= 0) return;
              const ends = [left, left + width].map((place) => chart.posToVal(place, 'x'));
              chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              events.select([Math.round(ends[0]), Math.round(ends[1])]);
            },
          ],
        },
      },
      // Only the scales matter; they are set with every content.
      [[0, 1]],
      parent,
    );
    this.#chart.over.prepend(this.#traces.element, this.#marks.element);
  }

  show(content: PlotContent, size: { width: number; height: number }): void {
    this.#content = content;
    const { steps, values, log, drawn, emphasized, marks } = content;
    const chart = this.#chart;
    const axes = JSON.stringify([steps, values, log, size]);
    if (axes !== this.#axesDrawnAs) {
      chart.batch(() => {
        chart.setSize(size);
        chart.setScale('x', { min: steps[0], max: steps[1] });
        chart.setScale('y', { min: values[0], max: values[1] });
        chart.redraw(false, true);
      });
      this.#axesDrawnAs = axes;
    }
    const { width, height } = chart.bbox;
    const ratio = devicePixelRatio;
    const edge = { left: margin * ratio, top: margin * ratio, width, height };
    const [fromStep, toStep] = steps;
    const area: Area = { ...edge, fromStep, toStep, min: values[0], max: values[1], log, ratio };
    this.#traces.draw(area, drawn, this.#theme, emphasized);
    this.#marks.show(marks, steps, width / ratio);
  }

  /** Moves the crosshair without telling anyone. */
  pointAt(step: number | null): void {
    const { steps } = this.#content ?? { steps: [0, 1] };
    const isInside = step !== null && step >= steps[0] && step <= steps[1];
    const x = isInside ? this.#chart.valToPos(step, 'x') : -10;
    this.#isMovedByUs = true;
    this.#chart.setCursor({ left: x, top: isInside ? 0 : -10 }, false);
    this.#isMovedByUs = false;
  }

  /** Where a step lies in the window. */
  placeOf(step: number): Place {
    const { left, top, bottom } = this.#chart.over.getBoundingClientRect();
    return { x: left + this.#chart.valToPos(step, 'x'), top, bottom };
  }

  destroy(): void {
    this.#chart.destroy();
  }

  #ticks(chart: uPlot, range: Range): number[] {
    const most = chart.bbox.height / devicePixelRatio / 18;
    return this.#content?.log ? logTicks(range, most) : linearTicks(range, most);
  }
}

/** What stands at the ticks of a value axis. */
export function valueLabels(
  ticks: readonly number[],
  log: boolean,
  format: 'figure' | 'percent',
): string[] {
  if (format === 'percent') return ticks.map(percentLabel);
  if (log) return ticks.map(shortest);
  return tickLabels(ticks, ticks.length > 1 ? ticks[1] - ticks[0] : 1);
}

export function stepLabel(step: number): string {
  return step >= 1e6 ? shortest(step) : count(step);
}

function percentLabel(share: number): string {
  return `${shortest(share * 100)} %`;
}
