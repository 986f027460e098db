/** Fifty steps of whole networks against networks.json (pytorch/networks.py). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KernelBuild } from '../../sidecar/engine/kernels.ts';
import type { Examples, Shape, Weights } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { batchnorm, conv, dense, networkOf, sgd, type Written } from './networks.ts';
import figures from './pytorch/networks.json' with { type: 'json' };
import { createSession } from './session.ts';

const silu = { kind: 'silu' } as const;
const side = { top: 1, bottom: 1, left: 1, right: 1 };

/** A convolution that keeps height and width, batch normalization and an activation, from another layer if one is named. */
function unit(filters: number, kernel: 1 | 3, inputs?: readonly string[]): Written[] {
  const padding = kernel === 3 ? { padding: side } : {};
  const first = conv(filters, [kernel, kernel], { bias: false, ...padding });
  return [inputs ? { ...first, inputs } : first, batchnorm(), silu];
}

function pool(
  kind: 'maxpool' | 'avgpool',
  kernel: number,
  stride: number,
  padding = 0,
  inputs?: readonly string[],
): Written {
  const around = { top: padding, bottom: padding, left: padding, right: padding };
  const written: Written = {
    kind,
    kernel: [kernel, kernel],
    stride: [stride, stride],
    padding: around,
  };
  return inputs ? { ...written, inputs } : written;
}

const ends = [{ kind: 'global-avgpool' } as const, dense(5)];

const networks: Readonly<Record<string, readonly Written[]>> = {
  sigmoids: [
    ...[16, 16, 16].flatMap((units) => [
      dense(units, false),
      batchnorm(),
      { kind: 'sigmoid' } as const,
    ]),
    dense(5),
  ],
  convolutions: [
    ...unit(8, 3),
    pool('maxpool', 2, 2),
    ...unit(12, 3),
    pool('maxpool', 2, 2),
    dense(5),
  ],
  inception: [
    ...unit(8, 3),
    ...unit(6, 1),
    ...unit(4, 1, ['silu1']),
    ...unit(8, 3),
    pool('avgpool', 3, 1, 1, ['silu1']),
    ...unit(4, 1),
    { kind: 'concat', inputs: ['silu2', 'silu4', 'silu5'] },
    ...ends,
  ],
  residual: [
    ...unit(8, 3),
    ...unit(8, 3),
    ...unit(8, 3).slice(0, 2),
    { kind: 'add', inputs: ['silu1', 'batchnorm3'] },
    silu,
    ...ends,
  ],
};

for (const figure of figures.cases) {
  for (const build of ['simd', 'relaxed'] satisfies KernelBuild[]) {
    for (const threads of [1, 2]) {
      test(`${figure.name}: fifty steps within 1e-4 of PyTorch's, ${build}, threads: ${threads}`, async (context) => {
        const { input, batchSize, learningRate, momentum, losses, running } = figure;
        const network = networkOf(input as Shape, networks[figure.name], {
          ...{ loss: 'softmax-cross-entropy', batchSize, learningRate },
          optimizer: { ...sgd, momentum },
        });
        const examples: Examples = {
          count: figure.classes.length,
          inputs: Float32Array.from(figure.inputs),
          targets: Int32Array.from(figure.classes),
        };
        const initial: Weights = new Map(
          Object.entries(figure.initial).map(([name, { shape, values }]) => [
            name,
            { shape, values: Float32Array.from(values) },
          ]),
        );
        const { trainer, statistic } = await createSession(network, examples, {
          ...{ initial, build, threads },
        });
        context.after(() => trainer.close());
        assert.deepEqual([...trainer.weights().keys()].sort(), [...initial.keys()].sort());
        const due = new Map(running.map(({ step, layers }) => [step, layers]));
        for (const [index, loss] of losses.entries()) {
          const step = index + 1;
          trainer.step();
          assertClose([trainer.loss], [loss], { relative: 1e-4 }, `loss of step ${step}`);
          for (const [layer, { mean, variance }] of Object.entries(due.get(step) ?? {})) {
            const near = { relative: 1e-4 };
            const what = `${layer} of step ${step}: running`;
            // A mean is as exact as the values that it is taken of: some of their deviation, however near 0 it lies.
            const deviation = Math.sqrt(Math.min(...variance));
            const mostly = { ...near, absolute: 1e-4 * deviation };
            assertClose(statistic(layer, 'runningMean'), mean, mostly, `${what} mean`);
            assertClose(statistic(layer, 'runningVariance'), variance, near, `${what} variance`);
          }
        }
      });
    }
  }
}
