/** A trend the size of a word: lines of all variants on a logarithmic axis, no ticks, no text. */
import { logRange, type Range } from './axes.ts';
import { traceLine } from './decimate.ts';
import { emptyExtent, type Samples, widen } from './samples.ts';
import type { Theme } from './theme.ts';

/** CSS pixels, as the style sheet has them; asking the page would force a layout. */
const trendSize = { width: 80, height: 18 };

export function drawTrend(
  canvas: HTMLCanvasElement,
  trends: readonly { readonly samples: Samples; readonly index: number }[],
  steps: Range,
  theme: Theme,
): void {
  const ratio = devicePixelRatio;
  const width = Math.round(trendSize.width * ratio);
  const height = Math.round(trendSize.height * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d')!;
  context.clearRect(0, 0, width, height);
  const extent = emptyExtent();
  for (const { samples } of trends) widen(extent, samples, ...steps);
  if (!(extent.max > 0)) return;
  const [min, max] = logRange(Math.max(extent.minPositive, extent.max * 1e-6), extent.max);
  const inset = ratio;
  const area = {
    ...{ left: inset, top: inset, width: width - 2 * inset, height: height - 2 * inset },
    ...{ fromStep: steps[0], toStep: steps[1], min, max, log: true, ratio },
  };
  context.lineWidth = ratio;
  context.lineJoin = 'round';
  for (const { samples, index } of trends) {
    const path = new Path2D();
    traceLine(area, samples, samples.mid, path);
    context.strokeStyle = theme.series[index % theme.series.length];
    context.stroke(path);
  }
}
