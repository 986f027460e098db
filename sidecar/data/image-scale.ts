/**
 * From decoded pixels to one example: laid over white where they are transparent, turned to grey where one channel
 * is asked for (luma of ITU-R BT.601, as Pillow's mode L), and scaled. Scaling is bilinear with the triangle widened
 * to cover all pixels when it shrinks (antialiased, as torchvision's Resize), and does not keep the aspect ratio.
 */
import type { Pixels } from './image-decode.ts';

/** Writes `[channels, height, width]` as bytes. */
export function writeImage(
  pixels: Pixels,
  [channels, height, width]: readonly [number, number, number],
  output: Uint8Array,
): void {
  const across = weigh(pixels.width, width);
  const down = weigh(pixels.height, height);
  for (let channel = 0; channel < channels; channel++) {
    const plane = readPlane(pixels, channels === 1 ? luma : unit(channel));
    const narrowed = scaleRows(plane, pixels.height, pixels.width, across);
    scaleColumns(narrowed, width, down, output.subarray(channel * height * width));
  }
}

const luma = [0.299, 0.587, 0.114];

function unit(channel: number): number[] {
  return [0, 1, 2].map((each) => (each === channel ? 1 : 0));
}

/** The weighted sum of red, green and blue over white, of every pixel. */
function readPlane({ width, height, rgba }: Pixels, weights: readonly number[]): Float32Array {
  const [red, green, blue] = weights;
  const plane = new Float32Array(width * height);
  for (let i = 0; i < plane.length; i++) {
    const colour = red * rgba[4 * i] + green * rgba[4 * i + 1] + blue * rgba[4 * i + 2];
    const alpha = rgba[4 * i + 3] / 255;
    plane[i] = alpha * colour + (1 - alpha) * 255;
  }
  return plane;
}

/** For each output position the first input position, and the weights from there on. */
type Weights = readonly { readonly first: number; readonly weights: Float32Array }[];

function weigh(from: number, to: number): Weights {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, position) => {
    const center = (position + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - reach + 0.5));
    const end = Math.min(from, Math.floor(center + reach + 0.5));
    const weights = Float32Array.from({ length: end - first }, (_, i) =>
      Math.max(0, 1 - Math.abs(first + i + 0.5 - center) / reach),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

function scaleRows(plane: Float32Array, height: number, width: number, across: Weights) {
  const narrowed = new Float32Array(height * across.length);
  for (let row = 0; row < height; row++) {
    across.forEach(({ first, weights }, column) => {
      let sum = 0;
      const start = row * width + first;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * plane[start + i];
      narrowed[row * across.length + column] = sum;
    });
  }
  return narrowed;
}

function scaleColumns(plane: Float32Array, width: number, down: Weights, output: Uint8Array) {
  down.forEach(({ first, weights }, row) => {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) {
        sum += weights[i] * plane[(first + i) * width + column];
      }
      output[row * width + column] = Math.round(sum);
    }
  });
}
