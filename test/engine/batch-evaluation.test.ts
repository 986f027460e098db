import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBatchEvaluation } from '../../sidecar/engine/batch-evaluation.ts';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import { shuffledOrder } from '../../sidecar/engine/sampler.ts';
import type { Examples, LayerOperation, Network } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { batchnorm, conv, dense, examplesFor, identity, networkOf, sizeOf } from './networks.ts';
import { inFloat64, layerOutputs, lossOf, rowsOf } from './reference.ts';

const dropout: LayerOperation = { kind: 'dropout', rate: 0.5 };
const frozen: LayerOperation = {
  ...(batchnorm() as Extract<LayerOperation, { kind: 'batchnorm' }>),
  state: 'freeze',
};
const classes = { loss: 'softmax-cross-entropy', batchSize: 10, seed: 3 } as const;
const units = networkOf(5, [dense(11), batchnorm(), { kind: 'tanh' }, dropout, dense(3)], classes);
const channels = networkOf([2, 5, 4], [conv(6, [2, 2]), batchnorm(), frozen, dense(3)], classes);

for (const [what, network, count] of [
  ['batches that leave a rest', units, 47],
  ['full batches', units, 40],
  ['fewer examples than a batch', units, 7],
  ['images, with frozen statistics too', channels, 23],
] as const) {
  test(`evaluation by the statistics of ${what} is that of plain loops in float64, within 1e-5`, async () => {
    const examples = examplesFor(network, count);
    const weights = initialWeights(network);
    const evaluate = await createBatchEvaluation(network, identity, examples);
    const expected = judge(network, weights, examples);
    const found = evaluate(weights);
    assertClose([found.loss], [expected.loss], { relative: 1e-5 }, 'loss');
    assert.equal(found.accuracy, expected.accuracy);
    assert.deepEqual(evaluate(weights), found, 'the same figures every time');
  });
}

test('a single example leaves a batch normalization of units nothing to normalize', async () => {
  await assert.rejects(
    createBatchEvaluation(units, identity, examplesFor(units, 1)),
    /batchnorm1: expected a batch of at least 2 examples, found 1/,
  );
});

/** Batches of the seeded order; an example that comes again in the last batch counts as it is there. */
function judge(network: Network, weights: ReturnType<typeof initialWeights>, examples: Examples) {
  const { count, targets } = examples;
  const rows = rowsOf(examples.inputs, sizeOf(network.input));
  const order = [...shuffledOrder(count, network.train.seed, 0)];
  const size = Math.min(network.train.batchSize, count);
  const outputs = new Map<number, Float64Array>();
  for (let first = 0; first < count; first += size) {
    const chosen = first + size > count ? order.slice(-size) : order.slice(first, first + size);
    const batch = chosen.map((example) => rows[example]);
    const last = network.layers.at(-1)!.name;
    const found = layerOutputs(network, inFloat64(weights), batch, 'training').get(last)!;
    for (const [row, example] of chosen.entries()) outputs.set(example, found[row]);
  }
  const all = rows.map((_, example) => outputs.get(example)!);
  const right = all.filter((row, i) => row.indexOf(Math.max(...row)) === targets[i]).length;
  return { loss: lossOf(network.loss, all, targets), accuracy: right / count };
}
