/** Optimizers, clipping, label smoothing and factors of the learning rate against steps.json (pytorch/steps.py). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KernelBuild } from '../../sidecar/engine/kernels.ts';
import type { Optimizer, Weights } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { dense, networkOf, sgd } from './networks.ts';
import figures from './pytorch/steps.json' with { type: 'json' };
import { createSession } from './session.ts';

const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

/** Options that a case does not name. */
const usual: { readonly [K in Optimizer['kind']]: Optimizer } = {
  sgd,
  adam: { ...adam, kind: 'adam' },
  adamw: { ...adam, kind: 'adamw' },
  rmsprop: { kind: 'rmsprop', decay: 0.99, epsilon: 1e-8, momentum: 0, weightDecay: 0 },
  adagrad: { kind: 'adagrad', epsilon: 1e-10, weightDecay: 0 },
};

for (const figure of figures.cases) {
  for (const build of ['simd', 'relaxed'] satisfies KernelBuild[]) {
    test(`${figure.name}: ten steps within 1e-5 of PyTorch's, ${build}`, async () => {
      const { learningRate, clipGradient, labelSmoothing, losses, norms } = figure;
      const factors = figure.factors as Readonly<Record<string, number>>;
      const factor = (layer: string) => ({ learningRate: factors[layer] ?? 1 });
      const kind = figure.optimizer.kind as Optimizer['kind'];
      const optimizer = { ...usual[kind], ...figure.optimizer } as Optimizer;
      const network = networkOf(
        5,
        [
          { ...dense(7), ...factor('dense1') },
          { kind: 'tanh' },
          { ...dense(3), ...factor('dense2') },
        ],
        {
          ...{ loss: 'softmax-cross-entropy', batchSize: 4, optimizer },
          ...{ learningRate, clipGradient, labelSmoothing },
        },
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
      const { trainer, statistic } = await createSession(network, examples, { initial, build });
      const moving = ['dense1', 'dense2'].filter((layer) => factors[layer] !== 0);
      const seen = losses.map(() => {
        trainer.step();
        const squares = moving.map((layer) => statistic(layer, 'gradientNorm')[0] ** 2);
        return { loss: trainer.loss, norm: Math.sqrt(squares.reduce((sum, each) => sum + each)) };
      });
      const close = { relative: 1e-5 };
      assertClose(
        seen.map(({ loss }) => loss),
        losses,
        close,
        'loss',
      );
      assertClose(
        seen.map(({ norm }) => norm),
        norms,
        close,
        'gradient norm before clipping',
      );
      const weights = trainer.weights();
      for (const [name, { values }] of Object.entries(figure.weights)) {
        const found = weights.get(name)!.values;
        assertClose(found, values, { ofLargest: 1e-5, relative: 1e-5 }, name);
        if (factors[name.split('.')[0]] === 0) assert.deepEqual(found, initial.get(name)!.values);
      }
    });
  }
}
