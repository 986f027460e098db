import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import { planTraining } from '../../sidecar/engine/plan.ts';
import type { BatchNormState, Tensor } from '../../sidecar/network/types.ts';
import { seededRandom } from '../../sidecar/random.ts';
import { assertClose } from './close.ts';
import { batchnorm, conv, dense, examplesFor, networkOf, type Written } from './networks.ts';
import { inFloat64, layerOutputs, momentsOf, rowsOf } from './reference.ts';
import { createSession } from './session.ts';

const frozen = (state: BatchNormState): Written => ({ ...batchnorm(), state }) as Written;

const networkWith = (state: BatchNormState, batchSize = 6) =>
  networkOf(
    [2, 3, 3],
    [conv(5, [2, 2]), frozen(state), { kind: 'tanh' }, dense(9), frozen(state), dense(3)],
    { batchSize, learningRate: 0.2 },
  );

/** Weights with running statistics, gammas and betas that are far from those drawn at first. */
function startOf(network: ReturnType<typeof networkWith>) {
  const random = seededRandom(4, 'start');
  return new Map(
    [...initialWeights(network)].map(([name, { shape, values }]): [string, Tensor] => [
      name,
      {
        shape,
        values: values.map((x) => (name.startsWith('batchnorm') ? 1 + random.uniform() : x)),
      },
    ]),
  );
}

for (const [state, learns] of [
  ['freeze-statistics', true],
  ['freeze', false],
] as const) {
  test(`${state}: running statistics stay, gamma and beta ${learns ? 'learn' : 'stay'}, the rest learns`, async () => {
    const network = networkWith(state);
    const initial = startOf(network);
    const { trainer } = await createSession(network, examplesFor(network, 20), { initial });
    for (let step = 0; step < 5; step++) trainer.step();
    for (const [name, { values }] of trainer.weights()) {
      const stays = /running/.test(name) || (!learns && name.startsWith('batchnorm'));
      const same = values.every((value, i) => value === initial.get(name)!.values[i]);
      assert.equal(same, stays, name);
    }
  });

  test(`${state}: what is watched is the batch's own statistics beside the frozen ones`, async () => {
    const network = networkWith(state);
    const initial = startOf(network);
    const examples = examplesFor(network, 6);
    const { trainer, statistic, plan } = await createSession(network, examples, { initial });
    trainer.step();
    const inputs = rowsOf(examples.inputs, 18);
    const outputs = layerOutputs(network, inFloat64(initial), inputs, 'training');
    for (const [layer, before, channels] of [
      ['batchnorm1', 'conv2d1', 5],
      ['batchnorm2', 'dense1', 9],
    ] as const) {
      const [input, output] = [before, layer].map((name) =>
        momentsOf(outputs.get(name)!, channels),
      );
      const near = { ofLargest: 1e-5, absolute: 1e-6 };
      assertClose(statistic(layer, 'inputMean'), input.mean, near, `${layer} input mean`);
      assertClose(
        statistic(layer, 'inputVariance'),
        input.variance,
        near,
        `${layer} input variance`,
      );
      assertClose(statistic(before, 'outputMean'), input.mean, near, `${before} mean`);
      assertClose(statistic(layer, 'outputMean'), output.mean, near, `${layer} mean`);
      assertClose(statistic(layer, 'outputVariance'), output.variance, near, `${layer} variance`);
      for (const [quantity, tensor] of [
        ['gamma', 'weight'],
        ['beta', 'bias'],
        ['runningMean', 'running_mean'],
        ['runningVariance', 'running_var'],
      ] as const) {
        assert.deepEqual(statistic(layer, quantity), initial.get(`${layer}.${tensor}`)!.values);
      }
      const measured = plan.statistics.fields.some(
        (field) => field.layer === layer && field.quantity === 'gradientNorm',
      );
      assert.equal(measured, learns);
    }
  });

  test(`${state}: training computes what inference computes, and a batch of one will do`, async () => {
    const network = networkWith(state, 1);
    const initial = startOf(network);
    const examples = examplesFor(network, 1);
    const { trainer, activation } = await createSession(network, examples, { initial });
    const inferred = trainer.infer(examples);
    trainer.step();
    assertClose(activation('dense2', 'output'), inferred, { ofLargest: 1e-6 }, 'outputs');
    assert.ok(Number.isFinite(trainer.loss));
  });
}

test('a batch of one is refused where a vector is normalized by the batch', () => {
  assert.throws(
    () => planTraining(networkWith('train', 1)),
    /batchnorm2: expected a batch of at least 2 examples, found 1/,
  );
});
