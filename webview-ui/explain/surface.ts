/** A canvas drawn in CSS pixels, and the axes that pictures have around their plotting area. */
import { linearTicks, logTicks, type Range } from '../axes.ts';
import { count, shortest, tickLabels } from '../format.ts';
import type { Theme } from '../theme.ts';
import type { Rgb } from './colour-scale.ts';

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type Colour = CanvasRenderingContext2D['fillStyle'];

/** What pictures use of a canvas, so that a drawing can be recorded as well. */
export interface Pen extends Pick<CanvasPath, 'moveTo' | 'lineTo' | 'arc' | 'closePath'> {
  fillStyle: Colour;
  strokeStyle: Colour;
  lineWidth: number;
  globalAlpha: number;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  beginPath(): void;
  stroke(): void;
  fill(): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  measureText(text: string): { readonly width: number };
  setLineDash(segments: number[]): void;
}

/** A column of equally high cells, from the bottom up; null is left blank. */
export interface CellColumn {
  readonly left: number;
  readonly right: number;
  readonly colours: readonly (Rgb | null)[];
}

export interface Surface {
  readonly context: Pen;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  drawCells(columns: readonly CellColumn[], top: number, height: number): void;
}

/** The room that step charts leave for their axes, so that pictures stand flush with them. */
const room = { left: 50, right: 18, top: 7, bottom: 20 };

/** What axes leave of a surface; `right` is the room for something beside the plotting area. */
export function plottingArea(
  { width, height }: { readonly width: number; readonly height: number },
  { right, top }: { readonly right?: number; readonly top?: number } = {},
): Box {
  const { left, bottom } = room;
  const above = top ?? room.top;
  const beside = right ?? room.right;
  return { left, top: above, width: width - left - beside, height: height - above - bottom };
}

/** Makes a canvas as large as asked in the screen's own pixels, empties it, and lets one draw in CSS pixels. */
export function prepare(
  canvas: HTMLCanvasElement,
  size: { readonly width: number; readonly height: number },
  theme: Theme,
): Surface {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  canvas.style.width = `${size.width}px`;
  canvas.style.height = `${size.height}px`;
  const context = canvas.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = theme.font;
  context.fillStyle = theme.text;
  context.lineWidth = 1;
  const drawCells: Surface['drawCells'] = (columns, top, height) =>
    paintCells(context, columns, top, height);
  return { context, ...size, theme, drawCells };
}

/** A pixel each on a canvas of their own, of which every column is stretched to its place. */
function paintCells(
  context: CanvasRenderingContext2D,
  columns: readonly CellColumn[],
  top: number,
  height: number,
): void {
  const rows = columns[0]?.colours.length ?? 0;
  if (rows === 0) return;
  const cells = new OffscreenCanvas(columns.length, rows);
  const inner = cells.getContext('2d')!;
  const image = inner.createImageData(columns.length, rows);
  for (const [column, { colours }] of columns.entries()) {
    colours.forEach((colour, row) => {
      if (colour === null) return;
      const at = 4 * ((rows - 1 - row) * columns.length + column);
      image.data.set(colour, at);
      image.data[at + 3] = 255;
    });
  }
  inner.putImageData(image, 0, 0);
  // More rows than pixels are averaged, fewer keep their edges.
  context.imageSmoothingEnabled = rows > height * devicePixelRatio;
  const snap = (x: number) => Math.round(x * devicePixelRatio) / devicePixelRatio;
  for (const [column, each] of columns.entries()) {
    const [left, right] = [snap(each.left), snap(each.right)];
    if (right > left) context.drawImage(cells, column, 0, 1, rows, left, top, right - left, height);
  }
}

/** Ticks and their labels below the plotting area. */
export function drawBottomAxis(
  { context, theme }: Surface,
  { left, top, width, height }: Box,
  range: Range,
  unit: 'steps' | 'values',
): void {
  const bottom = top + height;
  const all = linearTicks(range, width / 64);
  const ticks = unit === 'steps' ? all.filter(Number.isInteger) : all;
  const labels =
    unit === 'steps'
      ? ticks.map((step) => (step >= 1e6 ? shortest(step) : count(step)))
      : tickLabels(ticks, ticks.length > 1 ? ticks[1] - ticks[0] : 1);
  context.strokeStyle = theme.grid;
  context.fillStyle = theme.text;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  line(context, left, bottom + 0.5, left + width, bottom + 0.5);
  ticks.forEach((tick, index) => {
    const x = left + ((tick - range[0]) / (range[1] - range[0])) * width;
    line(context, x, bottom, x, bottom + 4);
    context.fillText(labels[index], x, bottom + 6);
  });
}

/** Grid lines and their labels at the left of the plotting area. */
export function drawLeftAxis(
  { context, theme }: Surface,
  box: Box,
  { range, log }: { readonly range: Range; readonly log: boolean },
): void {
  const most = box.height / 18;
  const ticks = log ? logTicks(range, most) : linearTicks(range, most);
  const labels = log
    ? ticks.map(shortest)
    : tickLabels(ticks, ticks.length > 1 ? ticks[1] - ticks[0] : 1);
  context.strokeStyle = theme.grid;
  context.fillStyle = theme.text;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  ticks.forEach((tick, index) => {
    const y = box.top + box.height * (1 - shareOf(tick, range, log));
    line(context, box.left, y, box.left + box.width, y);
    context.fillText(labels[index], box.left - 6, y);
  });
}

/** Where a value lies between the ends of an axis; what is not positive lies at the low end of a logarithmic one. */
export function shareOf(value: number, [min, max]: Range, log: boolean): number {
  const share = log
    ? Math.log10(Math.max(value, min) / min) / Math.log10(max / min)
    : (value - min) / (max - min);
  return Math.min(1, Math.max(0, share));
}

export function line(context: Pen, fromX: number, fromY: number, toX: number, toY: number): void {
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}

/** No room takes more letters than this; whatever is longer need not be measured. */
const mostLetters = 400;

/** Text that ends in an ellipsis where it is wider than its room. */
export function fitText(context: Pen, text: string, room: number): string {
  if (text.length <= mostLetters && context.measureText(text).width <= room) return text;
  let [fits, most] = [1, Math.min(text.length, mostLetters)];
  while (fits < most) {
    const length = Math.ceil((fits + most) / 2);
    if (context.measureText(`${text.slice(0, length)}…`).width <= room) fits = length;
    else most = length - 1;
  }
  return `${text.slice(0, fits)}…`;
}
