import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { create, fromBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  TensorProtoSchema,
} from 'onnx-buf';
import { fromBase64 } from '../../../sidecar/base64.ts';
import { affineOf } from '../../../sidecar/onnx/foreign/normalization.ts';
import type { InspectedBatchNorm } from '../../../sidecar/protocol/inspect.ts';
import { batchNormalization, modelOf, node, statistics, tensor } from '../foreign/models.ts';
import { inspect } from './files.ts';

const official = join(import.meta.dirname, '../official');

function readTensor(name: string, file: string) {
  return fromBinary(TensorProtoSchema, readFileSync(join(official, name, `${file}.pb`)));
}

function floats({ rawData }: { rawData: Uint8Array }): Float32Array {
  return new Float32Array(Uint8Array.from(rawData).buffer);
}

function valuesOf({ values, missing }: InspectedBatchNorm) {
  assert.ok(values, missing ?? '');
  const { gamma, beta, mean, variance } = values;
  return {
    gamma: fromBase64(gamma),
    beta: fromBase64(beta),
    mean: fromBase64(mean),
    variance: fromBase64(variance),
  };
}

/** `[batch, channels, ...places]`, each channel by its own scale and shift. */
function apply(x: Float32Array, shape: readonly number[], affine: ReturnType<typeof affineOf>) {
  const places = shape.slice(2).reduce((product, size) => product * size, 1);
  return x.map((value, index) => {
    const channel = Math.floor(index / places) % shape[1];
    return value * affine.scale[channel] + affine.shift[channel];
  });
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, bound: number): void {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < actual.length; index += 1) {
    const error = Math.abs(actual[index] - expected[index]);
    assert.ok(
      error <= bound,
      `value ${index}: expected ${expected[index]}, found ${actual[index]}`,
    );
  }
}

describe("ONNX's own tests of BatchNormalization", () => {
  const cases = [
    { name: 'test_batchnorm_example', epsilon: 1e-5, training: false },
    { name: 'test_batchnorm_epsilon', epsilon: Math.fround(1e-2), training: false },
    { name: 'test_batchnorm_example_training_mode', epsilon: 1e-5, training: true },
    { name: 'test_batchnorm_epsilon_training_mode', epsilon: Math.fround(1e-2), training: true },
  ];
  for (const { name, epsilon, training } of cases) {
    const model = () =>
      fromBinary(ModelProtoSchema, readFileSync(join(official, name, 'model.onnx')));
    const inputs = [0, 1, 2, 3, 4].map((index) => readTensor(name, `input_${index}`));
    const shape = inputs[0].dims.map(Number);

    test(`${name}: parameters that are inputs are said to be`, async () => {
      const { batchNorms, nodes } = await inspect(model());
      const [found] = batchNorms;
      assert.equal(found.missing, 'gamma "s": expected a constant, found an input of the graph.');
      assert.equal(found.values, null);
      assert.equal(found.trainingMode, training);
      assert.ok(Math.abs(found.epsilon - epsilon) < 1e-12);
      assert.ok(Math.abs(found.momentum - 0.9) < 1e-7);
      assert.equal(found.folding.into, null);
      assert.equal(found.runtime.folds, false);
      assert.deepEqual(nodes[0].outputs[0].shape, shape);
    });

    test(`${name}: outputs follow from the values read`, async () => {
      const constant = model();
      constant.graph!.initializer = inputs.slice(1);
      constant.graph!.input = constant.graph!.input.slice(0, 1);
      const [found] = (await inspect(constant)).batchNorms;
      const values = valuesOf(found);
      assertClose(values.gamma, floats(inputs[1]), 0);
      const x = floats(inputs[0]);
      const batch = batchStatistics(x, shape);
      const used = training ? { ...values, ...batch } : values;
      const y = apply(x, shape, affineOf(used, found.epsilon));
      assertClose(y, floats(readTensor(name, 'output_0')), 1e-5);
      if (!training) return;
      const running = (old: Float32Array, fresh: Float32Array) =>
        old.map((value, channel) => value * found.momentum + fresh[channel] * (1 - found.momentum));
      assertClose(running(values.mean, batch.mean), floats(readTensor(name, 'output_1')), 1e-6);
      assertClose(
        running(values.variance, batch.variance),
        floats(readTensor(name, 'output_2')),
        1e-6,
      );
    });
  }
});

/** Mean and variance, divided by n, of each channel. */
function batchStatistics(x: Float32Array, [, channels, ...rest]: readonly number[]) {
  const places = rest.reduce((product, size) => product * size, 1);
  const byChannel = Array.from({ length: channels }, (_, channel) =>
    x.filter((_value, index) => Math.floor(index / places) % channels === channel),
  );
  const average = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
  const mean = Float32Array.from(byChannel, average);
  const variance = Float32Array.from(byChannel, (values, channel) =>
    average(values.map((value) => (value - mean[channel]) ** 2)),
  );
  return { mean, variance };
}

describe('values are read however they are written', () => {
  const numbers = [0.5, -2, 3, 1.25];
  const raw = ({ buffer }: { buffer: ArrayBuffer }) => ({ rawData: new Uint8Array(buffer) });
  const float16 = [0x3800, 0xc000, 0x4200, 0x3d00];
  const bfloat16 = [0x3f00, 0xc000, 0x4040, 0x3fa0];
  const writings = {
    'float32 in raw_data': { dataType: DataType.FLOAT, ...raw(Float32Array.from(numbers)) },
    'float32 in float_data': { dataType: DataType.FLOAT, floatData: numbers },
    'float64 in raw_data': { dataType: DataType.DOUBLE, ...raw(Float64Array.from(numbers)) },
    'float64 in double_data': { dataType: DataType.DOUBLE, doubleData: numbers },
    'float16 in raw_data': { dataType: DataType.FLOAT16, ...raw(Uint16Array.from(float16)) },
    'float16 in int32_data': { dataType: DataType.FLOAT16, int32Data: float16 },
    'bfloat16 in raw_data': { dataType: DataType.BFLOAT16, ...raw(Uint16Array.from(bfloat16)) },
    'bfloat16 in int32_data': { dataType: DataType.BFLOAT16, int32Data: bfloat16 },
  };
  for (const [title, writing] of Object.entries(writings)) {
    test(title, async () => {
      const gamma = create(TensorProtoSchema, { name: 'y.gamma', dims: [4n], ...writing });
      const rest = statistics('y', 4).slice(1);
      const nodes = [batchNormalization('x', 'y')];
      const model = modelOf([4, 2], nodes, [gamma, ...rest]);
      assert.deepEqual([...valuesOf((await inspect(model)).batchNorms[0]).gamma], numbers);
    });

    test(`${title}, in a Constant node behind an Identity`, async () => {
      const held = create(TensorProtoSchema, { dims: [4n], ...writing });
      const constant = {
        opType: 'Constant',
        output: ['held'],
        attribute: [{ name: 'value', type: AttributeType.TENSOR, t: held }],
      };
      const copy = node('Identity', ['held'], 'y.gamma');
      const nodes = [constant, copy, batchNormalization('x', 'y')];
      const model = modelOf([4, 2], nodes, statistics('y', 4).slice(1));
      const inspection = await inspect(model);
      assert.deepEqual([...valuesOf(inspection.batchNorms[0]).gamma], numbers);
      assert.equal(inspection.tensors.at(-1)?.name, 'held');
    });
  }

  test('as many values as the shape says, or a reason', async () => {
    const missing = async (change: object) => {
      const [gamma, ...rest] = statistics('y', 4);
      const model = modelOf(
        [4],
        [batchNormalization('x', 'y')],
        [{ ...gamma, ...change }, ...rest],
      );
      const { batchNorms } = await inspect(model);
      assert.equal(batchNorms[0].values, null);
      assert.equal(batchNorms[0].folding.into, null);
      return batchNorms[0].missing;
    };
    assert.match(
      (await missing({ rawData: new Uint8Array(12) }))!,
      /expected 16 bytes for 4 values.*found 12/,
    );
    assert.match(
      (await missing({ dims: [2n, 2n] }))!,
      /expected shape \[channels\], found \[2,2\]/,
    );
    assert.match(
      (await missing({ rawData: undefined, floatData: numbers.slice(1) }))!,
      /expected 4 values by its shape, found 3/,
    );
    assert.match((await missing({ rawData: undefined }))!, /expected 4 values, found none/);
    assert.match((await missing({ dataType: DataType.INT64 }))!, /floating-point.*found int64/);
    assert.match(
      (await missing({ dims: [5n], rawData: new Uint8Array(20) }))!,
      /expected 5 channels as gamma has, found 4/,
    );
  });
});

describe('problems of channels', () => {
  async function problems(
    change: Partial<Record<'gamma' | 'beta' | 'mean' | 'variance', number[]>>,
  ) {
    const parameters = {
      gamma: [1, 1, 1, 1],
      beta: [0, 0, 0, 0],
      mean: [0, 0, 0, 0],
      variance: [1, 1, 1, 1],
    };
    const tensors = Object.entries({ ...parameters, ...change }).map(([role, values]) =>
      tensor(`y.${role}`, [4], values),
    );
    const { batchNorms } = await inspect(modelOf([4], [batchNormalization('x', 'y')], tensors));
    return batchNorms[0].problems.map(({ kind, channels }) => `${kind} ${channels}`);
  }
  const cases = [
    { change: {}, expected: [] },
    { change: { gamma: [1, 0, -1, 1e-7] }, expected: ['dead 1,3'] },
    { change: { gamma: [100, 0.09, 100, 100] }, expected: ['dead 1'] },
    { change: { gamma: [1e-8, 1e-8, 1e-8, 1e-8] }, expected: ['dead 0,1,2,3'] },
    { change: { gamma: [1e-4, 2e-4, 1e-4, 1e-4] }, expected: [] },
    { change: { variance: [0, 1, 1, 1] }, expected: ['zero-variance 0'] },
    { change: { variance: [1, -0.5, 1, 1] }, expected: ['negative-variance 1'] },
    { change: { variance: [1, 1, 1e9, 1] }, expected: ['exploding-variance 2'] },
    { change: { variance: [1e-3, 1e-3, 2e3, 1e-3] }, expected: ['exploding-variance 2'] },
    { change: { variance: [1e7, 3e7, 2e7, 1e7] }, expected: [] },
    {
      change: { mean: [0, Number.NaN, 0, Number.POSITIVE_INFINITY] },
      expected: ['non-finite 1,3'],
    },
  ];
  for (const { change, expected } of cases) {
    test(`${JSON.stringify(change)}: ${expected.join(', ') || 'none'}`, async () => {
      assert.deepEqual(await problems(change), expected);
    });
  }
});

describe('training mode, as each version of the operator says it', () => {
  const cases: {
    opset: number;
    attributes: Record<string, bigint>;
    outputs: string[];
    training: boolean;
  }[] = [
    { opset: 15, attributes: { training_mode: 1n }, outputs: ['y'], training: true },
    { opset: 15, attributes: {}, outputs: ['y'], training: false },
    { opset: 9, attributes: {}, outputs: ['y', 'm', 'v'], training: true },
    { opset: 9, attributes: {}, outputs: ['y'], training: false },
    { opset: 6, attributes: { is_test: 1n }, outputs: ['y'], training: false },
    { opset: 6, attributes: {}, outputs: ['y'], training: true },
  ];
  for (const { opset, attributes, outputs, training } of cases) {
    test(`opset ${opset}, ${outputs.length} outputs, ${Object.keys(attributes)}: ${training}`, async () => {
      const inputs = ['x', 'y.gamma', 'y.beta', 'y.mean', 'y.variance'];
      const model = modelOf(
        [4],
        [node('BatchNormalization', inputs, outputs, attributes)],
        statistics('y', 4),
        { opset },
      );
      assert.equal((await inspect(model)).batchNorms[0].trainingMode, training);
    });
  }
});
