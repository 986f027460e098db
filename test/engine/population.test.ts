import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Network } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { batchnorm, conv, dense, examplesFor, networkOf, sizeOf } from './networks.ts';
import { inFloat64, layerOutputs, momentsOf, rowsOf } from './reference.ts';
import { createSession } from './session.ts';

const exact = {
  kind: 'batchnorm',
  momentum: 0.1,
  epsilon: 1e-5,
  state: 'train',
  statistics: 'exact',
} as const;

for (const [what, network, count] of [
  ['units', networkOf(5, [dense(11), exact, { kind: 'tanh' }, exact, dense(2)]), 40],
  [
    'channels',
    networkOf([2, 4, 3], [conv(9, [2, 2]), exact, { kind: 'sigmoid' }, dense(2)], { batchSize: 5 }),
    30,
  ],
  [
    'units, the last batch filled from the beginning',
    networkOf(5, [dense(11), exact, dense(2)], { batchSize: 10 }),
    47,
  ],
  [
    'units, in a batch that takes some examples twice',
    networkOf(5, [dense(11), exact, dense(2)], { batchSize: 10 }),
    7,
  ],
] as const) {
  test(`exact statistics of ${what} are the averages over the training set’s batches, unbiased`, async () => {
    const examples = examplesFor(network, count);
    const { trainer } = await createSession(network, examples);
    for (let step = 0; step < 7; step++) trainer.step();
    const moving = trainer.weights();
    const { loss } = trainer;
    trainer.settleStatistics();
    assert.equal(trainer.loss, loss);
    const settled = trainer.weights();
    for (const [name, { values }] of settled) {
      if (name.includes('running')) assert.notDeepEqual(values, moving.get(name)!.values);
      else assert.deepEqual(values, moving.get(name)!.values);
    }
    const values = inFloat64(moving);
    const rows = rowsOf(examples.inputs, sizeOf(network.input));
    for (const layer of network.layers) {
      if (layer.kind !== 'batchnorm') continue;
      const { mean, variance } = averages(network, values, rows, layer.inputs[0]);
      const close = { ofLargest: 1e-5 };
      assertClose(settled.get(`${layer.name}.running_mean`)!.values, mean, close, 'mean');
      assertClose(settled.get(`${layer.name}.running_var`)!.values, variance, close, 'variance');
    }
  });
}

test('moving and frozen statistics stay as they are, frozen ones also where all are asked for', async () => {
  const frozen = { ...exact, state: 'freeze-statistics' } as const;
  const network = networkOf(5, [dense(11), batchnorm(), dense(4), frozen, dense(2)]);
  const { trainer } = await createSession(network, examplesFor(network, 40));
  for (let step = 0; step < 3; step++) trainer.step();
  const before = trainer.weights();
  trainer.settleStatistics();
  assert.deepEqual(trainer.weights(), before);
  trainer.settleStatistics('all');
  for (const [name, { values }] of trainer.weights()) {
    const settled = name.startsWith('batchnorm1.running');
    assert.equal(isDeepStrictEqual(values, before.get(name)!.values), !settled, name);
  }
});

test('training goes on after it as if it had not been', async () => {
  const network = networkOf(5, [dense(11), exact, dense(2)], { shuffle: true });
  const [paused, straight] = await Promise.all(
    [true, false].map(async (settle) => {
      const { trainer } = await createSession(network, examplesFor(network, 44));
      for (let step = 0; step < 20; step++) {
        trainer.step();
        if (settle && step === 8) trainer.settleStatistics();
      }
      return trainer.weights().get('dense1.weight');
    }),
  );
  assert.deepEqual(paused, straight);
});

/** Mean of the batches' means and of their unbiased variances, in float64. */
function averages(
  network: Network,
  values: ReturnType<typeof inFloat64>,
  rows: readonly Float64Array[],
  before: string,
) {
  const { batchSize } = network.train;
  const [channels, ...locations] = network.layers.find(({ name }) => name === before)!.output;
  const m = batchSize * sizeOf(locations);
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  const batches = Math.ceil(rows.length / batchSize);
  for (let first = 0; first < batches * batchSize; first += batchSize) {
    const batch = Array.from({ length: batchSize }, (_, i) => rows[(first + i) % rows.length]);
    const output = layerOutputs(network, values, batch, 'training').get(before)!;
    const moments = momentsOf(output, channels);
    for (let c = 0; c < channels; c++) {
      mean[c] += moments.mean[c] / batches;
      variance[c] += (moments.variance[c] * m) / (m - 1) / batches;
    }
  }
  return { mean, variance };
}
