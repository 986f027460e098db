/** Traces on a canvas: bands first, then lines, then marks, so that no variant covers another's marks. */
import { type Area, bandPolygons, markedRows, placeX, placeY, traceLine } from './decimate.ts';
import type { Samples } from './samples.ts';
import { addMarker } from './series.ts';
import type { Theme } from './theme.ts';
import type { Trace } from './traces.ts';

export interface Drawn {
  readonly trace: Trace;
  readonly samples: Samples;
}

/** CSS pixels between the marks that tell lines apart, and between the dots of running statistics. */
const markerSpacing = 96;
const dotSpacing = 11;

export interface Look {
  readonly theme: Theme;
  /** Name of the variant that stands out, if any. */
  readonly emphasized: string | null;
  /** Canvas pixels from the area's left edge where drawing starts. */
  readonly from: number;
}

export function drawTraces(
  context: CanvasRenderingContext2D,
  area: Area,
  drawn: readonly Drawn[],
  { theme, emphasized, from }: Look,
): void {
  context.save();
  context.beginPath();
  const edge = 2 * area.ratio;
  context.rect(area.left + from, area.top - edge, area.width + edge - from, area.height + 2 * edge);
  context.clip();
  context.lineJoin = 'round';
  context.lineCap = 'round';
  const isAside = ({ trace }: Drawn) => emphasized !== null && trace.variant.name !== emphasized;
  const inOrder = drawn.toSorted((a, b) => Number(isAside(b)) - Number(isAside(a)));
  const dotted = new Set(drawn.filter(({ trace }) => trace.mark === 'dots').map(variantOf));
  const bandAlpha = Math.max(0.035, Math.min(0.16, 0.4 / drawn.length));
  for (const draw of [drawBand, drawLine, drawMarks, drawNotFinite]) {
    for (const each of inOrder) {
      const alpha = isAside(each) ? 0.2 : 1;
      draw(context, area, each, {
        theme,
        alpha,
        bandAlpha,
        isDotted: dotted.has(variantOf(each)),
        from,
      });
    }
  }
  context.restore();
}

interface Style {
  readonly theme: Theme;
  /** Of a variant that steps back for another. */
  readonly alpha: number;
  readonly from: number;
  /** Many bands over each other would hide the lines. */
  readonly bandAlpha: number;
  /** Whether the variant's dots are in this chart, so that its line needs no marks of its own. */
  readonly isDotted: boolean;
}

function variantOf({ trace }: Drawn): string {
  return trace.variant.name;
}

type Draw = (context: CanvasRenderingContext2D, area: Area, each: Drawn, style: Style) => void;

const drawBand: Draw = (context, area, each, { theme, alpha, bandAlpha, from }) => {
  if (each.trace.mark !== 'line') return;
  const path = new Path2D();
  for (const polygon of bandPolygons(area, each.samples, from)) {
    path.moveTo(polygon[0].x, polygon[0].high);
    for (const { x, high } of polygon) path.lineTo(x, high);
    for (const { x, low } of polygon.toReversed()) path.lineTo(x, low);
    path.closePath();
  }
  context.fillStyle = context.strokeStyle = colourOf(each, theme);
  context.globalAlpha = bandAlpha * alpha;
  context.fill(path);
  if (theme.highContrast) {
    context.globalAlpha = 0.6 * alpha;
    context.lineWidth = area.ratio;
    context.stroke(path);
  }
};

const drawLine: Draw = (context, area, each, { theme, alpha, from }) => {
  if (each.trace.mark === 'dots') return;
  const path = new Path2D();
  traceLine(area, each.samples, each.samples.mid, path, from);
  context.strokeStyle = colourOf(each, theme);
  context.globalAlpha = alpha;
  context.lineWidth = (theme.highContrast ? 2 : 1.5) * area.ratio;
  context.stroke(path);
};

const drawMarks: Draw = (context, area, each, { theme, alpha, isDotted, from }) => {
  const { trace, samples } = each;
  const { index } = trace.variant;
  const isLine = trace.mark === 'line';
  if (isLine && isDotted) return;
  const spacing = (isLine ? markerSpacing : dotSpacing) * area.ratio;
  const rows = markedRows(area, samples, spacing, ((index * 37) % 96) * area.ratio, from);
  const radius = (isLine ? 3.2 : 2.2) * area.ratio;
  const path = new Path2D();
  for (const row of rows) {
    const x = placeX(area, samples.steps[row]);
    addMarker(path, index, x, placeY(area, samples.mid[row]), radius);
  }
  // An edge in the background's colour lifts the mark off the lines it lies on.
  context.globalAlpha = alpha;
  context.strokeStyle = theme.background;
  context.lineWidth = 2 * area.ratio;
  context.stroke(path);
  context.fillStyle = colourOf(each, theme);
  context.fill(path);
};

/** A cross on the step axis where a trace first was not finite. */
const drawNotFinite: Draw = (context, area, each, { theme, alpha }) => {
  const { firstNonFinite, steps } = each.samples;
  if (firstNonFinite < 0 || each.trace.mark !== 'line') return;
  const x = placeX(area, steps[firstNonFinite]);
  const arm = 3.5 * area.ratio;
  const y = area.top + area.height - 2 * arm;
  context.strokeStyle = colourOf(each, theme);
  context.globalAlpha = alpha;
  context.lineWidth = 1.5 * area.ratio;
  context.beginPath();
  for (const side of [-1, 1]) {
    context.moveTo(x - arm, y - side * arm);
    context.lineTo(x + arm, y + side * arm);
  }
  context.stroke();
};

function colourOf({ trace }: Drawn, { series }: Theme): string {
  return series[trace.variant.index % series.length];
}
