/** What PyTorch computed in float64 for images and sequences (pytorch/images.py) against the engine's layers. */
import { test } from 'node:test';
import { batchnorm } from '../../sidecar/engine/layers/batchnorm.ts';
import { conv } from '../../sidecar/engine/layers/conv.ts';
import type { LayerDefinition, LayerOf } from '../../sidecar/engine/layers/layer.ts';
import { avgpool, maxpool } from '../../sidecar/engine/layers/pool.ts';
import type { Padding } from '../../sidecar/network/types.ts';
import { runAlone } from './alone.ts';
import { assertClose } from './close.ts';
import figures from './pytorch/images.json' with { type: 'json' };

const common = { inputs: ['input'], learningRate: 1 } as const;
const close = { ofLargest: 1e-6, relative: 1e-5 };

for (const build of ['simd', 'relaxed'] as const) {
  for (const figure of figures.convolutions) {
    const { batch, input, output, groups, x, weight, bias, dy } = figure;
    const kind = input.length === 3 ? 'conv2d' : 'conv1d';
    test(`${kind} of [${input}] to [${output}], kernel ${figure.kernel}, stride ${figure.stride}, padding ${figure.padding}, dilation ${figure.dilation}, groups ${groups}: within 1e-5 of PyTorch, ${build}`, async () => {
      const layer: LayerOf<'conv2d' | 'conv1d'> = {
        ...{ ...common, kind, name: 'conv1', filters: output[0], groups, bias: true },
        ...{ input, output, dilation: along(kind, figure.dilation), ...windowOf(kind, figure) },
      };
      const found = await runAlone(conv, layer, {
        ...{ batch, input: Float32Array.from(x), outputGradient: Float32Array.from(dy), build },
        parameters: { weight: Float32Array.from(weight), bias: Float32Array.from(bias) },
      });
      assertClose(found.output, figure.y, close, 'y');
      assertClose(found.gradients.weight, figure.dw, close, 'dw');
      assertClose(found.gradients.bias, figure.db, close, 'db');
      if (found.inputGradient) assertClose(found.inputGradient, figure.dx, close, 'dx');
    });
  }

  for (const figure of figures.pools) {
    const { batch, input, output, x, dy } = figure;
    const kind = figure.kind as 'maxpool' | 'avgpool' | 'global-avgpool';
    test(`${kind} of [${input}] to [${output}], kernel ${figure.kernel}, stride ${figure.stride}, padding ${figure.padding}: within 1e-6 of PyTorch, ${build}`, async () => {
      const window = windowOf(input.length === 3 ? 'conv2d' : 'conv1d', figure);
      const layer = { ...common, kind, name: 'pool1', input, output, ...window };
      const definition = kind === 'maxpool' ? maxpool : avgpool;
      const found = await runAlone(definition as LayerDefinition<typeof layer>, layer, {
        ...{ batch, input: Float32Array.from(x), outputGradient: Float32Array.from(dy), build },
      });
      const near = { absolute: 1e-6, relative: 1e-6 };
      assertClose(found.output, figure.y, near, 'y');
      assertClose(found.inputGradient!, figure.dx, near, 'dx');
    });
  }

  for (const figure of figures.batchnorms) {
    const { batch, input, epsilon, momentum, before, x, dy } = figure;
    test(`batchnorm of ${batch} times [${input}] around ${Math.round(x[0])}: forward, backward, running statistics and evaluation within 1e-5 of PyTorch, ${build}`, async () => {
      const layer: LayerOf<'batchnorm'> = {
        ...{ ...common, kind: 'batchnorm', name: 'batchnorm1', input, output: input },
        ...{ epsilon, momentum, state: 'train', statistics: 'moving' },
      };
      const found = await runAlone(batchnorm, layer, {
        ...{ batch, input: Float32Array.from(x), outputGradient: Float32Array.from(dy), build },
        parameters: Object.fromEntries(
          Object.entries(before).map(([tensor, values]) => [tensor, Float32Array.from(values)]),
        ),
      });
      const near = { ofLargest: 1e-5, relative: 1e-5 };
      assertClose(found.output, figure.y, near, 'y');
      assertClose(found.inputGradient!, figure.dx, near, 'dx');
      assertClose(found.gradients.weight, figure.dgamma, near, 'dgamma');
      assertClose(found.gradients.bias, figure.dbeta, near, 'dbeta');
      assertClose(found.parameters.running_mean, figure.runningMean, near, 'running mean');
      assertClose(found.parameters.running_var, figure.runningVariance, near, 'running variance');
      assertClose(found.evaluated(), figure.evaluated, near, 'evaluation');
    });
  }
}

type Axes = readonly [number, number];

/** PyTorch's window, which pads both sides of an axis alike; that of a sequence is written twice. */
function windowOf(
  kind: 'conv2d' | 'conv1d',
  { kernel, stride, padding }: Readonly<Record<'kernel' | 'stride' | 'padding', number[]>>,
) {
  const [vertical, horizontal] = kind === 'conv1d' ? [0, padding[1]] : padding;
  const sides: Padding = {
    ...{ top: vertical, bottom: vertical, left: horizontal, right: horizontal },
  };
  return { kernel: along(kind, kernel), stride: along(kind, stride), padding: sides };
}

function along(kind: 'conv2d' | 'conv1d', [vertical, horizontal]: number[]): Axes {
  return kind === 'conv1d' ? [1, horizontal] : [vertical, horizontal];
}
