/** A quantity of every unit over steps: units upwards, steps to the right, values as colours. */
import { linearTicks, logTicks } from '../axes.ts';
import { count, figure, shortest, tickLabels } from '../format.ts';
import type { Stage } from '../stage.ts';
import type { PlainTable } from '../table.ts';
import type { ColourScale } from './colour-scale.ts';
import type { Picture } from './picture.ts';
import { type Box, drawBottomAxis, line, plottingArea, type Surface } from './surface.ts';
import type { UnitHistory } from './unit-history.ts';

export interface Cell {
  /** Place in the history's columns. */
  readonly column: number;
  /** Place from the bottom. */
  readonly row: number;
}

export type UnitOrder = 'index' | 'value';

export interface MapNames {
  readonly key: string;
  readonly title: string;
  readonly fullTitle: string;
  /** Whose units they are: the variant, and what stands in for a layer that it lacks. */
  readonly label: string;
}

/** What the maps of a section have in common. */
export interface MapSettings {
  order(): UnitOrder;
  /** The same for all variants, so that equal colours are equal values. */
  scale(): ColourScale;
}

/** CSS pixels. */
const height = 168;
const legendRoom = 66;
const legendWidth = 9;

export class HeatMap implements Picture<Cell> {
  readonly key: string;
  readonly title: string;
  readonly fullTitle: string;
  readonly hint =
    'A row a unit, a column an evaluation. Stripes along a row are units that keep their place; rows that turn into another colour together are a layer that shifts.';
  readonly #history: UnitHistory;
  readonly #stage: Stage;
  readonly #settings: MapSettings;
  readonly #label: string;
  #box: Box = { left: 0, top: 0, width: 1, height: 1 };
  /** Units from the bottom up. */
  #units: readonly number[] = [];

  constructor(history: UnitHistory, names: MapNames, settings: MapSettings, stage: Stage) {
    this.key = names.key;
    this.title = names.title;
    this.fullTitle = names.fullTitle;
    this.#label = names.label;
    this.#history = history;
    this.#settings = settings;
    this.#stage = stage;
  }

  readonly steps = {
    ofPoint: ({ column }: Cell) => this.#history.steps[column],
    at: (x: number) => {
      const [from, to] = this.#stage.steps();
      return from + ((x - this.#box.left) / this.#box.width) * (to - from);
    },
    placeOf: (step: number) => this.#x(step),
  };

  height(): number {
    return height;
  }

  state(): string {
    this.#history.update();
    const { range } = this.#settings.scale();
    const { steps } = this.#history;
    return JSON.stringify([steps.length, this.#stage.steps(), range, this.#settings.order()]);
  }

  legend(): string {
    return this.#label;
  }

  draw(surface: Surface): void {
    this.#box = plottingArea(surface, { right: legendRoom });
    this.#units = this.#inOrder();
    const scale = this.#settings.scale();
    this.#drawUnitAxis(surface);
    drawBottomAxis(surface, this.#box, this.#stage.steps(), 'steps');
    this.#drawCells(surface, scale);
    this.#drawLegend(surface, scale);
  }

  find(x: number, y: number): Cell | null {
    const { left, top, width, height: tall } = this.#box;
    const isInside = x >= left && x <= left + width && y >= top && y < top + tall;
    if (!isInside) return null;
    const column = this.#columnAt(this.steps.at(x));
    if (column < 0) return null;
    const row = Math.floor((1 - (y - top) / tall) * this.#units.length);
    return { column, row: Math.min(this.#units.length - 1, row) };
  }

  move(from: Cell | null, right: number, up: number): Cell | null {
    const { steps } = this.#history;
    if (steps.length === 0) return null;
    const clamp = (value: number, last: number) => Math.min(last, Math.max(0, value));
    const [first, last] = this.#stage.steps();
    const start = from ?? { column: this.#columnAt(last), row: 0 };
    let column = clamp(from ? start.column + right : start.column, steps.length - 1);
    // What is pointed at stays in the window of steps.
    while (steps[column] < first && column < steps.length - 1) column++;
    while (steps[column] > last && column > 0) column--;
    return { column, row: clamp(from ? start.row + up : start.row, this.#units.length - 1) };
  }

  place({ column, row }: Cell): Box {
    const { top, height: tall } = this.#box;
    const each = tall / this.#units.length;
    const [left, right] = this.#edges(column);
    return { left, top: top + tall - (row + 1) * each, width: right - left, height: each };
  }

  describe({ column, row }: Cell) {
    const unit = this.#units[row];
    const value = this.#history.columns[column]?.[unit] ?? Number.NaN;
    const { variant } = this.#history;
    const title = `step ${count(this.#history.steps[column])}, unit ${unit}`;
    return { title, lines: [{ variant, cells: [figure(value)] }] };
  }

  /** All units at the step of the cursor, or the latest, and at the first. */
  table(): PlainTable {
    const { steps, columns } = this.#history;
    const { step } = this.#stage.cursor;
    const latest = this.#columnAt(step ?? Number.POSITIVE_INFINITY);
    if (latest < 0) return { columns: ['Unit'], rows: [] };
    const shown = [...new Set([0, latest >> 1, latest])];
    const heads = shown.map((column) => `step ${count(steps[column])}`);
    const rows = this.#inOrder()
      .toReversed()
      .map((unit) => [String(unit), ...shown.map((column) => figure(columns[column][unit]))]);
    return { columns: ['Unit', ...heads], rows };
  }

  figures() {
    const { steps, columns, field } = this.#history;
    const [from, to] = this.#stage.steps();
    const units = Array.from({ length: field.length }, (_, unit) => `unit ${unit}`);
    const rows = steps.flatMap((step, column) =>
      step < from || step > to ? [] : [[step, ...columns[column]]],
    );
    return [['step', ...units], ...rows];
  }

  /** The last column at or before a step. */
  #columnAt(step: number): number {
    return this.#history.steps.findLastIndex((each) => each <= step);
  }

  #inOrder(): number[] {
    const { field, columns } = this.#history;
    const units = Array.from({ length: field.length }, (_, unit) => unit);
    const latest = columns.at(-1);
    if (this.#settings.order() === 'index' || !latest) return units;
    return units.sort((a, b) => latest[a] - latest[b]);
  }

  #x(step: number): number {
    const [from, to] = this.#stage.steps();
    return this.#box.left + ((step - from) / (to - from)) * this.#box.width;
  }

  /** A column reaches to the next; the last one is as wide as the one before. */
  #edges(column: number): [left: number, right: number] {
    const { steps } = this.#history;
    const { left, width } = this.#box;
    const gap = steps[column] - (steps[column - 1] ?? 0);
    const next = steps[column + 1] ?? steps[column] + (gap > 0 ? gap : 1);
    const clip = (x: number) => Math.min(left + width, Math.max(left, x));
    return [clip(this.#x(steps[column])), clip(this.#x(next))];
  }

  #drawUnitAxis({ context, theme }: Surface): void {
    const { left, top, height: tall } = this.#box;
    const units = this.#units.length;
    context.fillStyle = theme.text;
    context.strokeStyle = theme.grid;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    if (this.#settings.order() === 'value') {
      context.fillText('highest', left - 6, top + 5);
      context.fillText('lowest', left - 6, top + tall - 5);
      return;
    }
    const ticks = linearTicks([0, Math.max(1, units - 1)], tall / 24).filter(Number.isInteger);
    for (const unit of ticks) {
      const y = top + tall * (1 - (unit + 0.5) / units);
      context.fillText(count(unit), left - 8, y);
      line(context, left - 4, y, left, y);
    }
  }

  #drawCells(surface: Surface, scale: ColourScale): void {
    const { columns } = this.#history;
    const [from, to] = this.#stage.steps();
    const first = Math.max(0, this.#columnAt(from));
    const last = this.#columnAt(to);
    const cells = columns.slice(first, last + 1).map((values, place) => {
      const [left, right] = this.#edges(first + place);
      // What is not finite stays blank.
      const colours = this.#units.map((unit) =>
        Number.isFinite(values[unit]) ? scale.colour(scale.share(values[unit])) : null,
      );
      return { left, right, colours };
    });
    surface.drawCells(cells, this.#box.top, this.#box.height);
  }

  #drawLegend({ context, theme }: Surface, { range, log, colour }: ColourScale): void {
    const { left, top, width, height: tall } = this.#box;
    const x = left + width + 14;
    for (let y = 0; y < tall; y++) {
      context.fillStyle = `rgb(${colour(1 - y / (tall - 1)).join(' ')})`;
      context.fillRect(x, top + y, legendWidth, 1.5);
    }
    context.strokeStyle = theme.text;
    if (theme.highContrast) context.strokeRect(x, top, legendWidth, tall);
    const most = tall / 28;
    const ticks = log ? logTicks(range, most) : linearTicks(range, most);
    const labels = log
      ? ticks.map(shortest)
      : tickLabels(ticks, ticks.length > 1 ? ticks[1] - ticks[0] : 1);
    context.fillStyle = theme.text;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    const scaled = log ? range.map(Math.log10) : range;
    ticks.forEach((tick, index) => {
      const share = ((log ? Math.log10(tick) : tick) - scaled[0]) / (scaled[1] - scaled[0]);
      const y = top + tall * (1 - share);
      context.fillText(
        labels[index],
        x + legendWidth + 4,
        Math.min(top + tall - 5, Math.max(top + 5, y)),
      );
    });
  }
}
