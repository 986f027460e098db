/** A picture as a drawing that stands alone: on white, with its title and what its marks are. */
import { type Drawing, PathText, type Shape } from '../drawing.ts';
import { paper } from '../paper.ts';
import { PaperContext } from '../paper-context.ts';
import { addMarker } from '../series.ts';
import type { VariantData } from '../store.ts';
import type { PlainTable } from '../table.ts';
import type { Picture } from './picture.ts';

const width = 760;
const titleHeight = 44;
const lineHeight = 18;

/** Lays the picture out anew: whoever shows it has to draw it again. */
export function pictureDrawing<Point>(
  picture: Picture<Point>,
  variants: readonly VariantData[],
): Drawing {
  const height = Math.max(220, picture.height());
  const context = new PaperContext();
  context.font = paper.font;
  // It has what pictures use of a context.
  const asContext = context as unknown as CanvasRenderingContext2D;
  picture.draw({ context: asContext, width, height, theme: paper });
  const colours = new Set(context.shapes.flatMap(coloursOf));
  const drawn = variants.filter(({ index }) => colours.has(colourOf(index)));
  const heading = { kind: 'text', x: 12, fill: paper.text, anchor: 'start' } as const;
  return {
    title: picture.fullTitle,
    width,
    height: titleHeight + height + lineHeight * (drawn.length + 1),
    unit: 1,
    background: paper.background,
    shapes: [
      { ...heading, y: 20, text: picture.fullTitle, size: 15, isBold: true },
      { ...heading, y: 37, text: picture.legend(), size: 11 },
      ...names(drawn, titleHeight + height + lineHeight),
    ],
    inset: { top: titleHeight, shapes: context.shapes },
  };
}

/** The variants that the picture tells apart by colour, a line each. */
function names(variants: readonly VariantData[], top: number): Shape[] {
  return variants.flatMap(({ name, index }, place): Shape[] => {
    const y = top + place * lineHeight;
    const marker = new PathText();
    addMarker(marker, index, 18, y - 4, 4);
    return [
      { kind: 'path', d: marker.toString(), fill: colourOf(index) },
      { kind: 'text', x: 30, y, text: name, fill: paper.text, size: 12, anchor: 'start' },
    ];
  });
}

function coloursOf(shape: Shape): (string | undefined)[] {
  return shape.kind === 'path' ? [shape.fill, shape.stroke] : [];
}

function colourOf(index: number): string {
  return paper.series[index % paper.series.length];
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
