/** A picture as a drawing that stands alone: on white, with its title and legend. What it draws is recorded as shapes. */
import { paper } from '../chart-drawing.ts';
import { type Drawing, PathText, type Shape } from '../drawing.ts';
import { addMarker } from '../series.ts';
import type { VariantData } from '../store.ts';
import type { Picture } from './picture.ts';
import type { CellColumn, Pen, Surface } from './surface.ts';

/** CSS pixels. */
const width = 760;
const heading = 54;
const textSize = 12;
/** By which cells reach into their neighbours, so that no background shines through between them. */
const overlap = 0.4;
/** Width of a letter on average, as nothing can be measured. */
const letter = 6.4;

export function recordPicture(picture: Picture<unknown>): Drawing {
  const height = Math.max(300, picture.height());
  const recorder = new Recorder();
  const theme = { ...paper, font: '', highContrast: false };
  const surface: Surface = {
    context: recorder,
    ...{ width, height, theme },
    drawCells: (columns, top, tall) => recorder.drawCells(columns, top, tall),
  };
  picture.draw(surface);
  recorder.drawKey(picture.marked?.() ?? [], 16 + picture.legend().length * letter + 24);
  const line = { kind: 'text', x: 16, fill: paper.text, anchor: 'start' } as const;
  return {
    title: picture.fullTitle,
    width,
    height: height + heading + 10,
    unit: 1,
    background: paper.background,
    shapes: [
      { ...line, y: 24, text: picture.fullTitle, size: 15, isBold: true },
      { ...line, y: 43, text: picture.legend(), size: textSize },
      ...recorder.shapes,
    ],
  };
}

class Recorder implements Pen {
  readonly shapes: Shape[] = [];
  fillStyle: Pen['fillStyle'] = paper.text;
  strokeStyle: Pen['strokeStyle'] = paper.text;
  lineWidth = 1;
  globalAlpha = 1;
  textAlign: CanvasTextAlign = 'left';
  textBaseline: CanvasTextBaseline = 'alphabetic';
  #path = new PathText();
  #isBegun = false;
  #dash: readonly number[] = [];

  beginPath(): void {
    this.#path = new PathText();
    this.#isBegun = false;
  }

  moveTo(x: number, y: number): void {
    this.#isBegun = true;
    this.#path.moveTo(x, y + heading);
  }

  /** As on a canvas, a path may begin with it. */
  lineTo(x: number, y: number): void {
    if (this.#isBegun) this.#path.lineTo(x, y + heading);
    else this.moveTo(x, y);
  }

  arc(x: number, y: number, radius: number): void {
    this.#path.arc(x, y + heading, radius);
  }

  closePath(): void {
    this.#path.closePath();
  }

  stroke(): void {
    const { lineWidth, globalAlpha: opacity } = this;
    const look = { stroke: String(this.strokeStyle), width: lineWidth, opacity, dash: this.#dash };
    this.#add(this.#path.toString(), look);
  }

  fill(): void {
    const look = { fill: String(this.fillStyle), opacity: this.globalAlpha };
    this.#add(this.#path.toString(), look);
  }

  fillRect(x: number, y: number, wide: number, high: number): void {
    this.#add(rectangle(x, y, wide, high), { fill: String(this.fillStyle) });
  }

  strokeRect(x: number, y: number, wide: number, high: number): void {
    this.#add(rectangle(x, y, wide, high), { stroke: String(this.strokeStyle), width: 1 });
  }

  fillText(text: string, x: number, y: number): void {
    const below = { middle: 0.35, top: 0.8 }[this.textBaseline as string] ?? 0;
    const anchors = { right: 'end', center: 'middle' } as const;
    const anchor = anchors[this.textAlign as keyof typeof anchors] ?? 'start';
    const place = { x, y: y + heading + below * textSize };
    const fill = String(this.fillStyle);
    this.shapes.push({ kind: 'text', ...place, text, fill, size: textSize, anchor });
  }

  measureText(text: string): { width: number } {
    return { width: text.length * letter };
  }

  setLineDash(segments: number[]): void {
    this.#dash = [...segments];
  }

  /** A path a colour: hundreds of columns of hundreds of cells would be too many. */
  drawCells(columns: readonly CellColumn[], top: number, height: number): void {
    const paths = new Map<string, string[]>();
    for (const { left, right, colours } of columns) {
      const each = height / colours.length;
      colours.forEach((colour, row) => {
        if (colour === null || right <= left) return;
        const key = `rgb(${colour.join(' ')})`;
        const parts = paths.get(key) ?? [];
        paths.set(key, parts);
        const y = top + height - (row + 1) * each;
        parts.push(rectangle(left, y, right - left + overlap, each + overlap));
      });
    }
    for (const [fill, parts] of paths) this.#add(parts.join(''), { fill });
  }

  /** Markers and names in the line below the title. */
  drawKey(variants: readonly VariantData[], left: number): void {
    let x = left;
    for (const { index, name } of variants) {
      this.beginPath();
      addMarker(this, index, x, -15, 4);
      this.fillStyle = paper.series[index % paper.series.length];
      this.fill();
      Object.assign(this, { fillStyle: paper.text, textAlign: 'left', textBaseline: 'middle' });
      this.fillText(name, x + 10, -15);
      x += 34 + name.length * letter;
    }
  }

  #add(d: string, look: Omit<Extract<Shape, { kind: 'path' }>, 'kind' | 'd'>): void {
    if (d !== '') this.shapes.push({ kind: 'path', d, ...look });
  }
}

function rectangle(x: number, y: number, wide: number, high: number): string {
  const [left, top, right, down] = [x, y + heading, wide, high].map(
    (each) => Math.round(each * 100) / 100,
  );
  return `M${left} ${top}h${right}v${down}h${-right}z`;
}
