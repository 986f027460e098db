import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayerOperation, Weights } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { batchnorm, dense, examplesFor, networkOf } from './networks.ts';
import { createSession } from './session.ts';

const layers: readonly LayerOperation[] = [
  ...[dense(13, false), batchnorm(), { kind: 'sigmoid' } as const],
  ...[{ kind: 'dropout', rate: 0.25 } as const, dense(3)],
];

const network = networkOf(9, layers, {
  ...{ loss: 'softmax-cross-entropy', batchSize: 10, shuffle: true, learningRate: 0.5 },
});
const examples = examplesFor(network, 47);

const seeded = (seed: number) => ({ ...network, train: { ...network.train, seed } });

/** Weights and losses of 30 steps. */
async function trained(seed: number, data = examples) {
  const { trainer } = await createSession(seeded(seed), data);
  const losses = Array.from({ length: 30 }, () => {
    trainer.step();
    return trainer.loss;
  });
  return { losses, weights: trainer.weights() };
}

test('the same seed gives the same bits, another seed others', async () => {
  const [one, same, other] = await Promise.all([trained(3), trained(3), trained(4)]);
  assert.deepEqual(one, same);
  assert.notDeepEqual(one.losses, other.losses);
});

test('a class that the inputs tell is learned, and the trainer says where it stands', async () => {
  const targets = Int32Array.from({ length: 47 }, (_, example) => {
    const [a, b, c] = examples.inputs.subarray(example * 9);
    return a > b ? (a > c ? 0 : 2) : b > c ? 1 : 2;
  });
  const learnable = { ...examples, targets };
  const { trainer } = await createSession(network, learnable);
  assert.equal(trainer.stepsDone, 0);
  assert.ok(Number.isNaN(trainer.loss) && Number.isNaN(trainer.accuracy));
  const before = trainer.evaluate(learnable);
  for (let step = 0; step < 300; step++) trainer.step();
  const after = trainer.evaluate(learnable);
  assert.equal(trainer.stepsDone, 300);
  assert.equal(trainer.learningRate, 0.5);
  assert.ok(after.loss < before.loss / 4, `loss ${before.loss} to ${after.loss}`);
  assert.ok(after.accuracy! > 0.9, `accuracy ${after.accuracy}`);
  assert.ok(trainer.accuracy >= 0.5, `accuracy of the last batch ${trainer.accuracy}`);
});

test('the accuracy of a batch is the share of its classes predicted', async () => {
  // All weights 0, bias largest for class 1: every prediction is 1.
  const initial: Weights = new Map([
    ['dense1.weight', { shape: [3, 2], values: new Float32Array(6) }],
    ['dense1.bias', { shape: [3], values: new Float32Array([0, 1, 0]) }],
  ]);
  const plain = networkOf(2, [dense(3)], { loss: 'softmax-cross-entropy', batchSize: 5 });
  const data = { count: 5, inputs: new Float32Array(10), targets: Int32Array.of(1, 0, 1, 2, 1) };
  const { trainer } = await createSession(plain, data, { initial });
  assert.equal(trainer.evaluate(data).accuracy, 0.6);
  trainer.step();
  assert.ok(Math.abs(trainer.accuracy - 0.6) < 1e-12);
});

test('regression has no accuracy', async () => {
  const plain = networkOf(2, [dense(1)], { batchSize: 4 });
  const data = examplesFor(plain, 8);
  const { trainer } = await createSession(plain, data);
  trainer.step();
  assert.ok(Number.isNaN(trainer.accuracy));
  assert.equal(trainer.evaluate(data).accuracy, null);
});

test('a single logit predicts class 1 when it is above 0', async () => {
  const plain = networkOf(1, [dense(1)], { loss: 'binary-cross-entropy', batchSize: 4 });
  const initial: Weights = new Map([
    ['dense1.weight', { shape: [1, 1], values: new Float32Array([1]) }],
    ['dense1.bias', { shape: [1], values: new Float32Array([0]) }],
  ]);
  const data = {
    ...{ count: 4, inputs: Float32Array.of(-2, -1, 1, 2), targets: Int32Array.of(0, 1, 1, 1) },
  };
  const { trainer } = await createSession(plain, data, { initial });
  assert.equal(trainer.evaluate(data).accuracy, 0.75);
  trainer.step();
  assert.equal(trainer.accuracy, 0.75);
});

test('bytes are normalized like the same numbers as float32, bit for bit', async () => {
  const bytes = Uint8Array.from({ length: 47 * 9 }, (_, i) => (i * 37) % 256);
  const normalization = {
    mean: Float32Array.from({ length: 9 }, (_, i) => 100 + i),
    deviation: Float32Array.from({ length: 9 }, (_, i) => 30.7 + i),
  };
  const results = await Promise.all(
    [bytes, Float32Array.from(bytes)].map(async (inputs) => {
      const session = await createSession(network, { ...examples, inputs }, { normalization });
      session.trainer.step();
      return { input: session.activation('input', 'output'), weights: session.trainer.weights() };
    }),
  );
  assert.deepEqual(results[0], results[1]);
  // The first batch's input is made of true float32 differences and quotients.
  const possible = new Set(
    Array.from(bytes, (value, i) =>
      Math.fround(Math.fround(value - normalization.mean[i % 9]) / normalization.deviation[i % 9]),
    ),
  );
  assert.ok(results[0].input.every((value) => possible.has(value)));
});

test('the memory neither grows nor moves while training', async () => {
  const { trainer, memory } = await createSession(network, examples);
  const { buffer } = memory;
  for (let step = 0; step < 20; step++) trainer.step();
  assert.equal(memory.buffer, buffer);
  assert.throws(() => memory.grow(1), RangeError);
});

test('nothing is learned from a step whose loss is not finite', async () => {
  const { trainer } = await createSession(network, {
    ...examples,
    inputs: examples.inputs.map((x, i) => (i === 40 * 9 ? Infinity : x)),
  });
  let before = trainer.weights();
  for (let step = 0; step < 5; step++) {
    before = trainer.weights();
    trainer.step();
    if (!Number.isFinite(trainer.loss)) break;
  }
  assert.ok(Number.isNaN(trainer.loss));
  assert.deepEqual(trainer.weights(), before);
  assert.deepEqual(trainer.firstNonFinite(), { layer: 'input', tensor: 'output' });
});

for (const [tensor, place] of [
  ['dense1.weight', { layer: 'dense1', tensor: 'output' }],
  ['batchnorm1.bias', { layer: 'batchnorm1', tensor: 'output' }],
  ['dense2.bias', { layer: 'dense2', tensor: 'output' }],
  ['batchnorm1.running_var', { layer: 'batchnorm1', tensor: 'running_var' }],
] as const) {
  test(`a NaN in ${tensor} is found in ${place.layer} (${place.tensor})`, async () => {
    const { initial } = await createSession(network, examples);
    const poisoned = new Map(initial);
    const { shape, values } = initial.get(tensor)!;
    poisoned.set(tensor, { shape, values: values.map((x, i) => (i === 2 ? Number.NaN : x)) });
    const { trainer } = await createSession(network, examples, { initial: poisoned });
    trainer.step();
    assert.deepEqual(trainer.firstNonFinite(), place);
  });
}

test('nothing is reported where all is finite', async () => {
  const { trainer } = await createSession(network, examples);
  trainer.step();
  assert.equal(trainer.firstNonFinite(), null);
});

test('gradient norm and update ratio are those of the step', async () => {
  for (const weightDecay of [0, 0.1]) {
    const optimizer = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay } as const;
    const decaying = { ...network, train: { ...network.train, optimizer } };
    const session = await createSession(decaying, examples);
    session.trainer.step();
    const after = session.trainer.weights();
    for (const layer of ['dense1', 'batchnorm1', 'dense2']) {
      const learned = session.plan.parameters.filter(
        (each) => each.layer === layer && each.gradient,
      );
      const values = learned.flatMap(({ name }) => [...session.initial.get(name)!.values]);
      const changed = learned.flatMap(({ name }) => [...after.get(name)!.values]);
      const gradients = learned.flatMap(({ name }) => [...session.gradient(name)]);
      const ratio = norm(changed.map((w, i) => w - values[i])) / norm(values);
      const close = { relative: 1e-5 };
      assertClose(session.statistic(layer, 'gradientNorm'), [norm(gradients)], close, layer);
      assertClose(session.statistic(layer, 'updateRatio'), [ratio], { relative: 1e-4 }, layer);
    }
  }
});

test('dropout keeps its share, differs from step to step, and lies still for evaluation', async () => {
  const wide = networkOf(100, [{ kind: 'dropout', rate: 0.3 }, dense(1)], {
    ...{ batchSize: 100, seed: 9 },
  });
  const data = { ...examplesFor(wide, 100), inputs: new Float32Array(10_000).fill(1) };
  const session = await createSession(wide, data);
  const outputs = [0, 1].map(() => {
    session.trainer.step();
    return session.activation('dropout1', 'output');
  });
  for (const output of outputs) {
    // The deviation of the share of 10,000 draws is 0.0046.
    const kept = output.filter((y) => y !== 0).length / output.length;
    assert.ok(Math.abs(kept - 0.7) < 0.02, `kept ${kept}`);
  }
  const equal = outputs[0].filter((y, i) => y === outputs[1][i]).length / 10_000;
  assert.ok(Math.abs(equal - (0.7 ** 2 + 0.3 ** 2)) < 0.03, `${equal} equal in both steps`);
  assert.deepEqual(session.trainer.infer(data), session.trainer.infer(data));
});

for (const [what, data, message] of [
  ['no examples', { ...examples, count: 0 }, /expected at least one/],
  ['too few inputs', { ...examples, count: 48 }, /expected 48 times 9 inputs, found 423 values/],
  [
    'a class without output',
    { ...examples, targets: examples.targets.map((label, i) => (i === 7 ? 3 : label)) },
    /expected classes 0 to 2, found 3 in example 7/,
  ],
  [
    'numbers in place of classes',
    { ...examples, targets: new Float32Array(47 * 3) },
    /expected classes for softmax-cross-entropy/,
  ],
] as const) {
  test(`examples are refused: ${what}`, async () => {
    await assert.rejects(createSession(network, data), message);
  });
}

test('weights of another shape are refused by name', async () => {
  const { initial } = await createSession(network, examples);
  const wrong = new Map(initial).set('dense2.bias', { shape: [4], values: new Float32Array(4) });
  await assert.rejects(
    createSession(network, examples, { initial: wrong }),
    /dense2\.bias: expected shape \[3\], found \[4\]/,
  );
});

function norm(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
