/** Algorithm 2's population statistics against float64 sums over the batches of a sweep. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayerOperation } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { batchnorm, dense, examplesFor, networkOf } from './networks.ts';
import { inFloat64, layerOutputs, momentsOf, rowsOf } from './reference.ts';
import { createSession } from './session.ts';

const exact = { ...batchnorm(), statistics: 'exact' } as LayerOperation;
const layers: readonly LayerOperation[] = [
  ...[dense(13, false), exact, { kind: 'sigmoid' } as const],
  ...[dense(9, false), exact, { kind: 'tanh' } as const],
  ...[dense(6, false), batchnorm(), dense(3)],
];

/** Layers with exact statistics and what comes before them. */
const measured = { batchnorm1: 'dense1', batchnorm2: 'dense2' };

for (const [count, batchSize] of [
  [40, 10],
  [47, 10],
  [7, 10],
] as const) {
  test(`${count} examples in batches of ${batchSize}: mean of means, unbiased mean of variances`, async () => {
    const network = networkOf(5, layers, { batchSize, learningRate: 0.3 });
    const examples = examplesFor(network, count);
    const { trainer } = await createSession(network, examples);
    for (let step = 0; step < 8; step++) trainer.step();
    const before = trainer.weights();
    const { loss } = trainer;
    assert.equal(trainer.exactStatistics(), true);
    const after = trainer.weights();
    assert.equal(trainer.loss, loss);

    // Every example is in a batch; the last batch goes on from the beginning.
    const inputs = rowsOf(examples.inputs, 5);
    const batches = Array.from({ length: Math.ceil(count / batchSize) }, (_, batch) =>
      Array.from({ length: batchSize }, (_, row) => inputs[(batch * batchSize + row) % count]),
    );
    const seen = batches.map((rows) => layerOutputs(network, inFloat64(before), rows, 'training'));
    for (const [layer, source] of Object.entries(measured)) {
      const moments = seen.map((outputs) => momentsOf(outputs.get(source)!));
      const average = (of: 'mean' | 'variance', unit: number) =>
        moments.reduce((sum, each) => sum + each[of][unit], 0) / moments.length;
      const found = (tensor: string) => after.get(`${layer}.${tensor}`)!.values;
      const unbias = batchSize / (batchSize - 1);
      const means = Float64Array.from(found('running_mean'), (_, unit) => average('mean', unit));
      const variances = means.map((_, unit) => unbias * average('variance', unit));
      assertClose(found('running_mean'), means, { ofLargest: 1e-5 }, `${layer} mean`);
      assertClose(found('running_var'), variances, { ofLargest: 1e-5 }, `${layer} variance`);
    }
    for (const [name, tensor] of before) {
      if (/^batchnorm[12]\.running/.test(name)) continue;
      assert.deepEqual(after.get(name), tensor, name);
    }
  });
}

test('evaluation takes the exact statistics, and training goes on as if nothing had been', async () => {
  const network = networkOf(5, layers, { batchSize: 10, shuffle: true, seed: 3 });
  const examples = examplesFor(network, 33);
  const [swept, plain] = await Promise.all([
    createSession(network, examples),
    createSession(network, examples),
  ]);
  for (let step = 0; step < 12; step++) {
    swept.trainer.step();
    plain.trainer.step();
    swept.trainer.exactStatistics();
    assert.equal(swept.trainer.loss, plain.trainer.loss);
  }
  assert.notDeepEqual(swept.trainer.infer(examples), plain.trainer.infer(examples));
  const [one, other] = [swept, plain].map(({ trainer }) => trainer.weights());
  assert.deepEqual(one.get('dense4.weight'), other.get('dense4.weight'));
  assert.deepEqual(one.get('batchnorm3.running_var'), other.get('batchnorm3.running_var'));
  assert.notDeepEqual(one.get('batchnorm1.running_var'), other.get('batchnorm1.running_var'));
});

test('nothing happens where no layer asks for exact statistics', async () => {
  const network = networkOf(5, [dense(4), batchnorm(), dense(2)], { batchSize: 8 });
  const { trainer } = await createSession(network, examplesFor(network, 16));
  trainer.step();
  const before = trainer.weights();
  assert.equal(trainer.exactStatistics(), false);
  assert.deepEqual(trainer.weights(), before);
});
