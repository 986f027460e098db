import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import { createScratch } from '../../sidecar/engine/scratch.ts';
import { assertClose } from './close.ts';
import { batchnorm, dense, examplesFor, identity, networkOf } from './networks.ts';
import { centralDifferences, inFloat64, layerOutputs, lossOf, rowsOf } from './reference.ts';

/** What would change outputs or gradients in a training: dropout, clipping, weight decay, a frozen layer. */
const network = networkOf(
  4,
  [
    { ...dense(6), learningRate: 0 },
    batchnorm(),
    { kind: 'sigmoid' },
    { kind: 'dropout', rate: 0.5 },
    dense(3),
  ],
  {
    loss: 'softmax-cross-entropy',
    batchSize: 8,
    clipGradient: 1e-3,
    optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0.5 },
  },
);
const examples = examplesFor(network, 20);
const chosen = Uint32Array.of(3, 19, 0, 7, 8, 9, 11, 12);
const rows = [...chosen].map((example) => rowsOf(examples.inputs, 4)[example]);
const ordered = Int32Array.from(chosen, (example) => examples.targets[example]);

test('outputs and gradients of chosen examples are those of float64, within 1e-4, without dropout, decay and clipping', async () => {
  const weights = initialWeights(network);
  const scratch = await createScratch(network, identity, examples);
  const values = inFloat64(weights);
  const outputs = () => layerOutputs(network, values, rows, 'training').get('dense2')!;
  // The second time shows that loading makes up for what the first has spent.
  for (const time of ['first', 'second']) {
    scratch.load(weights);
    const found = scratch.forward(chosen);
    assertClose(
      found,
      outputs().flatMap((row) => [...row]),
      { ofLargest: 1e-5 },
      time,
    );
    const gradients = scratch.backward();
    for (const [name, { values: gradient }] of gradients) {
      const loss = () => lossOf(network.loss, outputs(), ordered);
      const expected = centralDifferences(values, name, loss);
      assertClose(gradient, expected, { ofLargest: 1e-4, absolute: 1e-7 }, `${time} ${name}`);
    }
    assert.deepEqual(
      [...gradients.keys()].sort(),
      [...weights.keys()].filter((name) => !name.includes('running')).sort(),
    );
  }
});

test('a batch is no larger than there are examples', async () => {
  const { rows: few } = await createScratch(network, identity, examplesFor(network, 5));
  assert.equal(few, 5);
});
