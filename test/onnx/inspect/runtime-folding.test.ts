/** What is said of onnxruntime's own folding, against what onnxruntime makes of the model. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import {
  batchNormalization,
  halved,
  modelOf,
  node,
  statistics,
  tensor,
} from '../foreign/models.ts';
import { bytesOf, folder, inspect } from './files.ts';

const { InferenceSession } = createRequire(import.meta.url)(
  'onnxruntime-node',
) as typeof import('onnxruntime-node');

const image = [3, 6, 6];
const kernel = tensor('w', [4, 3, 3, 3]);
const matrix = tensor('w', [3, 4]);
const conv = node('Conv', ['x', 'w'], 'c');
const matMul = node('MatMul', ['x', 'w'], 'c');
/** `y` from `x` through the nodes and a normalization of four channels. */
const behind = (
  shape: readonly number[],
  nodes: Parameters<typeof modelOf>[1],
  tensors: Parameters<typeof modelOf>[2],
  options?: Parameters<typeof modelOf>[3],
) => {
  const last = nodes.at(-1)!.output![0];
  return modelOf(
    shape,
    [...nodes, batchNormalization(last, 'y')],
    [...tensors, ...statistics('y', 4)],
    options,
  );
};

function withInput(model: ModelProto, name: string): ModelProto {
  const [x] = fromBinary(ModelProtoSchema, bytesOf(behind([], [conv], [kernel]))).graph!.input;
  if (x.type?.value.case === 'tensorType') {
    x.type.value.value.shape!.dim[0].value = { case: 'dimValue', value: 4n };
  }
  model.graph!.input.push({ ...x, name });
  return model;
}

const cases: Readonly<Record<string, ModelProto>> = {
  'a convolution': behind(image, [conv], [kernel]),
  'a convolution with a bias': behind(
    image,
    [node('Conv', ['x', 'w', 'b'], 'c')],
    [kernel, tensor('b', [4])],
  ),
  'a convolution along a line': behind([3, 6], [conv], [tensor('w', [4, 3, 3])]),
  'a transposed convolution': behind(
    image,
    [node('ConvTranspose', ['x', 'w'], 'c')],
    [tensor('w', [3, 4, 3, 3])],
  ),
  'a convolution whose weights are float16, behind a Cast': behind(
    image,
    [node('Cast', ['h'], 'w', { to: 1n }), conv],
    [halved({ ...kernel, name: 'h' })],
  ),
  'a MatMul': behind([3], [matMul], [matrix]),
  'a MatMul of three dimensions': behind([4, 3], [matMul], [matrix]),
  'a MatMul and an Add': behind(
    [3],
    [matMul, node('Add', ['c', 'b'], 'd')],
    [matrix, tensor('b', [4])],
  ),
  'a Gemm': behind([3], [node('Gemm', ['x', 'w'], 'c')], [matrix]),
  'a convolution and an Add': behind(
    image,
    [conv, node('Add', ['c', 'b'], 'd')],
    [kernel, tensor('b', [4, 1, 1])],
  ),
  'a convolution and a Mul': behind(
    image,
    [conv, node('Mul', ['c', 'b'], 'd')],
    [kernel, tensor('b', [1, 4, 1, 1])],
  ),
  'a convolution and an Add along a line of pixels': behind(
    image,
    [conv, node('Add', ['c', 'b'], 'd')],
    [kernel, tensor('b', [4])],
  ),
  'a convolution and an Identity': behind(image, [conv, node('Identity', ['c'], 'd')], [kernel]),
  'a convolution and a Dropout': behind(image, [conv, node('Dropout', ['c'], 'd')], [kernel]),
  'a convolution and a Relu': behind(image, [conv, node('Relu', ['c'], 'd')], [kernel]),
  'a convolution and a BatchNormalization': behind(
    image,
    [conv, batchNormalization('c', 'n')],
    [kernel, ...statistics('n', 4)],
  ),
  'a MatMul and a BatchNormalization': behind(
    [3],
    [matMul, batchNormalization('c', 'n')],
    [matrix, ...statistics('n', 4)],
  ),
  'a convolution whose output is one of the graph': behind(image, [conv], [kernel], {
    outputs: ['y', 'c'],
  }),
  'a convolution that another reads': modelOf(
    image,
    [conv, batchNormalization('c', 'y'), node('Relu', ['c'], 'z')],
    [kernel, ...statistics('y', 4)],
    { outputs: ['y', 'z'] },
  ),
  'weights behind an Identity': behind(
    image,
    [node('Identity', ['v'], 'w'), conv],
    [{ ...kernel, name: 'v' }],
  ),
  'the input': modelOf([4], [batchNormalization('x', 'y')], statistics('y', 4)),
  'a gamma that may be replaced': withInput(behind(image, [conv], [kernel]), 'y.gamma'),
  'opset 7': behind(image, [conv], [kernel], { opset: 7 }),
  'opset 9': behind([3], [matMul], [matrix], { opset: 9 }),
  'opset 22': behind(image, [conv], [kernel], { opset: 22 }),
};

for (const [title, model] of Object.entries(cases)) {
  test(`onnxruntime and BatchNormalization behind ${title}`, async () => {
    const optimizedModelFilePath = join(folder, 'optimized.onnx');
    await InferenceSession.create(bytesOf(model), {
      graphOptimizationLevel: 'basic',
      optimizedModelFilePath,
      logSeverityLevel: 3,
    });
    const optimized = fromBinary(ModelProtoSchema, readFileSync(optimizedModelFilePath));
    const kept = optimized.graph!.node.filter(({ opType }) => opType === 'BatchNormalization');
    const { batchNorms } = await inspect(model);
    const said = batchNorms.filter(({ runtime }) => !runtime.folds);
    assert.equal(said.length, kept.length, said.map(({ runtime }) => runtime.reason).join('\n'));
    for (const { runtime } of said) assert.match(runtime.reason!, /\.$/);
  });
}
