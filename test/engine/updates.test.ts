/** What a step does to parameters besides the optimizers' formulas, which pytorch-steps.test.ts compares. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Optimizer } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { batchnorm, conv, dense, examplesFor, networkOf, type Written } from './networks.ts';
import { createSession } from './session.ts';

const layers: readonly Written[] = [conv(9, [2, 2]), batchnorm(), { kind: 'tanh' }, dense(3)];

test('a clipped step of sgd is as long as the limit, or as the gradient where that is shorter', async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: -3, max: 1, noNaN: true }), fc.nat(), async (power, seed) => {
      const clipGradient = 10 ** power;
      const network = networkOf([2, 3, 3], layers, { clipGradient, learningRate: 1, seed });
      const session = await createSession(network, examplesFor(network, 8, seed));
      session.trainer.step();
      const learned = session.plan.parameters.filter(({ gradient }) => gradient);
      const gradient = norm(learned.flatMap(({ name }) => [...session.gradient(name)]));
      const after = session.trainer.weights();
      const change = norm(
        learned.flatMap(({ name }) => {
          const { values } = session.initial.get(name)!;
          return Array.from(after.get(name)!.values, (value, i) => value - values[i]);
        }),
      );
      assertClose([change], [Math.min(gradient, clipGradient)], { relative: 1e-3 }, 'change');
      const norms = ['conv2d1', 'batchnorm1', 'dense1'].map(
        (layer) => session.statistic(layer, 'gradientNorm')[0],
      );
      assertClose([norm(norms)], [gradient], { relative: 1e-5 }, 'the norm that is shown');
    }),
    { numRuns: 25 },
  );
});

test('a limit that no gradient reaches changes no bit', async () => {
  const [clipped, free] = await Promise.all(
    [1e5, null].map(async (clipGradient) => {
      const network = networkOf([2, 3, 3], layers, { clipGradient });
      const { trainer } = await createSession(network, examplesFor(network, 20));
      for (let step = 0; step < 5; step++) trainer.step();
      return trainer.weights();
    }),
  );
  assert.deepEqual(clipped, free);
});

const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };

for (const optimizer of [
  { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.1 },
  { kind: 'adam', ...adam },
  { kind: 'adamw', ...adam },
  { kind: 'rmsprop', decay: 0.9, epsilon: 1e-8, momentum: 0.5, weightDecay: 0.1 },
  { kind: 'adagrad', epsilon: 1e-10, weightDecay: 0.1 },
] as const satisfies Optimizer[]) {
  test(`${optimizer.kind}: a layer with learning rate 0 stays, its gradient is measured, others move`, async () => {
    const [first, ...rest] = layers;
    const frozen = rest.map((layer) => ({ ...layer, learningRate: 0 }));
    const network = networkOf([2, 3, 3], [first, ...frozen], { optimizer });
    const session = await createSession(network, examplesFor(network, 20));
    for (let step = 0; step < 3; step++) session.trainer.step();
    const after = session.trainer.weights();
    for (const { name, gradient } of session.plan.parameters) {
      if (!gradient) continue;
      const stays = !name.startsWith('conv2d1');
      const { values } = session.initial.get(name)!;
      assert.equal(
        after.get(name)!.values.every((value, i) => value === values[i]),
        stays,
        name,
      );
    }
    for (const layer of ['batchnorm1', 'dense1']) {
      assert.equal(session.statistic(layer, 'updateRatio')[0], 0);
      assert.ok(session.statistic(layer, 'gradientNorm')[0] > 0);
    }
    assert.ok(session.statistic('conv2d1', 'updateRatio')[0] > 0);
  });
}

test('lanes and channels that pad stay 0 under every rule', async () => {
  for (const optimizer of [
    { kind: 'adamw', ...adam },
    { kind: 'rmsprop', decay: 0.9, epsilon: 1e-8, momentum: 0.5, weightDecay: 0.1 },
    { kind: 'adagrad', epsilon: 1e-10, weightDecay: 0.1 },
  ] as const satisfies Optimizer[]) {
    const network = networkOf(3, [dense(5), { kind: 'tanh' }, dense(2)], {
      ...{ optimizer, clipGradient: 0.1 },
    });
    const { plan, memory, trainer } = await createSession(network, examplesFor(network, 20));
    for (let step = 0; step < 3; step++) trainer.step();
    const { place } = plan.parameters.find(({ name }) => name === 'dense1.weight')!;
    const floats = new Float32Array(memory.buffer, place.offset, 8 * place.stride);
    const padding = floats.filter((_, i) => i % 8 >= 5);
    assert.ok(padding.every((value) => value === 0));
    assert.ok(floats.some((value) => value !== 0));
  }
});

function norm(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
