/** The approximated functions of the kernels against Math, over their whole range and at its ends. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { instantiateKernels, type Kernels } from '../../sidecar/engine/kernels.ts';
import { assertClose } from './close.ts';
import { below } from './reference-layers.ts';

const rows = 4096;
const input = 65_536;
const output = input + rows * 32;
const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
const floats = new Float32Array(memory.buffer);
const builds: Kernels[] = [];

before(async () => {
  builds.push(
    await instantiateKernels(memory, 'simd'),
    await instantiateKernels(memory, 'relaxed'),
  );
});

/** The kernel's values of one panel of arguments. */
function apply(kernels: Kernels, kernel: string, x: Float32Array): Float32Array {
  floats.set(x, input / 4);
  kernels[`${kernel}Forward`](0, 1, input, output, rows * 32, rows, 0.01);
  return floats.slice(output / 4, output / 4 + x.length);
}

/** Evenly spread, and ever closer to 0 from both sides. */
function sweep(limit: number): Float32Array {
  const count = rows * 8;
  return Float32Array.from({ length: count }, (_, i) => {
    if (i % 2 === 0) return (2 * (i / count) - 1) * limit;
    return (i % 4 === 1 ? 1 : -1) * limit * 2 ** (-30 * (i / count));
  });
}

const functions: Record<string, { f: (x: number) => number; limit: number; relative: number }> = {
  sigmoid: { f: (x) => 1 / (1 + Math.exp(-x)), limit: 80, relative: 4e-7 },
  tanh: { f: Math.tanh, limit: 40, relative: 4e-7 },
  softplus: {
    f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    limit: 80,
    relative: 4e-7,
  },
  silu: { f: (x) => x / (1 + Math.exp(-x)), limit: 80, relative: 4e-7 },
  // The exponent x^2 / 2 is rounded before e is raised to it, so that far out digits are lost.
  gelu: { f: (x) => x * below(x), limit: 5, relative: 2e-6 },
};

for (const [kernel, { f, limit, relative }] of Object.entries(functions)) {
  test(`${kernel} within ${relative} relative of its definition`, () => {
    const x = sweep(limit);
    const expected = Float64Array.from(x, f);
    for (const kernels of builds) {
      assertClose(apply(kernels, kernel, x), expected, { relative }, kernel);
    }
  });
}

for (const [kernel, [low, high]] of Object.entries({
  sigmoid: [0, 1],
  tanh: [-1, 1],
  softplus: [0, Infinity],
  relu: [0, Infinity],
  leakyRelu: [-Infinity, Infinity],
  gelu: [0, Infinity],
  silu: [0, Infinity],
})) {
  test(`${kernel} of infinities is its limit, of NaN is NaN`, () => {
    const x = new Float32Array(rows * 8).fill(Number.NaN);
    x.set([-Infinity, Infinity, Number.NaN]);
    for (const kernels of builds) {
      const y = apply(kernels, kernel, x);
      assert.ok(Math.abs(y[0] - low) < 1e-35 || y[0] === low, `${y[0]} at -Infinity`);
      assert.equal(y[1], high);
      assert.ok(Number.isNaN(y[2]), `${y[2]} for NaN`);
    }
  });
}

for (const [kernel, slope] of Object.entries({ gelu: [0, 1], silu: [0, 1] })) {
  test(`${kernel} far from 0 has the gradient ${slope[0]} on the left and ${slope[1]} on the right`, () => {
    const x = new Float32Array(rows * 8).fill(Number.NaN);
    x.set([-Infinity, -1e30, -100, 100, 1e30, Infinity]);
    for (const kernels of builds) {
      floats.set(x, input / 4);
      const [dy, dx] = [output + rows * 32, output + rows * 64];
      floats.fill(1, dy / 4, dy / 4 + rows * 8);
      kernels[`${kernel}Backward`](0, 1, input, output, dy, dx, rows * 32, rows, 0);
      const found = floats.slice(dx / 4, dx / 4 + 7);
      const [left, right] = slope;
      const expected = [left, left, left, right, right, right];
      assertClose(found.subarray(0, 6), expected, { absolute: 1e-30 }, kernel);
      assert.ok(Number.isNaN(found[6]), `${found[6]} for NaN`);
    }
  });
}
