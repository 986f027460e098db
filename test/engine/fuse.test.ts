/** Batch normalization and ReLU as one call: used where it can be, with the bits of two calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import { createMemory, planTraining } from '../../sidecar/engine/plan.ts';
import { readStatistics } from '../../sidecar/engine/statistics.ts';
import { createTrainer } from '../../sidecar/engine/trainer.ts';
import type { Network } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import {
  batchnorm,
  conv,
  dense,
  examplesFor,
  identity,
  networkOf,
  type Written,
} from './networks.ts';

const around = { top: 1, bottom: 1, left: 1, right: 1 };

/** A ReLU measured by a call of its own, one measured by the normalization behind it, one whose input is read twice. */
const layers: readonly Written[] = [
  conv(9, [3, 3], { padding: around, bias: false }),
  batchnorm(),
  { kind: 'relu' },
  { kind: 'maxpool', kernel: [2, 2], stride: [2, 2], padding: { ...around, top: 0 } },
  conv(10, [2, 2], { bias: false }),
  batchnorm(),
  { kind: 'relu' },
  { ...batchnorm(), name: 'between' },
  { kind: 'relu' },
  { kind: 'add', inputs: ['relu3', 'between'] },
  dense(12, false),
  batchnorm(),
  { kind: 'relu' },
  dense(4),
];

for (const batchSize of [2, 5, 8, 35]) {
  for (const build of ['simd', 'relaxed'] as const) {
    test(`batch ${batchSize}, ${build}: the same weights, and statistics within 1e-5`, async () => {
      const network = networkOf([2, 7, 6], layers, { batchSize, loss: 'softmax-cross-entropy' });
      const fused = await train(network, build, false);
      const apart = await train(network, build, true);
      const count = (kernel: string) => fused.calls.filter((call) => call.kernel === kernel).length;
      assert.equal(count('batchnormReluForward'), 3);
      assert.equal(count('batchnormReluBackward'), 3);
      assert.equal(count('reluForward'), 1);
      assert.deepEqual(fused.weights, apart.weights);
      const near = { ofLargest: 1e-6, relative: 1e-5 };
      assertClose(fused.statistics, apart.statistics, near, 'statistics');
    });
  }
}

/** Weights and statistics after four steps. A plan that keeps every tensor has every call. */
async function train(network: Network, build: 'simd' | 'relaxed', keep: boolean) {
  const plan = planTraining(network, { keep });
  const memory = createMemory(plan);
  const examples = examplesFor(network, 4 * network.train.batchSize);
  const initial = initialWeights(network);
  const options = { network, plan, memory, train: examples, normalization: identity, initial };
  const trainer = await createTrainer({ ...options, build });
  for (let step = 0; step < 4; step++) trainer.step();
  const { forward, backward } = plan.training;
  return {
    calls: [...forward, ...backward],
    weights: trainer.weights(),
    statistics: readStatistics(memory, plan)!.values,
  };
}
