import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activationShape } from '../../../webview-ui/explain/activations.ts';

/** Phi by Simpson's rule from 0, in 400 intervals. */
function normalShare(u: number): number {
  const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const width = u / 400;
  const weights = (index: number) => (index === 0 || index === 400 ? 1 : index % 2 === 1 ? 4 : 2);
  let sum = 0;
  for (let index = 0; index <= 400; index++) sum += weights(index) * density(index * width);
  return 0.5 + (sum * width) / 3;
}

const functions: Record<string, (u: number) => number> = {
  sigmoid: (u) => 1 / (1 + Math.exp(-u)),
  tanh: Math.tanh,
  relu: (u) => Math.max(0, u),
  softplus: (u) => Math.log1p(Math.exp(u)),
  gelu: (u) => u * normalShare(u),
  silu: (u) => u / (1 + Math.exp(-u)),
};

for (const [kind, value] of Object.entries(functions)) {
  test(`the derivative of ${kind} is within 1e-6 of central differences`, () => {
    const { derivative, largest, isFlat } = activationShape(kind)!;
    for (let u = -6.05; u < 7; u += 0.1) {
      const expected = (value(u + 1e-4) - value(u - 1e-4)) / 2e-4;
      const actual = derivative(u);
      assert.ok(Math.abs(actual - expected) < 1e-6, `at ${u}: ${actual}, expected ${expected}`);
      assert.ok(expected <= largest + 1e-4);
      assert.equal(isFlat(u), Math.abs(expected) < largest / 10);
    }
  });
}

test('the flat region of a sigmoid begins where its derivative is a tenth of 1/4', () => {
  const { isFlat, largest } = activationShape('sigmoid')!;
  assert.equal(largest, 0.25);
  const edge = Math.log((1 + Math.sqrt(0.9)) / (1 - Math.sqrt(0.9)));
  assert.deepEqual(
    [isFlat(edge - 1e-3), isFlat(edge + 1e-3), isFlat(-edge - 1e-3)],
    [...[false, true, true]],
  );
});

test('of other layers there is no derivative', () => {
  assert.equal(activationShape('dense'), null);
});
