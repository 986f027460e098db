/** Section 3.3 of the paper, measured by the engine and judged in float64. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import { shuffledOrder } from '../../sidecar/engine/sampler.ts';
import type { Trainer } from '../../sidecar/engine/trainer.ts';
import type { Network, Weights } from '../../sidecar/network/types.ts';
import { scalableLayers, scaleWeights } from '../../sidecar/runs/scale-weights.ts';
import type { TrainerTask } from '../../sidecar/runs/trainer-messages.ts';
import { assertClose } from '../engine/close.ts';
import { batchnorm, conv, dense, examplesFor, identity, networkOf } from '../engine/networks.ts';
import {
  centralDifferences,
  inFloat64,
  layerOutputs,
  lossOf,
  rowsOf,
  type Values,
} from '../engine/reference.ts';

const sigmoid = { kind: 'sigmoid' } as const;
const train = { loss: 'softmax-cross-entropy', batchSize: 16 } as const;
const normalized = networkOf(
  6,
  [dense(9), batchnorm(), sigmoid, dense(8), batchnorm(), sigmoid, dense(3)],
  train,
);
const plain = networkOf(6, [dense(9), sigmoid, dense(8), sigmoid, dense(3)], train);

/** Scales at the weights a training would start from; what it leaves in place comes back. */
async function scale(network: Network, layer: string, factor: number) {
  const examples = examplesFor(network, 40);
  const initial = initialWeights(network);
  let weights: Weights = initial;
  const trainer: Pick<Trainer, 'weights' | 'load'> = {
    weights: () => weights,
    load: (changed) => {
      weights = changed;
    },
  };
  const task = { network, normalization: identity, train: examples } as TrainerTask;
  const action = { kind: 'scale-weights', layer, factor } as const;
  const { effect, scale } = await scaleWeights(task, trainer as Trainer, action);
  return { examples, initial, effect, scale: scale!, weights };
}

/** Outputs and gradient norm on the same batch in float64. */
function judged(
  network: Network,
  { initial, examples }: Awaited<ReturnType<typeof scale>>,
  name: string,
  factor: number,
) {
  const chosen = [...shuffledOrder(40, network.train.seed, 0).subarray(0, 16)];
  const rows = rowsOf(examples.inputs, 6);
  const inputs = chosen.map((example) => rows[example]);
  const targets = Int32Array.from(chosen, (example) => examples.targets[example]);
  const last = network.layers.at(-1)!.name;
  const outputs = (values: Values) => layerOutputs(network, values, inputs, 'training').get(last)!;
  const at = (times: number) => {
    const values = inFloat64(initial);
    values.set(
      name,
      values.get(name)!.map((value) => value * times),
    );
    const loss = () => lossOf(network.loss, outputs(values), targets);
    const gradient = Math.hypot(...centralDifferences(values, name, loss));
    return { outputs: outputs(values).flatMap((row) => [...row]), gradient };
  };
  const [before, after] = [at(1), at(factor)];
  const differences = before.outputs.map((value, i) => Math.abs(value - after.outputs[i]));
  return {
    outputChange: Math.max(...differences),
    outputLargest: Math.max(...before.outputs.map(Math.abs)),
    gradientBefore: before.gradient,
    gradientAfter: after.gradient,
  };
}

describe('weights times a factor', () => {
  test('before batch normalization outputs stay and the gradient shrinks by the factor', async () => {
    for (const layer of ['dense1', 'dense2']) {
      const scaled = await scale(normalized, layer, 10);
      const { outputChange, outputLargest, gradientBefore, gradientAfter } = scaled.scale;
      assert.ok(outputChange < 1e-3 * outputLargest, `${outputChange} of ${outputLargest}`);
      assertClose([gradientBefore / gradientAfter], [10], { relative: 1e-3 }, layer);
      assert.match(scaled.effect, new RegExp(`gradient of ${layer} fell from .*, 10 times\\.`));
      assert.match(scaled.effect, /batchnorm\d divides the scale out \(section 3\.3/);
      assert.match(scaled.effect, /running statistics are still those of the old scale/);
    }
  });

  test('without it neither', async () => {
    const scaled = await scale(plain, 'dense2', 10);
    const { outputChange, outputLargest } = scaled.scale;
    assert.ok(outputChange > 0.1 * outputLargest, `${outputChange} of ${outputLargest}`);
    assert.match(scaled.effect, /No batch normalization behind dense2 divides the scale out\.$/);
  });

  for (const [what, network, layer, factor] of [
    ['normalized', normalized, 'dense1', 3],
    ['normalized, far below epsilon', normalized, 'dense1', 1e-3],
    ['normalized, the last layer', normalized, 'dense3', 0.25],
    ['plain', plain, 'dense1', 3],
  ] as const) {
    test(`${what}: the figures are those of float64`, async () => {
      const scaled = await scale(network, layer, factor);
      const expected = judged(network, scaled, `${layer}.weight`, factor);
      const { outputLargest } = expected;
      assertClose(
        [scaled.scale.outputChange, scaled.scale.outputLargest],
        [expected.outputChange, outputLargest],
        { absolute: 1e-5 * outputLargest },
        'outputs',
      );
      assertClose(
        [scaled.scale.gradientBefore, scaled.scale.gradientAfter],
        [expected.gradientBefore, expected.gradientAfter],
        { relative: 1e-3 },
        'gradients',
      );
    });
  }

  test('where epsilon outweighs the variance it says so', async () => {
    const { effect } = await scale(normalized, 'dense1', 1e-3);
    assert.match(effect, /only while the variance of its input is far above its epsilon/);
  });

  test('only that weight is scaled; back by the inverse of a power of two all bits are as before', async () => {
    const { initial, weights } = await scale(normalized, 'dense2', 4);
    for (const [name, { values }] of weights) {
      const times = name === 'dense2.weight' ? 4 : 1;
      assert.deepEqual(
        values,
        initial.get(name)!.values.map((value) => value * times),
        name,
      );
    }
  });

  test('numbers that are not finite are refused, and nothing is changed', async () => {
    await assert.rejects(
      scale(plain, 'dense3', 1e39),
      /^Error: dense3\.weight: expected finite outputs and gradients .* found others/,
    );
  });

  test('weights that would vanish are refused: nothing brings them back', async () => {
    await assert.rejects(
      scale(normalized, 'dense1', 1e-40),
      /^Error: dense1\.weight: expected weights that 32-bit numbers can hold .* stay as they were/,
    );
  });

  test('layers with a matrix or kernels can be scaled', () => {
    const network = networkOf([1, 4, 4], [conv(2, [2, 2]), batchnorm(), sigmoid, dense(3)]);
    assert.deepEqual(scalableLayers(network), ['conv2d1', 'dense1']);
  });
});
