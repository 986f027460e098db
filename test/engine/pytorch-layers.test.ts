/** What PyTorch computed in float64 for small layers (pytorch/layers.py) against the engine's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionOf } from '../../sidecar/engine/layers/index.ts';
import type { Layer, LayerOperation } from '../../sidecar/network/types.ts';
import { runAlone } from './alone.ts';
import { assertClose } from './close.ts';
import figures from './pytorch/layers.json' with { type: 'json' };

for (const build of ['simd', 'relaxed'] as const) {
  for (const figure of figures.cases) {
    const { operation, batch, shape, x, dy } = figure;
    const parameters = floats(figure.parameters);
    const around = Math.round(x[0] / 1000) * 1000;
    const options = Object.entries(operation).map(([option, value]) => `${option} ${value}`);
    test(`${options.join(', ')}: ${batch} times [${shape}] around ${around}: within 1e-5 of PyTorch, ${build}`, async () => {
      const layer = {
        ...(operation as LayerOperation),
        ...{ name: 'alone', inputs: ['input'], input: shape, output: shape, learningRate: 1 },
      } as Layer;
      const found = await runAlone(definitionOf(layer), layer, {
        ...{ batch, input: Float32Array.from(x), outputGradient: Float32Array.from(dy) },
        ...{ parameters, build },
      });
      const close = { ofLargest: 1e-5, relative: 1e-5 };
      assertClose(found.output, figure.y, close, 'y');
      assertClose(found.evaluated(), figure.y, close, 'y of inference');
      assertClose(found.inputGradient!, figure.dx, close, 'dx');
      assert.ok(found.padsWithZeros, 'the gradient of the input is 0 in lanes that pad');
      for (const [tensor, gradient] of Object.entries(floats(figure.gradients))) {
        assertClose(found.gradients[tensor], gradient, close, `d${tensor}`);
      }
      for (const tensor of ['running_mean', 'running_var']) {
        assert.deepEqual(found.parameters[tensor], parameters[tensor]);
      }
    });
  }
}

/** Tensors by name; a case has those its layer has. */
function floats(tensors: object): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(tensors as Record<string, number[]>).map(([name, values]) => [
      name,
      Float32Array.from(values),
    ]),
  );
}
