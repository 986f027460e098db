/** Fifty steps of a convolutional network that PyTorch made in float64 (pytorch/tiles.py) against the engine's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTraining } from '../../sidecar/engine/plan.ts';
import type { LayerOperation, Weights } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { batchnorm, conv, dense, networkOf } from './networks.ts';
import figure from './pytorch/tiles.json' with { type: 'json' };
import { createSession } from './session.ts';

const sides = (by: number) => ({ top: by, bottom: by, left: by, right: by });

const block = (filters: number): LayerOperation[] => [
  conv(filters, [3, 3], { padding: sides(1), bias: false }),
  batchnorm(),
  { kind: 'relu' },
];

for (const build of ['simd', 'relaxed'] as const) {
  test(`fifty steps of convolutions by tiles: losses and weights within 1e-4 of PyTorch’s, ${build}`, async () => {
    const operations: LayerOperation[] = [
      ...block(16),
      ...block(20),
      { kind: 'maxpool', kernel: [2, 2], stride: [2, 2], padding: sides(0) },
      ...block(17),
      { kind: 'global-avgpool' },
      dense(4),
    ];
    const settings = { loss: 'softmax-cross-entropy', batchSize: 8, learningRate: 0.05 } as const;
    const network = networkOf([1, 15, 14], operations, settings);
    const { forward } = planTraining(network).training;
    assert.equal(forward.filter(({ kernel }) => kernel === 'winogradConvolve').length, 2);
    const examples = {
      count: figure.classes.length,
      inputs: Float32Array.from(figure.inputs),
      targets: Int32Array.from(figure.classes),
    };
    const initial: Weights = new Map(
      Object.entries(figure.initial).map(([name, { shape, values }]) => [
        name,
        { shape, values: Float32Array.from(values) },
      ]),
    );
    const { trainer } = await createSession(network, examples, { initial, build });
    const losses = figure.losses.map(() => {
      trainer.step();
      return trainer.loss;
    });
    assertClose(losses, figure.losses, { relative: 1e-4 }, 'loss');
    const trained = trainer.weights();
    for (const [name, { values }] of Object.entries(figure.weights)) {
      const close = { ofLargest: 1e-4, relative: 1e-4 };
      assertClose(trained.get(name)!.values, values, close, name);
    }
  });
}
