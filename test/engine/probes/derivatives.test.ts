/** Derivatives of activations against differences of the functions in float64. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derivativeOf } from '../../../sidecar/engine/probes/derivatives.ts';
import type { LayerOperation } from '../../../sidecar/network/types.ts';
import { assertClose } from '../close.ts';
import { batchnorm, dense, networkOf } from '../networks.ts';
import { layerOutputs } from '../reference.ts';

const kinds: readonly LayerOperation[] = [
  { kind: 'sigmoid' },
  { kind: 'tanh' },
  { kind: 'relu' },
  { kind: 'leaky-relu', slope: 0.2 },
  { kind: 'softplus' },
  { kind: 'gelu' },
  { kind: 'silu' },
];

/** From -12 to 12, and never 0, where some have no derivative. */
const points = Float64Array.from({ length: 1200 }, (_, i) => (i - 599.5) / 50);

for (const operation of kinds) {
  const network = networkOf(1, [operation]);
  const [layer] = network.layers;
  const valueAt = (u: number) => {
    const outputs = layerOutputs(network, new Map(), [Float64Array.of(u)], 'inference');
    return outputs.get(layer.name)![0][0];
  };

  test(`${operation.kind}: derivative within 1e-6 of differences, none above the largest`, () => {
    const { at, largest } = derivativeOf(layer)!;
    const found = points.map(at);
    const expected = points.map((u) => (valueAt(u + 1e-5) - valueAt(u - 1e-5)) / 2e-5);
    assertClose(found, expected, { absolute: 1e-6 }, operation.kind);
    const most = expected.reduce((a, b) => Math.max(a, b));
    assertClose([largest], [most], { relative: 2e-4 }, 'largest');
    assert.ok(found.every((value) => value <= largest));
  });
}

test('far out derivatives are finite, and those of a sigmoid exact', () => {
  for (const { name, ...layer } of networkOf(1, kinds).layers) {
    const { at } = derivativeOf({ ...layer, name })!;
    for (const u of [-1e30, -800, 800, 1e30]) assert.ok(Number.isFinite(at(u)), `${name} at ${u}`);
  }
  const [sigmoid] = networkOf(1, [{ kind: 'sigmoid' }]).layers;
  assertClose([derivativeOf(sigmoid)!.at(50)], [Math.exp(-50)], { relative: 1e-12 }, 'sigmoid');
});

test('layers that are no activation have none', () => {
  for (const layer of networkOf(4, [dense(3), batchnorm(), { kind: 'softmax' }]).layers) {
    assert.equal(derivativeOf(layer), null, layer.kind);
  }
});
