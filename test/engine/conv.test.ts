/** Convolutions in every geometry against float64: forward, and the gradients of input, weights and bias. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conv } from '../../sidecar/engine/layers/conv.ts';
import { assertClose } from './close.ts';
import { type ConvCase, checkConvolution, convLayer, drawCase } from './convolutions.ts';
import { convolve, convolveGradients, type Size } from './images.ts';

const suites: Readonly<Record<string, readonly ConvCase[]>> = {
  // Channels and filters cross the edges of a vector, a panel and two; up to four channels lie in planes.
  '17 numbers of channels and filters': Array.from({ length: 17 }, (_, i) => ({
    input: [i + 1, 5, 4],
    filters: ((i * 7) % 17) + 1,
    batch: (i % 8) + 2,
    padding: [1, 1, 1, 1],
  })),
  'every batch around the tile': Array.from({ length: 9 }, (_, i) => ({
    ...({ input: [9, 3, 5], filters: 10, batch: i + 1 } as const),
    bias: i % 2 === 0,
  })),
  'planes in every batch': Array.from({ length: 9 }, (_, i) => ({
    ...({ input: [(i % 3) + 1, 6, 5], filters: 9, batch: i + 1 } as const),
    padding: [1, 0, 2, 1],
  })),
  'kernels of all shapes': [
    { input: [10, 4, 3], filters: 11, kernel: [1, 1] },
    { input: [3, 4, 3], filters: 11, kernel: [1, 1] },
    { input: [9, 7, 7], filters: 8, kernel: [5, 5], padding: [2, 2, 2, 2] },
    { input: [9, 6, 8], filters: 3, kernel: [2, 3] },
    { input: [8, 3, 9], filters: 9, kernel: [1, 7], padding: [0, 0, 3, 3] },
    { input: [5, 4, 4], filters: 4, kernel: [4, 4] },
    { input: [1, 7, 7], filters: 6, kernel: [5, 3], padding: [2, 2, 1, 1] },
  ],
  strides: [
    { input: [9, 7, 8], filters: 10, stride: [2, 2], padding: [1, 1, 1, 1] },
    { input: [9, 8, 7], filters: 10, stride: [2, 3], padding: [0, 1, 0, 1] },
    { input: [2, 9, 9], filters: 10, stride: [2, 2], padding: [1, 1, 1, 1] },
    { input: [9, 5, 7], filters: 10, kernel: [1, 1], stride: [2, 2] },
    { input: [9, 9, 8], filters: 6, kernel: [2, 2], stride: [3, 3] },
    { input: [6, 8, 8], filters: 6, kernel: [5, 5], stride: [3, 2], padding: [2, 2, 2, 2] },
  ],
  dilations: [
    { input: [9, 7, 8], filters: 5, dilation: [2, 2], padding: [2, 2, 2, 2] },
    { input: [9, 9, 8], filters: 5, dilation: [3, 2], stride: [2, 2], padding: [1, 2, 3, 0] },
    { input: [1, 9, 8], filters: 5, dilation: [2, 3], padding: [2, 2, 3, 3] },
  ],
  'padding of one side, and more of it than the image': [
    { input: [9, 3, 3], filters: 5, padding: [2, 0, 0, 1] },
    { input: [9, 2, 2], filters: 5, padding: [4, 4, 4, 4] },
    { input: [2, 2, 2], filters: 5, padding: [4, 4, 4, 4], stride: [2, 2] },
  ],
  'groups of all alignments': [
    { input: [16, 4, 3], filters: 16, groups: 2 },
    { input: [32, 4, 3], filters: 16, groups: 2, bias: false },
    { input: [16, 4, 3], filters: 48, groups: 2 },
    { input: [24, 4, 3], filters: 24, groups: 3, padding: [1, 1, 1, 1] },
    { input: [12, 4, 3], filters: 18, groups: 3, padding: [1, 1, 1, 1] },
    { input: [12, 4, 5], filters: 6, groups: 6, stride: [2, 2], padding: [1, 1, 1, 1] },
    { input: [9, 4, 3], filters: 3, groups: 3 },
    { input: [20, 3, 3], filters: 10, groups: 5, kernel: [1, 1] },
    { input: [40, 3, 3], filters: 8, groups: 8 },
    { input: [8, 3, 3], filters: 40, groups: 8 },
    { input: [2, 5, 4], filters: 34, groups: 2, padding: [1, 1, 1, 1] },
    { input: [34, 5, 4], filters: 2, groups: 2, padding: [1, 1, 1, 1] },
  ],
  depthwise: [
    { input: [9, 5, 6], filters: 9, groups: 9, padding: [1, 1, 1, 1] },
    { input: [16, 7, 6], filters: 16, groups: 16, stride: [2, 2], padding: [1, 1, 1, 1], batch: 4 },
    { input: [17, 7, 9], filters: 17, groups: 17, kernel: [5, 3], dilation: [1, 2], bias: false },
    { input: [3, 5, 5], filters: 3, groups: 3 },
    { input: [8, 4, 4], filters: 8, groups: 8, kernel: [1, 1] },
    { input: [5, 5, 6], filters: 15, groups: 5, padding: [1, 1, 1, 1] },
  ],
};

for (const [name, cases] of Object.entries(suites)) {
  for (const build of ['simd', 'relaxed'] as const) {
    test(`${name}: within 1e-5 of float64, ${build}`, async () => {
      for (const each of cases) await checkConvolution(conv, each, { build });
    });
  }
}

for (const build of ['simd', 'relaxed'] as const) {
  test(`sequences: within 1e-5 of float64, ${build}`, async () => {
    for (const stride of [1, 2, 3] as const) {
      for (const input of [
        [3, 1, 11],
        [9, 1, 10],
        [16, 1, 9],
      ] satisfies Size[]) {
        const sliding = { kernel: [1, 3], stride: [1, stride], padding: [0, 0, 1, 2] } as const;
        await checkConvolution(conv, { input, filters: 10, ...sliding }, { build, kind: 'conv1d' });
        const dilated = { input, filters: 10, ...sliding, dilation: [1, 2] } as const;
        await checkConvolution(conv, dilated, { build, kind: 'conv1d' });
      }
    }
  });
}

test('weights of sequences have PyTorch’s shape [filters, channels / groups, length]', () => {
  const layer = convLayer({ input: [6, 1, 9], filters: 4, groups: 2, kernel: [1, 3] }, 'conv1d');
  assert.deepEqual(conv.parameters(layer)[0].shape, [4, 3, 3]);
  const image = convLayer({ input: [6, 5, 9], filters: 4, groups: 2, kernel: [2, 3] }, 'conv2d');
  assert.deepEqual(conv.parameters(image)[0].shape, [4, 3, 2, 3]);
});

test('the judge’s gradients agree with central differences', () => {
  for (const each of [
    suites.strides[1],
    suites.dilations[1],
    suites['groups of all alignments'][5],
  ]) {
    const { layer, from, to, batch, x, w, bias, dy } = drawCase(each);
    const value = (values: Float64Array, weights: Float64Array) =>
      convolve(layer, from, to, batch, values, weights, bias).reduce(
        (sum, y, i) => sum + y * dy[i],
        0,
      );
    const { dx, dw } = convolveGradients(layer, from, to, batch, x, w, dy);
    const [xs, ws] = [Float64Array.from(x), Float64Array.from(w)];
    const distance = 1e-3;
    for (const [values, gradient] of [
      [xs, dx],
      [ws, dw],
    ] as const) {
      for (let i = 0; i < values.length; i += 7) {
        const middle = values[i];
        values[i] = middle + distance;
        const above = value(xs, ws);
        values[i] = middle - distance;
        const below = value(xs, ws);
        values[i] = middle;
        assertClose([gradient[i]], [(above - below) / (2 * distance)], { absolute: 1e-8 }, `${i}`);
      }
    }
  }
});
