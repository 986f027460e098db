/**
 * A canvas' context that takes down what is drawn on it as shapes of a drawing. It knows what pictures use of a canvas,
 * not all that a canvas can.
 */
import { PathText, type Shape } from './drawing.ts';

interface Clip {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Look {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  dash: readonly number[];
  clip: Clip | null;
}

/** A path that can be drawn on a canvas and be taken down. */
export class RecordedPath extends Path2D {
  readonly text = new PathText();

  override moveTo(x: number, y: number): void {
    super.moveTo(x, y);
    this.text.moveTo(x, y);
  }

  override lineTo(x: number, y: number): void {
    super.lineTo(x, y);
    this.text.lineTo(x, y);
  }

  override arc(x: number, y: number, radius: number, start: number, end: number): void {
    super.arc(x, y, radius, start, end);
    this.text.arc(x, y, radius);
  }

  override closePath(): void {
    super.closePath();
    this.text.closePath();
  }
}

export class PaperContext {
  readonly shapes: Shape[] = [];
  imageSmoothingEnabled = false;
  readonly #measure = new OffscreenCanvas(1, 1).getContext('2d')!;
  readonly #saved: Look[] = [];
  #look: Look = {
    ...{ fillStyle: '#000000', strokeStyle: '#000000', lineWidth: 1, globalAlpha: 1 },
    ...{ font: '11px sans-serif', textAlign: 'left', textBaseline: 'alphabetic' },
    ...{ dash: [], clip: null },
  };
  #points: { x: number; y: number; isStart: boolean }[] = [];
  #rect: Clip | null = null;
  /** The image last drawn, read once for all its columns. */
  #image: OffscreenCanvas | null = null;
  #pixels = new Uint8ClampedArray();

  set fillStyle(style: string) {
    this.#look.fillStyle = style;
  }
  get fillStyle(): string {
    return this.#look.fillStyle;
  }
  set strokeStyle(style: string) {
    this.#look.strokeStyle = style;
  }
  get strokeStyle(): string {
    return this.#look.strokeStyle;
  }
  set lineWidth(width: number) {
    this.#look.lineWidth = width;
  }
  set globalAlpha(alpha: number) {
    this.#look.globalAlpha = alpha;
  }
  set font(font: string) {
    this.#look.font = font;
  }
  set textAlign(align: CanvasTextAlign) {
    this.#look.textAlign = align;
  }
  set textBaseline(baseline: CanvasTextBaseline) {
    this.#look.textBaseline = baseline;
  }
  setLineDash(dash: readonly number[]): void {
    this.#look.dash = dash;
  }

  save(): void {
    this.#saved.push({ ...this.#look });
  }

  restore(): void {
    this.#look = this.#saved.pop() ?? this.#look;
  }

  beginPath(): void {
    this.#points = [];
    this.#rect = null;
  }

  moveTo(x: number, y: number): void {
    this.#points.push({ x, y, isStart: true });
  }

  lineTo(x: number, y: number): void {
    this.#points.push({ x, y, isStart: this.#points.length === 0 });
  }

  rect(left: number, top: number, width: number, height: number): void {
    this.#rect = { left, top, right: left + width, bottom: top + height };
  }

  /** To the rectangle of the path. */
  clip(): void {
    this.#look.clip = this.#rect;
  }

  stroke(path?: Path2D): void {
    const { strokeStyle, lineWidth, globalAlpha, dash } = this.#look;
    const d = path instanceof RecordedPath ? path.text.toString() : this.#pathText();
    if (d === '') return;
    const style = { stroke: strokeStyle, width: lineWidth, opacity: globalAlpha };
    this.shapes.push({ kind: 'path', d, ...style, dash });
  }

  fill(path: Path2D): void {
    const { fillStyle, globalAlpha } = this.#look;
    const d = path instanceof RecordedPath ? path.text.toString() : '';
    if (d !== '') this.shapes.push({ kind: 'path', d, fill: fillStyle, opacity: globalAlpha });
  }

  fillRect(left: number, top: number, width: number, height: number): void {
    const { fillStyle, globalAlpha } = this.#look;
    const d = rectangle(left, top, width, height);
    this.shapes.push({ kind: 'path', d, fill: fillStyle, opacity: globalAlpha });
  }

  strokeRect(left: number, top: number, width: number, height: number): void {
    const { strokeStyle, lineWidth } = this.#look;
    const d = rectangle(left, top, width, height);
    this.shapes.push({ kind: 'path', d, stroke: strokeStyle, width: lineWidth });
  }

  fillText(text: string, x: number, y: number): void {
    const { fillStyle, font, textAlign, textBaseline } = this.#look;
    const size = Number.parseFloat(font.match(/[\d.]+(?=px)/)?.[0] ?? '11');
    const below = { top: 0.8, middle: 0.35 }[textBaseline as string] ?? 0;
    const anchor = textAlign === 'center' ? 'middle' : textAlign === 'right' ? 'end' : 'start';
    this.shapes.push({ kind: 'text', x, y: y + below * size, text, fill: fillStyle, size, anchor });
  }

  measureText(text: string): TextMetrics {
    this.#measure.font = this.#look.font;
    return this.#measure.measureText(text);
  }

  /** One column of an image as rectangles, neighbours of one colour together. */
  drawImage(
    image: OffscreenCanvas,
    ...[column, , , rows, left, top, width, height]: readonly number[]
  ): void {
    if (image !== this.#image) {
      this.#image = image;
      this.#pixels = image.getContext('2d')!.getImageData(0, 0, image.width, image.height).data;
    }
    const at = (row: number) => 4 * (row * image.width + column);
    const data = this.#pixels;
    const each = height / rows;
    const colour = (row: number) => `rgb(${data.subarray(at(row), at(row) + 3).join(' ')})`;
    for (let row = 0; row < rows; ) {
      const first = row;
      while (
        row < rows &&
        colour(row) === colour(first) &&
        data[at(row) + 3] === data[at(first) + 3]
      )
        row++;
      if (data[at(first) + 3] === 0) continue;
      const d = rectangle(left, top + first * each, width, (row - first) * each);
      this.shapes.push({ kind: 'path', d, fill: colour(first) });
    }
  }

  #pathText(): string {
    const path = new PathText();
    const { clip } = this.#look;
    let before: { x: number; y: number } | null = null;
    for (const { x, y, isStart } of this.#points) {
      if (clip === null && isStart) path.moveTo(x, y);
      else if (clip === null) path.lineTo(x, y);
      else if (!isStart && before !== null) clippedLine(path, before, { x, y }, clip);
      before = { x, y };
    }
    return path.toString();
  }
}

function rectangle(left: number, top: number, width: number, height: number): string {
  const path = new PathText();
  path.moveTo(left, top);
  path.lineTo(left + width, top);
  path.lineTo(left + width, top + height);
  path.lineTo(left, top + height);
  path.closePath();
  return path.toString();
}

/** The part of a line within a rectangle, after Liang and Barsky (1984). */
function clippedLine(
  path: PathText,
  from: { x: number; y: number },
  to: { x: number; y: number },
  { left, top, right, bottom }: Clip,
): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  let [start, end] = [0, 1];
  for (const [p, q] of [
    [-dx, from.x - left],
    [dx, right - from.x],
    [-dy, from.y - top],
    [dy, bottom - from.y],
  ]) {
    if (p === 0 && q < 0) return;
    if (p < 0) start = Math.max(start, q / p);
    if (p > 0) end = Math.min(end, q / p);
  }
  if (start >= end) return;
  path.moveTo(from.x + start * dx, from.y + start * dy);
  path.lineTo(from.x + end * dx, from.y + end * dy);
}
