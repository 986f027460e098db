import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { unpackRows } from '../../sidecar/engine/blocked.ts';
import { createMemory, planTraining } from '../../sidecar/engine/plan.ts';
import { createSampler, examplesOf } from '../../sidecar/engine/sampler.ts';
import type { Train } from '../../sidecar/network/types.ts';
import { batchnorm, dense, networkOf } from './networks.ts';

/** The examples' numbers in the order in which `steps` batches bring them. */
function order(
  count: number,
  steps: number,
  train: Partial<Train>,
  { normalized = false } = {},
): number[] {
  const layers = normalized ? [dense(1, false), batchnorm()] : [dense(1)];
  const network = networkOf(3, layers, { shuffle: true, ...train });
  const plan = planTraining(network);
  const memory = createMemory(plan);
  const numbers = Float32Array.from({ length: count }, (_, i) => i);
  const inputs = Float32Array.from({ length: 3 * count }, (_, i) => Math.floor(i / 3));
  const stage = createSampler(network, { count, inputs, targets: numbers }, plan.training, memory);
  const floats = new Float32Array(memory.buffer);
  const { rows, staging, targets, output } = plan.training;
  return Array.from({ length: steps }, (_, step) => {
    stage(step);
    const seen = new Float32Array(rows);
    unpackRows(floats, { ...output, offset: targets! }, rows, seen, 0);
    const staged = floats.slice(staging / 4, staging / 4 + 3 * rows);
    assert.deepEqual(
      staged,
      Float32Array.from({ length: 3 * rows }, (_, i) => seen[Math.floor(i / 3)]),
    );
    assert.deepEqual(examplesOf(network, count, step), [...seen]);
    return [...seen];
  }).flat();
}

test('every epoch brings every example once, across batches that don’t divide it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      (count, batchSize, shuffle) => {
        const epochs = 3;
        const steps = Math.ceil((epochs * count) / batchSize);
        const seen = order(count, steps, { batchSize, shuffle });
        for (let epoch = 0; epoch < epochs; epoch++) {
          const part = seen.slice(epoch * count, (epoch + 1) * count);
          const natural = Array.from({ length: count }, (_, i) => i);
          assert.deepEqual(shuffle ? part.sort((a, b) => a - b) : part, natural);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('the order depends on the seed and the epoch, not on network or batch size', () => {
  const batches = (batchSize: number, options = {}) =>
    order(24, 48 / batchSize, { batchSize, seed: 5 }, options);
  assert.deepEqual(batches(4), batches(8));
  assert.deepEqual(batches(4), batches(4, { normalized: true }));
  assert.notDeepEqual(batches(4).slice(0, 24), batches(4).slice(24));
  assert.notDeepEqual(batches(4), order(24, 12, { batchSize: 4, seed: 6 }));
});
