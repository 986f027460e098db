/** A picture as a drawing that stands alone: on white, with its title and what its marks are. */
import type { Drawing } from '../drawing.ts';
import { paper } from '../paper.ts';
import { PaperContext } from '../paper-context.ts';
import type { PlainTable } from '../table.ts';
import type { Picture } from './picture.ts';

const width = 760;
const titleHeight = 44;

/** Lays the picture out anew: whoever shows it has to draw it again. */
export function pictureDrawing<Point>(picture: Picture<Point>): Drawing {
  const height = Math.max(220, picture.height());
  const context = new PaperContext();
  context.font = paper.font;
  // It has what pictures use of a context.
  const asContext = context as unknown as CanvasRenderingContext2D;
  picture.draw({ context: asContext, width, height, theme: paper });
  const heading = { kind: 'text', x: 12, fill: paper.text, anchor: 'start' } as const;
  return {
    title: picture.fullTitle,
    width,
    height: height + titleHeight,
    unit: 1,
    background: paper.background,
    shapes: [
      { ...heading, y: 20, text: picture.fullTitle, size: 15, isBold: true },
      { ...heading, y: 37, text: picture.legend(), size: 11 },
    ],
    inset: { top: titleHeight, shapes: context.shapes },
  };
}

export function tableCsv({ columns, rows }: PlainTable): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Figures are for a program to read here: a minus and no grouping. */
function cell(text: string): string {
  const figure = text.replaceAll('−', '-');
  const plain = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(figure) ? figure.replaceAll(',', '') : figure;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
