/** Winograd's convolutions, wherever they pay or not, against float64: forward and both gradients. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conv } from '../../sidecar/engine/layers/conv.ts';
import type { LayerDefinition, LayerOf } from '../../sidecar/engine/layers/layer.ts';
import {
  winogradForward,
  winogradInputGradient,
  winogradPays,
  winogradWeightGradient,
} from '../../sidecar/engine/layers/winograd.ts';
import { type ConvCase, checkConvolution, convLayer } from './convolutions.ts';

type Conv = LayerOf<'conv2d' | 'conv1d'>;

const winograd: LayerDefinition<Conv> = {
  parameters: conv.parameters,
  forward: winogradForward,
  inference: winogradForward,
  backward: (site) => [
    ...(site.inputGradient ? winogradInputGradient(site, site.inputGradient) : []),
    ...winogradWeightGradient(site),
  ],
};

const around = [1, 1, 1, 1] as const;

const suites: Readonly<Record<string, readonly ConvCase[]>> = {
  'heights and widths 1 to 17, around the edges of tiles': Array.from({ length: 17 }, (_, i) => ({
    ...({ input: [9, i + 1, ((i * 5) % 17) + 1], filters: 10, batch: 3, padding: around } as const),
    bias: false,
  })),
  'without padding': Array.from({ length: 15 }, (_, i) => ({
    ...({ input: [8, i + 3, ((i * 4) % 15) + 3], filters: 8, batch: 2, bias: false } as const),
  })),
  '1 to 17 channels and filters': Array.from({ length: 17 }, (_, i) => ({
    ...({ input: [i + 1, 5, 6], filters: ((i * 7) % 17) + 1, batch: 4, padding: around } as const),
    bias: false,
  })),
  'batches around a block': [1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33].map((batch) => ({
    ...({ input: [9, 5, 4], filters: 9, batch, padding: around, bias: false } as const),
  })),
  'padding of one side, and more of it than the window': [
    { input: [9, 3, 3], filters: 5, padding: [2, 0, 0, 1], bias: false },
    { input: [9, 2, 2], filters: 5, padding: [4, 4, 4, 4], bias: false },
    { input: [9, 6, 7], filters: 5, padding: [0, 3, 4, 0], bias: false },
    { input: [9, 1, 9], filters: 5, padding: [2, 5, 0, 0], bias: false },
  ],
};

for (const build of ['simd', 'relaxed'] as const) {
  for (const [name, cases] of Object.entries(suites)) {
    test(`${name}: within 3e-6 of the largest and 1e-5 of each, ${build}`, async () => {
      const tolerance = { ofLargest: 3e-6, relative: 1e-5 };
      for (const each of cases) await checkConvolution(winograd, each, { build, tolerance });
    });
  }
}

test('a bias is added to every output', async () => {
  const tolerance = { ofLargest: 3e-6, relative: 1e-5 };
  const withBias: LayerDefinition<Conv> = {
    ...winograd,
    // The gradient of the bias is the other kernels' own.
    backward: (site) => [...conv.backward(site).slice(-1), ...winograd.backward(site)],
  };
  for (const filters of [3, 8, 17]) {
    await checkConvolution(withBias, { input: [9, 5, 6], filters, padding: around }, { tolerance });
  }
});

test('pays where tiles are full or channels many, and for no other geometry', () => {
  const pays = (given: ConvCase, rows = 64) => winogradPays(convLayer(given), rows);
  assert.ok(pays({ input: [16, 14, 14], filters: 16, padding: around }));
  assert.ok(pays({ input: [64, 7, 7], filters: 64, padding: around }));
  assert.ok(pays({ input: [16, 4, 4], filters: 16, padding: around }));
  assert.ok(!pays({ input: [16, 5, 5], filters: 16, padding: around }));
  assert.ok(!pays({ input: [64, 2, 2], filters: 64, padding: around }));
  const large = { input: [64, 14, 14], filters: 64, padding: around } as const;
  assert.ok(pays(large, 4));
  assert.ok(!pays({ ...large, stride: [2, 2] }));
  assert.ok(!pays({ ...large, dilation: [2, 2] }));
  assert.ok(!pays({ ...large, kernel: [5, 5] }));
  assert.ok(!pays({ ...large, groups: 2 }));
});

test('transforming weights does not pay where they are used for few tiles', () => {
  const layer = convLayer({ input: [64, 4, 4], filters: 64, padding: around });
  assert.ok(winogradPays(layer, 4));
  assert.ok(!winogradPays(layer, 2));
});
