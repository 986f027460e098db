/** Shifts of gradients by Santurkar et al. against central differences in float64. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Network } from '../../../sidecar/network/types.ts';
import { betweenDense, networks } from '../cases.ts';
import { assertClose } from '../close.ts';
import { dense, networkOf } from '../networks.ts';
import { centralDifferences, lossOf, type Values } from '../reference.ts';
import { createProbed } from './probed.ts';

const rate = 0.3;
const probing = { probe: 'gradients', batchSize: 8 } as const;

/** Differences in float64 take their time: a few of the layers and networks that gradients are tested on. */
const between = [
  'batchnorm',
  'dropout',
  'batchnorm after sigmoid',
  'batchnorm by frozen statistics',
  'frozen batchnorm',
];
const whole = [
  'residual around batchnorm and back',
  'concat within concat, with an input and a branch read elsewhere',
  'convolutions of sequences',
  'residual of images',
  'a frozen stem',
  'a frozen layer in the middle',
];

const chains = between.map((name) => {
  const layers = [dense(9), ...betweenDense[name], dense(7), { kind: 'tanh' } as const, dense(3)];
  return [name, networkOf(5, layers, probing)] as const;
});
const graphs = whole.map((name) => {
  const { input, layers } = networks[name];
  return [name, networkOf(input, [...layers, dense(3)], probing)] as const;
});

for (const [name, network] of [...chains, ...graphs]) {
  test(`${name}: angle and distance as by central differences`, () => check(network));
}

test('label smoothing and the factor of a layer count as in training', () =>
  check(
    networkOf(4, [{ ...dense(6), learningRate: 3 }, { kind: 'sigmoid' }, dense(3)], {
      ...{ ...probing, loss: 'softmax-cross-entropy', labelSmoothing: 0.3 },
    }),
  ));

async function check(network: Network): Promise<void> {
  const probed = await createProbed(network);
  probed.trainer.step();
  const { shifts } = probed.prober(rate);
  const now = probed.values();
  const learned = network.layers
    .filter(({ learningRate }) => learningRate !== 0)
    .flatMap(({ name, ...layer }) =>
      layer.kind === 'batchnorm' && layer.state === 'freeze'
        ? []
        : ['weight', 'bias'].map((tensor) => `${name}.${tensor}`),
    )
    .filter((name) => now.has(name));
  const lossAt = (values: Values) => () => {
    const outputs = probed.outputs('training', values);
    const last = outputs.get(network.layers.at(-1)!.name)!;
    const { labelSmoothing } = network.train;
    return lossOf(network.loss, last, probed.train.targets, labelSmoothing);
  };
  const slopes = new Map(
    learned.map((name) => [name, centralDifferences(now, name, lossAt(now))] as const),
  );
  const below = ancestors(network);
  for (const { layer, gradient } of shifts) {
    const lower = learned.filter((name) => below.get(layer)!.has(name.replace(/\.\w+$/, '')));
    const own = learned.filter((name) => name.startsWith(`${layer}.`));
    if (lower.length === 0 || own.length === 0) {
      assert.equal(gradient, null, layer);
      continue;
    }
    const stepped = new Map(now);
    for (const name of lower) {
      const { learningRate } = network.layers.find((each) => name.startsWith(`${each.name}.`))!;
      const slope = slopes.get(name)!;
      stepped.set(
        name,
        now.get(name)!.map((value, i) => value - rate * learningRate * slope[i]),
      );
    }
    const before = own.flatMap((name) => [...slopes.get(name)!]);
    const after = own.flatMap((name) => [...centralDifferences(stepped, name, lossAt(stepped))]);
    const length = (values: readonly number[]) => Math.hypot(...values);
    const dot = before.reduce((sum, value, i) => sum + value * after[i], 0);
    const cosine = Math.min(1, dot / (length(before) * length(after)));
    const angle = (Math.acos(cosine) * 180) / Math.PI;
    const distance = length(before.map((value, i) => value - after[i])) / length(before);
    assert.ok(gradient, `${layer}: expected a gradient`);
    assertClose([gradient.angle!], [angle], { absolute: 0.02, relative: 1e-3 }, `${layer}: angle`);
    assertClose(
      [gradient.distance!],
      [distance],
      { absolute: 1e-4, relative: 1e-3 },
      `${layer}: distance`,
    );
  }
}

/** Every layer before each, from the edges alone. */
function ancestors({ layers }: Network): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>([['input', new Set()]]);
  for (const { name, inputs } of layers) {
    found.set(name, new Set(inputs.flatMap((input) => [input, ...found.get(input)!])));
  }
  return found;
}

test('a first layer has nothing below it, and without gradients nothing is measured', async () => {
  const layers = [dense(4), { kind: 'tanh' } as const, dense(2)];
  const { prober } = await createProbed(networkOf(3, layers, probing));
  const [first, second] = prober(rate).shifts;
  assert.equal(first.gradient, null);
  assert.ok(second.gradient);
  const plain = await createProbed(networkOf(3, layers, { ...probing, probe: 'activations' }));
  assert.ok(plain.prober(rate).shifts.every(({ gradient }) => gradient === null));
  assert.ok(plain.probePlan.parameters.every(({ gradient }) => gradient === null));
});

test('a step of no length changes no gradient, and probes do not change what they measure', async () => {
  const layers = [dense(4), { kind: 'tanh' } as const, dense(2)];
  const { prober } = await createProbed(networkOf(3, layers, probing));
  const [, { gradient }] = prober(0).shifts;
  assert.equal(gradient!.distance, 0);
  const { activations: once } = prober(rate);
  const { activations: twice } = prober(rate);
  assert.deepEqual(twice, once);
});
