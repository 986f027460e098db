import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createMemory, planTraining } from '../../sidecar/engine/plan.ts';
import { createPublisher, readStatistics } from '../../sidecar/engine/statistics.ts';
import { assertClose } from './close.ts';
import { batchnorm, dense, examplesFor, networkOf } from './networks.ts';
import { momentsOf, rowsOf } from './reference.ts';
import { createSession } from './session.ts';

const network = networkOf(
  6,
  [
    ...[dense(10, false), batchnorm(), { kind: 'sigmoid' } as const, { kind: 'flatten' } as const],
    ...[dense(9), { kind: 'relu' } as const, batchnorm(0.2), dense(2)],
  ],
  { batchSize: 12, shuffle: true },
);

test('every layer that computes something has its quantities, in the order of layers', () => {
  const { fields, length } = planTraining(network).statistics;
  const quantities = (layer: string) =>
    fields
      .filter((field) => field.layer === layer)
      .map((field) => field.quantity)
      .sort();
  const output = ['outputMean', 'outputVariance'];
  const learning = ['gradientNorm', 'updateRatio'];
  assert.deepEqual(
    [...new Set(fields.map(({ layer }) => layer))],
    ['dense1', 'batchnorm1', 'sigmoid1', 'dense2', 'relu1', 'batchnorm2', 'dense3'],
  );
  assert.deepEqual(quantities('dense1'), [...learning, ...output].sort());
  assert.deepEqual(quantities('sigmoid1'), output);
  assert.deepEqual(
    quantities('batchnorm1'),
    [
      ...[...learning, ...output, 'inputMean', 'inputVariance'],
      ...['runningMean', 'runningVariance', 'gamma', 'beta'],
    ].sort(),
  );
  for (const { offset, length: units } of fields) assert.ok(offset + units <= length);
});

test('what batchnorm measures of its input is the output’s statistics of the layer before', () => {
  const { fields } = planTraining(network).statistics;
  const offset = (layer: string, quantity: string) =>
    fields.find((field) => field.layer === layer && field.quantity === quantity)!.offset;
  assert.equal(offset('dense1', 'outputMean'), offset('batchnorm1', 'inputMean'));
  assert.equal(offset('relu1', 'outputVariance'), offset('batchnorm2', 'inputVariance'));
  const own = fields.filter(({ layer }) => layer === 'batchnorm1').map((field) => field.offset);
  // Only the output's mean is another quantity too: beta.
  assert.equal(new Set(own).size, own.length - 1);
});

test('fields hold what the step computed', async () => {
  const session = await createSession(network, examplesFor(network, 30));
  assert.equal(readStatistics(session.memory, session.plan), null);
  for (let step = 1; step <= 5; step++) {
    const before = session.trainer.weights();
    session.trainer.step();
    assert.equal(readStatistics(session.memory, session.plan)?.step, step);
    for (const { name, output, kind } of network.layers) {
      if (kind === 'flatten') continue;
      const rows = rowsOf(session.activation(name, 'output'), output[0]);
      const { mean, variance } = momentsOf(rows);
      const near = { ofLargest: 1e-5, absolute: 1e-6 };
      assertClose(session.statistic(name, 'outputMean'), mean, near, `${name} mean`);
      assertClose(session.statistic(name, 'outputVariance'), variance, near, `${name} variance`);
    }
    const after = session.trainer.weights();
    const gamma = before.get('batchnorm1.weight')!.values;
    const running = after.get('batchnorm1.running_mean')!.values;
    assert.deepEqual(session.statistic('batchnorm1', 'gamma'), gamma);
    assert.deepEqual(session.statistic('batchnorm1', 'runningMean'), running);
  }
});

test('a mean of 10,000 beside a deviation of 1 costs no digits of mean and variance', async () => {
  const shifted = networkOf(5, [batchnorm(1), dense(1)], { batchSize: 600, learningRate: 0 });
  const data = examplesFor(shifted, 600);
  const inputs = data.inputs.map((x) => x + 1e4) as Float32Array;
  const session = await createSession(shifted, { ...data, inputs });
  session.trainer.step();
  const { mean, variance } = momentsOf(rowsOf(inputs, 5));
  const relative = 1e-6;
  assertClose(session.statistic('batchnorm1', 'inputMean'), mean, { relative }, 'mean');
  assertClose(session.statistic('batchnorm1', 'inputVariance'), variance, { relative }, 'variance');
  const unbiased = variance.map((v) => (v * 600) / 599);
  const running = session.statistic('batchnorm1', 'runningVariance');
  assertClose(running, unbiased, { relative }, 'running variance');
});

test('units that are constant have variance 0 and stay finite', async () => {
  const constant = networkOf(3, [batchnorm(), dense(1)], { batchSize: 40 });
  const data = { ...examplesFor(constant, 40), inputs: new Float32Array(120).fill(0.1) };
  const session = await createSession(constant, data);
  session.trainer.step();
  assert.deepEqual([...session.statistic('batchnorm1', 'inputVariance')], [0, 0, 0]);
  assert.equal(session.trainer.firstNonFinite(), null);
});

test('reading keeps to the last published block', () => {
  const plan = planTraining(network);
  const memory = createMemory(plan);
  const publish = createPublisher(memory, plan.statistics);
  const { staging, length } = plan.statistics;
  const block = new Float32Array(memory.buffer, staging, length);
  for (const step of [1, 2, 3]) {
    block.fill(step);
    publish(step);
    block.fill(-1);
    assert.deepEqual(readStatistics(memory, plan), {
      step,
      values: new Float32Array(length).fill(step),
    });
  }
});

test('2,000 reads beside a thread that publishes without pause are each of one step', async () => {
  // Wide enough that a block takes many times longer to copy than to be announced.
  const plan = planTraining(networkOf(2, [dense(20_000), { kind: 'relu' }, dense(1)]));
  const memory = createMemory(plan);
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const { statistics } = plan;
  const workerData = { memory, statistics, stop };
  const thread = new Worker(new URL('./publisher-thread.ts', import.meta.url), { workerData });
  const ended = once(thread, 'exit');
  try {
    await once(thread, 'online');
    const steps = new Set<number>();
    for (let reads = 0; reads < 2000; ) {
      const read = readStatistics(memory, plan);
      if (read === null) continue;
      reads += 1;
      steps.add(read.step);
      const torn = read.values.findIndex((value) => value !== read.step);
      assert.ok(torn < 0, `step ${read.step}: number ${torn} is of step ${read.values[torn]}`);
    }
    assert.ok(steps.size > 100, `${steps.size} different steps`);
  } finally {
    Atomics.store(stop, 0, 1);
  }
  await ended;
});
