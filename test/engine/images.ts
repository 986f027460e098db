/** A judge of convolution and pooling: float64, plain loops over `[examples][channels][height][width]`, no layout. */
import type { Padding } from '../../sidecar/network/types.ts';

export interface Sliding {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  readonly dilation?: readonly [number, number];
}

/** `[channels, height, width]`; a sequence has height 1. */
export type Size = readonly [number, number, number];

export interface Convolution extends Sliding {
  readonly groups: number;
}

/** Calls `visit` with the places of input, weight and output (without batch) of every product in a convolution. */
function products(
  { kernel, stride, padding, dilation = [1, 1], groups }: Convolution,
  [channels, height, width]: Size,
  [filters, rows, columns]: Size,
  visit: (x: number, w: number, y: number) => void,
): void {
  const inside = channels / groups;
  for (let o = 0; o < filters; o++) {
    const group = Math.floor(o / (filters / groups));
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        for (let k = 0; k < inside; k++) {
          for (let i = 0; i < kernel[0]; i++) {
            for (let j = 0; j < kernel[1]; j++) {
              const y = r * stride[0] - padding.top + i * dilation[0];
              const x = c * stride[1] - padding.left + j * dilation[1];
              if (y < 0 || x < 0 || y >= height || x >= width) continue;
              visit(
                ((group * inside + k) * height + y) * width + x,
                ((o * inside + k) * kernel[0] + i) * kernel[1] + j,
                (o * rows + r) * columns + c,
              );
            }
          }
        }
      }
    }
  }
}

export function convolve(
  layer: Convolution,
  from: Size,
  to: Size,
  batch: number,
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  bias: ArrayLike<number>,
): Float64Array {
  const [inputs, outputs] = [volume(from), volume(to)];
  const y = Float64Array.from(
    { length: batch * outputs },
    (_, i) => bias[Math.floor((i % outputs) / (to[1] * to[2]))] ?? 0,
  );
  products(layer, from, to, (a, b, c) => {
    for (let n = 0; n < batch; n++) y[n * outputs + c] += x[n * inputs + a] * w[b];
  });
  return y;
}

/** Gradients of the sum of y times dy. */
export function convolveGradients(
  layer: Convolution,
  from: Size,
  to: Size,
  batch: number,
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  dy: ArrayLike<number>,
) {
  const [inputs, outputs] = [volume(from), volume(to)];
  const dx = new Float64Array(batch * inputs);
  const dw = new Float64Array(w.length);
  const db = new Float64Array(to[0]);
  products(layer, from, to, (a, b, c) => {
    for (let n = 0; n < batch; n++) {
      dx[n * inputs + a] += dy[n * outputs + c] * w[b];
      dw[b] += dy[n * outputs + c] * x[n * inputs + a];
    }
  });
  for (let i = 0; i < dy.length; i++) db[Math.floor((i % outputs) / (to[1] * to[2]))] += dy[i];
  return { dx, dw, db };
}

/** Every output pixel's window: the places inside the image, row by row. */
function windows(
  { kernel, stride, padding, dilation = [1, 1] }: Sliding,
  [channels, height, width]: Size,
  [, rows, columns]: Size,
  visit: (y: number, xs: readonly number[]) => void,
): void {
  for (let channel = 0; channel < channels; channel++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const xs: number[] = [];
        for (let i = 0; i < kernel[0]; i++) {
          for (let j = 0; j < kernel[1]; j++) {
            const y = r * stride[0] - padding.top + i * dilation[0];
            const x = c * stride[1] - padding.left + j * dilation[1];
            if (y >= 0 && x >= 0 && y < height && x < width) {
              xs.push((channel * height + y) * width + x);
            }
          }
        }
        visit((channel * rows + r) * columns + c, xs);
      }
    }
  }
}

/** Pooling with its gradient: the first of the largest, or the mean. */
export function pool(
  kind: 'max' | 'average',
  layer: Sliding,
  from: Size,
  to: Size,
  batch: number,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
) {
  const [inputs, outputs] = [volume(from), volume(to)];
  const y = new Float64Array(batch * outputs);
  const dx = new Float64Array(batch * inputs);
  windows(layer, from, to, (place, xs) => {
    for (let n = 0; n < batch; n++) {
      const out = n * outputs + place;
      if (kind === 'average') {
        for (const i of xs) {
          y[out] += x[n * inputs + i] / xs.length;
          dx[n * inputs + i] += dy[out] / xs.length;
        }
        continue;
      }
      let first = xs[0];
      for (const i of xs) if (x[n * inputs + i] > x[n * inputs + first]) first = i;
      y[out] = x[n * inputs + first];
      dx[n * inputs + first] += dy[out];
    }
  });
  return { y, dx };
}

/** Places along an axis that a window takes, PyTorch's formula. */
export function slid(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation = 1,
): number {
  return Math.floor((size + padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

function volume(size: Size): number {
  return size[0] * size[1] * size[2];
}
