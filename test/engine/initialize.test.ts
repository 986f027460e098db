import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import type { Initialization, Network } from '../../sidecar/network/types.ts';
import { batchnorm, conv, dense, networkOf } from './networks.ts';
import { momentsOf } from './reference.ts';

const plain = networkOf(200, [dense(100), { kind: 'sigmoid' }, dense(10)]);
const normalized = networkOf(200, [dense(100, false), batchnorm(), { kind: 'sigmoid' }, dense(10)]);

function drawn(network: Network, initialization: Initialization) {
  const { values } = initialWeights({ ...network, initialization }).get('dense1.weight')!;
  const { mean, variance } = momentsOf(Array.from(values, (value) => Float64Array.of(value)));
  return { values, mean: mean[0], deviation: Math.sqrt(variance[0]) };
}

test('names, shapes and constant values are PyTorch’s', () => {
  const weights = initialWeights(normalized);
  const shapes = [...weights].map(([name, { shape }]) => `${name} ${shape.join('x')}`);
  assert.deepEqual(shapes, [
    ...['dense1.weight 100x200', 'batchnorm1.weight 100', 'batchnorm1.bias 100'],
    ...['batchnorm1.running_mean 100', 'batchnorm1.running_var 100'],
    ...['dense2.weight 10x100', 'dense2.bias 10'],
  ]);
  const constant = (name: string) => new Set(weights.get(name)!.values);
  assert.deepEqual(constant('batchnorm1.weight'), new Set([1]));
  assert.deepEqual(constant('batchnorm1.bias'), new Set([0]));
  assert.deepEqual(constant('batchnorm1.running_mean'), new Set([0]));
  assert.deepEqual(constant('batchnorm1.running_var'), new Set([1]));
  assert.deepEqual(constant('dense2.bias'), new Set([0]));
});

test('variants start from the same weights where their layers coincide', () => {
  const one = initialWeights(plain);
  const other = initialWeights(normalized);
  assert.deepEqual(one.get('dense1.weight'), other.get('dense1.weight'));
  assert.deepEqual(one.get('dense2.weight'), other.get('dense2.weight'));
});

test('the seed decides, and layers of one shape differ', () => {
  const square = networkOf(8, [dense(8), dense(8)]);
  const seeded = (seed: number) => initialWeights({ ...square, train: { ...square.train, seed } });
  assert.deepEqual(seeded(1), seeded(1));
  assert.notDeepEqual(seeded(1).get('dense1.weight'), seeded(2).get('dense1.weight'));
  assert.notDeepEqual(
    seeded(1).get('dense1.weight')!.values,
    seeded(1).get('dense2.weight')!.values,
  );
});

// The standard error of the deviation of 20,000 values is 0.5 %, that of their mean 0.7 % of the deviation.
for (const [initialization, deviation] of [
  [{ kind: 'gaussian', deviation: 0.1 }, 0.1],
  [{ kind: 'glorot' }, Math.sqrt(2 / 300)],
  [{ kind: 'he' }, Math.sqrt(2 / 200)],
] as const) {
  test(`${initialization.kind} has mean 0 and deviation ${deviation.toPrecision(3)}`, () => {
    const found = drawn(plain, initialization);
    assert.ok(Math.abs(found.mean) < 0.03 * deviation, `mean ${found.mean}`);
    assert.ok(Math.abs(found.deviation / deviation - 1) < 0.02, `deviation ${found.deviation}`);
  });
}

// PyTorch's fans of a weight [128, 24 / 3, 3, 3]: 8 times 9 inputs, 128 times 9 outputs. 9,216 values: 0.7 %.
for (const [initialization, deviation] of [
  [{ kind: 'glorot' }, Math.sqrt(2 / (9 * (8 + 128)))],
  [{ kind: 'he' }, Math.sqrt(2 / 72)],
] as const) {
  test(`${initialization.kind} of a grouped convolution has deviation ${deviation.toPrecision(3)}`, () => {
    const network = networkOf([24, 5, 5], [conv(128, [3, 3], { groups: 3 })]);
    const tensor = initialWeights({ ...network, initialization }).get('conv2d1.weight')!;
    assert.deepEqual(tensor.shape, [128, 8, 3, 3]);
    const { variance } = momentsOf(Array.from(tensor.values, (value) => Float64Array.of(value)));
    const ratio = Math.sqrt(variance[0]) / deviation;
    assert.ok(Math.abs(ratio - 1) < 0.03, `deviation is ${ratio} times what it should be`);
  });
}

test('glorot is uniform: nothing lies beyond its limit, something near it', () => {
  const limit = Math.sqrt(6 / 300);
  const largest = drawn(plain, { kind: 'glorot' }).values.reduce((a, b) =>
    Math.max(a, Math.abs(b)),
  );
  assert.ok(largest <= limit * 1.000001 && largest > 0.999 * limit, `${largest} of ${limit}`);
});
