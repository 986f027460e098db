/** int8 models: what onnxruntime makes of them, and their numbers against quantization in float64. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import type { LayerOperation } from '../../sidecar/network/types.ts';
import { buildModel, type ModelSource } from '../../sidecar/onnx/build.ts';
import { calibrate } from '../../sidecar/onnx/calibrate.ts';
import { decodeModel } from '../../sidecar/onnx/decode.ts';
import { ExportError } from '../../sidecar/onnx/errors.ts';
import { foldBatchNorm } from '../../sidecar/onnx/fold.ts';
import { gridOf, type Ranges } from '../../sidecar/onnx/quantize.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { RuntimeProcess } from '../../sidecar/onnx/runtime-process.ts';
import { opsets } from '../../sidecar/protocol/onnx.ts';
import {
  batchnorm,
  conv,
  dense,
  examplesFor,
  networkOf,
  type Written,
} from '../engine/networks.ts';
import { temporaryFolder } from '../temporary.ts';
import { layerSources, randomWeights } from './layer-sources.ts';
import { evaluate, type Sample, sampleInputs, sampleSource, samples } from './samples.ts';

const count = 40;
const relu: LayerOperation = { kind: 'relu' };
const around = { padding: { top: 1, bottom: 1, left: 1, right: 1 } };
const window = {
  kernel: [2, 2],
  stride: [2, 2],
  padding: { top: 0, bottom: 0, left: 0, right: 0 },
} as const;

/** Everything that has an integer kernel between two convolutions, and tensors with two readers. */
const convolutional = sourceOf(
  [4, 8, 8],
  [
    conv(8, [3, 3], { ...around, bias: false }),
    batchnorm(),
    relu,
    { kind: 'maxpool', ...window },
    conv(8, [3, 3], around),
    relu,
    { ...conv(8, [1, 1]), inputs: ['maxpool1'] },
    { kind: 'concat', inputs: ['relu2', 'conv2d3'] },
    conv(8, [3, 3], around),
    { kind: 'add', inputs: ['relu2', 'conv2d4'] },
    relu,
    { kind: 'avgpool', ...window },
    conv(6, [1, 1]),
    { kind: 'global-avgpool' },
    dense(3),
  ],
);

function sourceOf(input: readonly number[], layers: readonly Written[]): ModelSource {
  const network = networkOf(input, layers, { loss: 'softmax-cross-entropy' });
  const weights = randomWeights(initialWeights(network));
  const [source] = layerSources().values();
  return { ...source, network, weights, data: { ...source.data, input } };
}

/** The folded int8 model, calibrated on its examples. */
async function quantize(source: ModelSource, opset: number, inputs: Float32Array) {
  const folded = { ...foldBatchNorm(source, 1), form: { ...source.form, opset } };
  const model = buildModel(folded);
  const ranges = await calibrate({ model, inputs, shape: source.network.input });
  const form = { ...folded.form, precision: 'int8' as const };
  return { folded, ranges, model: buildModel({ ...folded, ranges, form }) };
}

describe('onnxruntime', () => {
  const folder = temporaryFolder('batchnorm');
  let child: RuntimeProcess;
  before(async () => {
    ({ child } = await RuntimeProcess.start({ runtime: 'onnxruntime-node' }));
  });
  after(() => child.close());

  /** Operators of the model as the runtime computes it. */
  async function kernels(model: Uint8Array): Promise<readonly string[]> {
    const path = join(folder, 'optimized.onnx');
    await child.request({ type: 'optimize', model, path }, 'optimized');
    return decodeModel(readFileSync(path), path).graph!.node.map(({ opType }) => opType);
  }

  async function run(model: Uint8Array, inputs: Float32Array, shape: readonly number[]) {
    await child.request({ type: 'load', model, optimization: 'all' }, 'loaded');
    const outputs = 3;
    const request = { type: 'run', inputs, shape, batchSize: 16, outputs } as const;
    return (await child.request(request, 'ran')).logits;
  }

  for (const opset of [10, 12, 13, 15, 17, 21, opsets.newest]) {
    test(`computes a convolutional network of opset ${opset} in integers from end to end`, async () => {
      const inputs = Float32Array.from(examplesFor(convolutional.network, count).inputs);
      const { model } = await quantize(convolutional, opset, inputs);
      const used = await kernels(model);
      const times = (name: string) => used.filter((each) => each === name).length;
      assert.equal(times('QLinearConv'), 5, used.join(' '));
      for (const name of ['QLinearAdd', 'QLinearConcat', 'QLinearAveragePool', 'QGemm']) {
        assert.equal(times(name), 1, `${name}: ${used.join(' ')}`);
      }
      assert.equal(times('Conv') + times('Gemm') + times('Relu') + times('BatchNormalization'), 0);
      // MaxPool takes integers since opset 12.
      if (opset >= 12) assert.equal(times('QuantizeLinear'), 1, used.join(' '));
    });
  }

  test('multiplies in integers in every layer that has weights, and stays near the float32 model', async () => {
    for (const [title, source] of [...layerSources(), ['together', convolutional] as const]) {
      const inputs = Float32Array.from(examplesFor(source.network, count).inputs);
      const { folded, model } = await quantize(source, 15, inputs);
      const used = await kernels(model);
      const weighted = folded.network.layers.filter(({ name }) =>
        folded.weights.has(`${name}.weight`),
      );
      const dense = weighted.filter(({ kind }) => kind === 'dense').length;
      const convolutions = weighted.filter(({ kind }) => /^conv/.test(kind)).length;
      assert.equal(used.filter((name) => name === 'QLinearConv').length, convolutions, title);
      assert.equal(used.filter((name) => name === 'QGemm').length, dense, title);
      const exact = await run(buildModel(folded), inputs, source.network.input);
      const found = await run(model, inputs, source.network.input);
      const range = Math.max(...exact) - Math.min(...exact);
      const error = Math.max(...found.map((value, index) => Math.abs(value - exact[index])));
      assert.ok(error > 0 && error < 0.05 * range, `${title}: ${error} of ${range}`);
    }
  });

  for (const opset of [10, 15]) {
    test(`gives what quantization in float64 gives, opset ${opset}`, async () => {
      const sample: Sample = {
        title: 'quantized',
        input: [6],
        operations: [dense(8), relu, dense(5), dense(3)],
        normalization: 'feature',
      };
      const source = sampleSource(sample);
      const inputs = sampleInputs(source, count);
      const { model } = await quantize(source, opset, inputs);
      const expected = quantizedByHand(source, inputs, opset >= 13);
      const found = await run(model, inputs, [6]);
      for (const [index, value] of found.entries()) {
        assert.ok(
          Math.abs(value - expected[index]) < 1e-4,
          `${index}: ${value}, ${expected[index]}`,
        );
      }
      const exact = evaluate(source, inputs);
      assert.ok(found.some((value, index) => Math.abs(value - exact[index]) > 1e-3));
    });
  }
});

/** Dense layers and rectifiers over examples one by one, everything rounded as the form says it is. */
function quantizedByHand(source: ModelSource, inputs: Float32Array, perChannel: boolean): number[] {
  const { network, weights, normalization } = source;
  const features = network.input[0];
  let exact = Array.from({ length: count }, (_, example) =>
    Array.from(
      inputs.subarray(example * features, (example + 1) * features),
      (value, index) => (value - normalization.mean[index]) / normalization.deviation[index],
    ),
  );
  let rounded = exact;
  for (const { kind, name } of network.layers) {
    if (kind !== 'dense') {
      const rectify = (rows: number[][]) =>
        rows.map((row) => row.map((value) => Math.max(0, value)));
      exact = rectify(exact);
      rounded = rectify(rounded);
      continue;
    }
    const seen = exact.flat();
    const [low, high] = [Math.min(0, ...seen), Math.max(0, ...seen)];
    const step = (high - low) / 255;
    const zero = Math.round(-low / step);
    const weight = weights.get(`${name}.weight`)!;
    const bias = weights.get(`${name}.bias`)!.values;
    const [units, width] = weight.shape;
    const rows = Array.from({ length: units }, (_, unit) => [
      ...weight.values.subarray(unit * width, (unit + 1) * width),
    ]);
    const largest = (values: number[]) => Math.max(...values.map(Math.abs)) / 127;
    const scales = rows.map((row) => largest(perChannel ? row : rows.flat()));
    const multiply = (x: number[], round: boolean) =>
      rows.map((row, unit) => {
        const scale = scales[unit];
        const unrounded = row.reduce((sum, value, index) => sum + value * x[index], bias[unit]);
        if (!round) return unrounded;
        const integers = x.map(
          (value) => Math.min(255, Math.max(0, Math.round(value / step) + zero)) - zero,
        );
        const offset = Math.round(bias[unit] / (scale * step));
        return (
          scale *
          step *
          row.reduce((sum, value, i) => sum + Math.round(value / scale) * integers[i], offset)
        );
      });
    rounded = rounded.map((row) => multiply(row, true));
    exact = exact.map((row) => multiply(row, false));
  }
  return rounded.flat();
}

describe('an int8 model', () => {
  test('holds every weight within half a step, and gives them back', async () => {
    for (const opset of [10, 15]) {
      const inputs = Float32Array.from(examplesFor(convolutional.network, count).inputs);
      const { folded, model } = await quantize(convolutional, opset, inputs);
      const read = readModel(model, 'a.onnx').source!;
      assert.deepEqual(read.form, { output: 'logits', opset, precision: 'int8' });
      assert.deepEqual(read.network, folded.network);
      for (const { name, kind } of folded.network.layers) {
        if (kind !== 'dense' && kind !== 'conv2d') continue;
        const { shape, values } = folded.weights.get(`${name}.weight`)!;
        const held = read.weights.get(`${name}.weight`)!;
        assert.deepEqual(held.shape, shape);
        const size = opset >= 13 ? values.length / shape[0] : values.length;
        for (const [index, value] of values.entries()) {
          const first = index - (index % size);
          const largest = Math.max(...values.subarray(first, first + size).map(Math.abs));
          const error = Math.abs(held.values[index] - value);
          assert.ok(error <= (0.5001 * largest) / 127, `${name} ${index}: ${error}`);
        }
      }
    }
  });

  test('is the same bytes from the same examples', async () => {
    const inputs = Float32Array.from(examplesFor(convolutional.network, count).inputs);
    const [first, second] = [
      await quantize(convolutional, 15, inputs),
      await quantize(convolutional, 15, inputs),
    ];
    assert.deepEqual(first.model, second.model);
  });

  test('keeps a bias that would be too large for int32 in units of tiny weights', async () => {
    const source = sourceOf([3], [dense(4), dense(3)]);
    const weights = new Map(source.weights);
    weights.set('dense1.weight', { shape: [4, 3], values: new Float32Array(12).fill(1e-14) });
    weights.set('dense1.bias', { shape: [4], values: Float32Array.of(0.5, -3, 0, 7) });
    const inputs = Float32Array.from(examplesFor(source.network, count).inputs);
    const { model } = await quantize({ ...source, weights }, 15, inputs);
    const held = readModel(model, 'a.onnx').source!.weights.get('dense1.bias')!.values;
    const expected = [0.5, -3, 0, 7];
    for (const [index, value] of held.entries()) {
      assert.ok(Math.abs(value - expected[index]) < 1e-5, `${index}: ${value}`);
    }
  });

  test('needs a layer that has weights', () => {
    const source = sampleSource(samples.find(({ title }) => title === 'nothing but dropout')!);
    for (const precision of ['float16', 'int8'] as const) {
      const ranges: Ranges = new Map();
      const form = { ...source.form, precision };
      assert.throws(
        () => buildModel({ ...source, ranges, form }),
        new ExportError(
          `precision ${precision}`,
          'a dense layer or convolution, whose weights it is about',
          'none: export with precision float32',
        ),
      );
    }
  });

  test('whose scale is missing is refused with its place', async () => {
    const inputs = Float32Array.from(examplesFor(convolutional.network, count).inputs);
    const { model } = await quantize(convolutional, 15, inputs);
    const text = Buffer.from(model)
      .toString('latin1')
      .replaceAll('dense1.weight.scale', 'dense1.weight.stale');
    assert.throws(
      () => readModel(Buffer.from(text, 'latin1'), 'a.onnx'),
      /a\.onnx: dense1\.weight: expected a scale as FLOAT in dense1\.weight\.scale, found none/,
    );
  });
});

describe('the grid of a range', () => {
  test('holds both ends and zero exactly', () => {
    for (const [min, max] of [
      [-3, 5],
      [0, 7],
      [2, 9],
      [-8, -1],
      [-1e-30, 1e-30],
      [-1e30, 3],
    ]) {
      const { scale, zeroPoint } = gridOf({ min, max });
      assert.ok(Number.isInteger(zeroPoint) && zeroPoint >= 0 && zeroPoint <= 255);
      assert.ok(scale * (255 - zeroPoint) >= Math.max(max, 0) - 0.5001 * scale);
      assert.ok(-scale * zeroPoint <= Math.min(min, 0) + 0.5001 * scale);
    }
  });

  test('is any for constant zeros or denormal numbers, and none for what is not finite', () => {
    for (const max of [0, 1e-40])
      assert.deepEqual(gridOf({ min: 0, max }), { scale: 1, zeroPoint: 0 });
    for (const [min, max] of [
      [Number.NaN, 1],
      [0, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, 0],
    ]) {
      assert.throws(
        () => gridOf({ min, max }),
        /precision int8: expected activations of a finite range, found/,
      );
    }
  });
});
