/** Kinds of layers: shapes, paddings and parameters, windows against a count of the places they can stand at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { checkNetworkFile, resolveVariant } from '../../sidecar/network/resolve.ts';
import type { DataSummary, Layer, Shape } from '../../sidecar/network/types.ts';

const withInput = (input: Shape): DataSummary => ({
  name: 'sample',
  input,
  classes: ['0', '1'],
  trainExamples: 100,
  testExamples: 10,
});

/** The first layer of a network, and its parameters. */
function place(entry: string, input: Shape): { layer: Layer; parameters: number } {
  const data = withInput(input);
  const file = readNetworkFile(`data: iris\nnetwork:\n  - ${entry}\n  - dense: 2\n`);
  assert.deepEqual(checkNetworkFile(file, data), []);
  const { network, parameters } = resolveVariant(file, 'base', data);
  const [layer] = network!.layers;
  return { layer, parameters: parameters.get(layer.name)! };
}

const image: Shape = [6, 12, 10];

const shapes: readonly [entry: string, input: Shape, output: Shape, parameters: number][] = [
  ['conv2d: { filters: 4, kernel: 3 }', image, [4, 10, 8], 4 * 6 * 9 + 4],
  ['conv2d: { filters: 4, kernel: 3, padding: same }', image, [4, 12, 10], 4 * 6 * 9 + 4],
  ['conv2d: { filters: 4, kernel: [1, 5], padding: 2 }', image, [4, 16, 10], 4 * 6 * 5 + 4],
  ['conv2d: { filters: 4, kernel: 3, stride: 2, padding: same }', image, [4, 6, 5], 220],
  ['conv2d: { filters: 4, kernel: 3, dilation: 3 }', image, [4, 6, 4], 220],
  ['conv2d: { filters: 12, kernel: 3, groups: 6 }', image, [12, 10, 8], 12 * 9 + 12],
  ['conv2d: { filters: 4, kernel: 1, bias: false }', image, [4, 12, 10], 24],
  ['conv1d: { filters: 4, kernel: 3, stride: 2 }', [6, 20], [4, 9], 4 * 6 * 3 + 4],
  ['conv1d: { filters: 4, kernel: 5, padding: same }', [6, 20], [4, 20], 124],
  ['maxpool', image, [6, 6, 5], 0],
  ['maxpool: 3', image, [6, 4, 3], 0],
  ['maxpool: { kernel: [2, 5], stride: 1 }', image, [6, 11, 6], 0],
  ['maxpool: 2', [6, 20], [6, 10], 0],
  ['avgpool: { kernel: 3, stride: 1, padding: same }', image, image, 0],
  ['avgpool: { kernel: 3, padding: 1 }', image, [6, 4, 4], 0],
  ['global-avgpool', image, [6], 0],
  ['global-avgpool', [6, 20], [6], 0],
  ['batchnorm', image, image, 12],
  ['batchnorm', [7], [7], 14],
  ['layernorm', image, image, 2 * 6 * 12 * 10],
  ['groupnorm: 3', image, image, 12],
  ['lrn', image, image, 0],
  ['gelu', image, image, 0],
  ['silu', [5], [5], 0],
  ['softmax', image, image, 0],
];

for (const [entry, input, output, parameters] of shapes) {
  test(`${entry} over [${input}]`, () => {
    const placed = place(entry, input);
    assert.deepEqual([placed.layer.output, placed.parameters], [output, parameters]);
  });
}

test('the operation of a convolution has every option in numbers', () => {
  const { layer } = place(
    'conv2d: { filters: 4, kernel: [3, 4], stride: [2, 1], padding: same, dilation: 2, groups: 2, learningRate: 0.1 }',
    image,
  );
  assert.deepEqual(layer, {
    kind: 'conv2d',
    name: 'conv2d1',
    inputs: ['input'],
    input: image,
    output: [4, 6, 10],
    filters: 4,
    kernel: [3, 4],
    stride: [2, 1],
    // Reached: (6 - 1) * 2 + 5 = 15 of 12 rows, (10 - 1) * 1 + 7 = 16 of 10 columns.
    padding: { top: 1, bottom: 2, left: 3, right: 3 },
    dilation: [2, 2],
    groups: 2,
    bias: true,
    learningRate: 0.1,
  });
});

test('the operation of a convolution over a sequence has one row', () => {
  const { layer } = place('conv1d: { filters: 4, kernel: 3, padding: 2, dilation: 2 }', [6, 20]);
  assert.deepEqual(layer, {
    kind: 'conv1d',
    name: 'conv1d1',
    inputs: ['input'],
    input: [6, 20],
    output: [4, 20],
    filters: 4,
    kernel: [1, 3],
    stride: [1, 1],
    padding: { top: 0, bottom: 0, left: 2, right: 2 },
    dilation: [1, 2],
    groups: 1,
    bias: true,
    learningRate: 1,
  });
  const { layer: pool } = place('avgpool: { kernel: 3, padding: 1 }', [6, 20]);
  assert.ok(pool.kind === 'avgpool');
  assert.deepEqual(
    [pool.kernel, pool.stride],
    [
      [1, 3],
      [1, 3],
    ],
  );
  assert.deepEqual(pool.padding, { top: 0, bottom: 0, left: 1, right: 1 });
});

test('normalizations and factors have their defaults', () => {
  const pick = (entry: string) => {
    const { name, inputs, input, output, ...rest } = place(entry, image).layer;
    return rest;
  };
  const epsilon = 1e-5;
  assert.deepEqual(pick('batchnorm: { state: freeze, learningRate: 0 }'), {
    kind: 'batchnorm',
    epsilon,
    momentum: 0.1,
    state: 'freeze',
    statistics: 'moving',
    learningRate: 0,
  });
  assert.deepEqual(pick('layernorm'), { kind: 'layernorm', epsilon, learningRate: 1 });
  assert.deepEqual(pick('groupnorm: 2'), {
    kind: 'groupnorm',
    groups: 2,
    epsilon,
    learningRate: 1,
  });
  const lrn = { kind: 'lrn', size: 5, alpha: 1e-4, beta: 0.75, bias: 1, learningRate: 1 };
  assert.deepEqual(pick('lrn'), lrn);
  assert.deepEqual(pick('lrn: 3'), { ...lrn, size: 3 });
});

const window = fc.record({
  size: fc.integer({ min: 1, max: 40 }),
  kernel: fc.integer({ min: 1, max: 7 }),
  stride: fc.integer({ min: 1, max: 5 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  padding: fc.oneof(fc.constantFrom('same' as const, 'valid' as const), fc.nat(6)),
});

/** Starts of a window, counted one by one from the padding's first place on. */
function starts(
  size: number,
  reach: number,
  stride: number,
  before: number,
  after: number,
): number {
  let count = 0;
  for (let start = -before; start + reach <= size + after; start += stride) count += 1;
  return count;
}

test('windows stand at as many places as can be counted, and same padding is the least that keeps them', () => {
  fc.assert(
    fc.property(window, ({ size, kernel, stride, dilation, padding }) => {
      const options = `{ filters: 2, kernel: ${kernel}, stride: ${stride}, dilation: ${dilation}, padding: ${padding} }`;
      const text = `data: iris\nnetwork: [conv1d: ${options}, dense: 2]\n`;
      const data = withInput([3, size]);
      const { network, diagnostics } = resolveVariant(readNetworkFile(text), 'base', data);
      const reach = (kernel - 1) * dilation + 1;
      const margin = typeof padding === 'number' ? padding : 0;
      if (padding !== 'same' && starts(size, reach, stride, margin, margin) === 0) {
        assert.deepEqual(
          diagnostics.map(({ code }) => code),
          ['shape-mismatch'],
        );
        return;
      }
      const [layer] = network!.layers;
      assert.ok(layer.kind === 'conv1d');
      const { left, right } = layer.padding;
      const places = starts(size, reach, stride, left, right);
      assert.deepEqual(layer.output, [2, places]);
      if (padding !== 'same') {
        assert.deepEqual([left, right], [margin, margin]);
        return;
      }
      assert.equal(places, Math.ceil(size / stride));
      assert.ok(right === left || right === left + 1);
      if (left + right > 0) assert.ok(starts(size, reach, stride, left, right - 1) < places);
    }),
    { numRuns: 500, seed: 1 },
  );
});

test('same padding is what PyTorch and ONNX compute in known cases', () => {
  // Size, kernel, stride, dilation: left and right as SAME_UPPER gives them.
  const known: readonly (readonly [number, number, number, number, number, number])[] = [
    [28, 3, 1, 1, 1, 1],
    [28, 5, 1, 1, 2, 2],
    [28, 3, 2, 1, 0, 1],
    [29, 3, 2, 1, 1, 1],
    [224, 7, 2, 1, 2, 3],
    [28, 2, 1, 1, 0, 1],
    [28, 1, 2, 1, 0, 0],
    [28, 3, 1, 2, 2, 2],
  ];
  for (const [size, kernel, stride, dilation, left, right] of known) {
    const entry = `conv2d: { filters: 1, kernel: ${kernel}, stride: ${stride}, dilation: ${dilation}, padding: same }`;
    const { layer } = place(entry, [1, size, size]);
    assert.ok(layer.kind === 'conv2d');
    assert.deepEqual(layer.padding, { top: left, bottom: right, left, right }, entry);
  }
});
