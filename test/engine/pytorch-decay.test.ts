/** Weight decay on weights alone, against decay.json (pytorch/decay.py), where it is two groups of parameters. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Optimizer, Weights } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { batchnorm, dense, networkOf } from './networks.ts';
import figures from './pytorch/decay.json' with { type: 'json' };
import { createSession } from './session.ts';

type Figure = (typeof figures.cases)[number];

async function train(figure: Figure, weightDecayOn: 'all' | 'weights'): Promise<Weights> {
  const optimizer = { ...figure.optimizer, weightDecayOn } as Optimizer;
  const { learningRate } = figure;
  const network = networkOf(
    5,
    [{ kind: 'dense', units: 7, bias: false }, batchnorm(), { kind: 'tanh' }, dense(3)],
    { ...{ loss: 'softmax-cross-entropy', batchSize: 4, optimizer, learningRate } },
  );
  const examples = {
    count: 12,
    inputs: Float32Array.from(figure.inputs),
    targets: Int32Array.from(figure.classes),
  };
  const initial: Weights = new Map(
    Object.entries(figure.initial).map(([name, { shape, values }]) => [
      name,
      { shape, values: Float32Array.from(values) },
    ]),
  );
  const { trainer } = await createSession(network, examples, { initial });
  for (let step = 0; step < 10; step++) trainer.step();
  return trainer.weights();
}

for (const figure of figures.cases) {
  const { kind, momentum } = figure.optimizer;
  test(`${kind}${momentum ? ' with momentum' : ''}: ten steps within 2e-5 of PyTorch's, and decay on all is told apart`, async () => {
    const weights = await train(figure, 'weights');
    for (const [name, { values }] of Object.entries(figure.weights)) {
      const found = weights.get(name)!.values;
      assertClose(found, values, { ofLargest: 2e-5, relative: 2e-5 }, name);
    }
    const gamma = (await train(figure, 'all')).get('batchnorm1.weight')!.values;
    const difference = gamma.map((value, i) => value - weights.get('batchnorm1.weight')!.values[i]);
    assert.ok(difference.some((value) => Math.abs(value) > 1e-3));
  });
}
