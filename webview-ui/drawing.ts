/** A drawing of lines, areas and text, as SVG or as the pixels of a PNG: the same in both, and independent of the page. */

export type Shape =
  | {
      readonly kind: 'path';
      /** As in SVG. */
      readonly d: string;
      readonly fill?: string;
      readonly stroke?: string;
      readonly width?: number;
      readonly opacity?: number;
      /** Lengths of dashes and gaps in turn. */
      readonly dash?: readonly number[];
    }
  | {
      readonly kind: 'text';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly fill: string;
      readonly size: number;
      readonly anchor: 'start' | 'middle' | 'end';
      readonly isBold?: boolean;
      /** Reads upwards. */
      readonly isUpright?: boolean;
    };

export interface Drawing {
  readonly title: string;
  /** In units of which `unit` make a CSS pixel. */
  readonly width: number;
  readonly height: number;
  readonly unit: number;
  readonly background: string;
  readonly shapes: readonly Shape[];
}

const fontFamily = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

export function toSvg({ title, width, height, unit, background, shapes }: Drawing): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width / unit}" height="${height / unit}" font-family="${escaped(fontFamily)}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${background}"/>`,
    ...shapes.map(shapeToSvg),
    '</svg>',
    '',
  ].join('\n');
}

/** PNG in base64, `ratio` pixels a CSS pixel. */
export async function toPng(drawing: Drawing, ratio = 2): Promise<string> {
  const { width, height, unit, background, shapes } = drawing;
  const scale = ratio / unit;
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = canvas.getContext('2d')!;
  context.scale(scale, scale);
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  for (const shape of shapes) paint(context, shape);
  return base64(await canvas.convertToBlob({ type: 'image/png' }));
}

/** Collects what is drawn as the text of an SVG path. */
export class PathText {
  #parts: string[] = [];

  moveTo(x: number, y: number): void {
    this.#parts.push(`M${short(x)} ${short(y)}`);
  }

  lineTo(x: number, y: number): void {
    this.#parts.push(`L${short(x)} ${short(y)}`);
  }

  /** A whole circle, the only arc that markers have. */
  arc(x: number, y: number, radius: number): void {
    const [left, right] = [short(x - radius), short(x + radius)];
    const half = `A${short(radius)} ${short(radius)} 0 1 0`;
    this.#parts.push(
      `M${right} ${short(y)}${half} ${left} ${short(y)}${half} ${right} ${short(y)}`,
    );
  }

  closePath(): void {
    this.#parts.push('Z');
  }

  toString(): string {
    return this.#parts.join('');
  }
}

function shapeToSvg(shape: Shape): string {
  if (shape.kind === 'path') {
    const { d, fill = 'none', stroke = 'none', width = 1, opacity = 1, dash = [] } = shape;
    const line = stroke === 'none' ? '' : ` stroke="${stroke}" stroke-width="${width}"`;
    const round = stroke === 'none' ? '' : ' stroke-linejoin="round" stroke-linecap="round"';
    const seen = opacity === 1 ? '' : ` opacity="${opacity}"`;
    const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : '';
    return `<path d="${d}" fill="${fill}"${line}${round}${seen}${dashes}/>`;
  }
  const { x, y, text, fill, size, anchor, isBold, isUpright } = shape;
  const weight = isBold ? ' font-weight="600"' : '';
  const turn = isUpright ? ` transform="rotate(-90 ${short(x)} ${short(y)})"` : '';
  return `<text x="${short(x)}" y="${short(y)}" fill="${fill}" font-size="${size}" text-anchor="${anchor}"${weight}${turn}>${escaped(text)}</text>`;
}

function paint(context: OffscreenCanvasRenderingContext2D, shape: Shape): void {
  context.save();
  if (shape.kind === 'path') {
    const path = new Path2D(shape.d);
    context.globalAlpha = shape.opacity ?? 1;
    context.lineJoin = 'round';
    context.lineCap = 'round';
    context.setLineDash([...(shape.dash ?? [])]);
    if (shape.fill) {
      context.fillStyle = shape.fill;
      context.fill(path);
    }
    if (shape.stroke) {
      context.strokeStyle = shape.stroke;
      context.lineWidth = shape.width ?? 1;
      context.stroke(path);
    }
  } else {
    context.translate(shape.x, shape.y);
    if (shape.isUpright) context.rotate(-Math.PI / 2);
    context.font = `${shape.isBold ? 600 : 400} ${shape.size}px ${fontFamily}`;
    context.textAlign = shape.anchor === 'middle' ? 'center' : shape.anchor;
    context.fillStyle = shape.fill;
    context.fillText(shape.text, 0, 0);
  }
  context.restore();
}

function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

function short(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Text for SVG; what XML has no place for is left out. */
function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return [...text]
    .filter((character) => character >= ' ')
    .map((character) => entities[character] ?? character)
    .join('');
}
