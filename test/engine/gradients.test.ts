/** Every layer and loss against float64: outputs, loss, statistics, and gradients by central differences. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KernelBuild } from '../../sidecar/engine/kernels.ts';
import type { Examples, Loss, Network } from '../../sidecar/network/types.ts';
import { betweenDense, networks } from './cases.ts';
import { assertClose } from './close.ts';
import { batchnorm, dense, examplesFor, networkOf, sizeOf } from './networks.ts';
import {
  centralDifferences,
  inFloat64,
  layerOutputs,
  lossOf,
  momentsOf,
  type Rows,
  rowsOf,
} from './reference.ts';
import { createSession } from './session.ts';

/** Widths 1 to 17 cross the edges of a vector, a panel and two panels; batches those of a tile. */
const sizes = Array.from({ length: 17 }, (_, i) => ({
  units: i + 1,
  inputs: ((i * 5) % 17) + 1,
  outputs: ((i * 7) % 17) + 1,
  batch: ((i * 11) % 16) + 2,
}));

for (const [name, layers] of Object.entries(betweenDense)) {
  test(`${name}: gradients of 17 sizes within 2e-5 of central differences, both builds`, async () => {
    for (const { inputs, units, outputs, batch } of sizes) {
      const operations = [dense(units), ...layers, dense(outputs)];
      await check(networkOf(inputs, operations, { batchSize: batch }), 1);
    }
  });
}

for (const [name, { input, layers, batch }] of Object.entries(networks)) {
  test(`${name}: gradients within 2e-5 of central differences, both builds`, async () => {
    for (const batchSize of batch ? [batch] : [2, 7, 8]) {
      await check(networkOf(input, [...layers, dense(3)], { batchSize }), 1);
    }
  });
}

for (const loss of ['softmax-cross-entropy', 'binary-cross-entropy', 'mse'] satisfies Loss[]) {
  test(`${loss}: value and gradients of 17 sizes within 2e-5 of central differences, both builds`, async () => {
    for (const { inputs, units, batch } of sizes) {
      await check(networkOf(inputs, [dense(units)], { loss, batchSize: batch }), 2);
    }
  });
}

test('softmax-cross-entropy of smoothed labels: value and gradients of 17 sizes within 2e-5 of central differences, both builds', async () => {
  for (const [i, { inputs, units, batch }] of sizes.entries()) {
    const settings = { loss: 'softmax-cross-entropy', labelSmoothing: (i + 1) / 18 } as const;
    await check(networkOf(inputs, [dense(units)], { ...settings, batchSize: batch }), 2);
  }
});

test('a batch of one trains where nothing is normalized', async () => {
  await check(networkOf(5, [dense(3), { kind: 'tanh' }, dense(2)], { batchSize: 1 }), 3);
});

test('batchnorm first, with nothing before it that learns, and last, next to the loss', async () => {
  await check(networkOf(9, [batchnorm(), dense(10), batchnorm()], { batchSize: 7 }), 4);
});

test('a batch of more than one block of rows', async () => {
  const layers = [dense(9), batchnorm(), { kind: 'sigmoid' } as const, dense(3)];
  await check(networkOf(10, layers, { batchSize: 101 }), 5);
});

/** Both builds against one reference. */
async function check(network: Network, seed: number): Promise<void> {
  const examples = examplesFor(network, network.train.batchSize, seed);
  const builds = ['simd', 'relaxed'] as const;
  const sessions = await Promise.all(
    builds.map((build) => stepAtRest(network, examples, build, seed)),
  );
  const [{ initial, plan }] = sessions;
  const values = inFloat64(initial);
  const inputs = rowsOf(examples.inputs, sizeOf(network.input));
  const masks = masksOf(network, sessions[0]);
  const outputs = () => layerOutputs(network, values, inputs, 'training', masks);
  const { labelSmoothing } = network.train;
  const loss = () =>
    lossOf(network.loss, [...outputs().values()].at(-1)!, examples.targets, labelSmoothing);
  const layers = network.layers.map(({ name, output }) => `${name}[${output}]`).join(' ');

  for (const [i, session] of sessions.entries()) {
    const where = `${layers}, batch ${network.train.batchSize}, ${builds[i]}`;
    assertClose(
      [session.trainer.loss],
      [loss()],
      { relative: 1e-5, absolute: 1e-6 },
      `${where}: loss`,
    );
    for (const [layer, rows] of outputs()) {
      if (!plan.statistics.fields.some((field) => field.layer === layer)) continue;
      const [channels] = network.layers.find(({ name }) => name === layer)!.output;
      const { mean, variance } = momentsOf(rows, channels);
      const near = { ofLargest: 1e-5, absolute: 2e-6 };
      assertClose(session.statistic(layer, 'outputMean'), mean, near, `${where}: ${layer} mean`);
      const measured = session.statistic(layer, 'outputVariance');
      assertClose(measured, variance, near, `${where}: ${layer} variance`);
    }
  }
  // Through batchnorm a gradient is a small difference of larger terms (with two examples nearly 0), whose rounding
  // remains.
  const absolute = network.layers.some(({ kind }) => kind === 'batchnorm') ? 3e-6 : 1e-7;
  for (const { name, gradient } of plan.parameters) {
    if (!gradient) continue;
    const expected = centralDifferences(values, name, loss);
    for (const [i, session] of sessions.entries()) {
      const what = `${layers}, batch ${network.train.batchSize}, ${builds[i]}: ${name} gradient`;
      const tolerance = { ofLargest: 2e-5, relative: 2e-5, absolute };
      assertClose(session.gradient(name), expected, tolerance, what);
    }
  }
}

/** A step at learning rate 0 leaves the parameters as they were and their gradients in memory. */
async function stepAtRest(network: Network, examples: Examples, build: KernelBuild, seed: number) {
  const train = { ...network.train, learningRate: 0, seed };
  const session = await createSession({ ...network, train }, examples, { build });
  session.trainer.step();
  return session;
}

/** What the engine's dropout multiplied by, checked to be 0 or 1 / (1 - rate). */
function masksOf(network: Network, session: Awaited<ReturnType<typeof createSession>>) {
  const masks = new Map<string, Rows>();
  for (const layer of network.layers) {
    if (layer.kind !== 'dropout') continue;
    const before = session.activation(layer.inputs[0], 'output');
    const after = session.activation(layer.name, 'output');
    const mask = after.map((y, e) => (y === 0 ? 0 : y / before[e]));
    for (const factor of mask) {
      assert.ok(factor === 0 || Math.abs(factor - 1 / (1 - layer.rate)) < 1e-6, `factor ${factor}`);
    }
    masks.set(layer.name, rowsOf(mask, sizeOf(layer.output)));
  }
  return masks;
}
