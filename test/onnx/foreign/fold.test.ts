/** Models as other programs write them, folded, against the runtime's own results before. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clone } from '@bufbuild/protobuf';
import { TensorProto_DataType as DataType, type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { foldModel } from '../../../sidecar/onnx/foreign/fold.ts';
import { proveEqual } from '../../../sidecar/onnx/foreign/prove.ts';
import { batchNormalization, halved, modelOf, node, statistics, tensor } from './models.ts';

const operators = (model: ModelProto) => model.graph!.node.map(({ opType }) => opType);
const plane = [4, 6, 5];
const bn = batchNormalization('a', 'y');

/** Title, the model, and the operators that are left. */
const foldable: readonly (readonly [string, ModelProto, readonly string[]])[] = [
  [
    'Conv',
    modelOf(
      plane,
      [node('Conv', ['x', 'w'], 'a'), bn],
      [tensor('w', [3, 4, 2, 2]), ...statistics('y', 3)],
    ),
    ['Conv'],
  ],
  [
    'Conv with a bias, in groups, of one dimension',
    modelOf(
      [4, 9],
      [node('Conv', ['x', 'w', 'b'], 'a', { group: 2n }), bn],
      [tensor('w', [6, 2, 3]), tensor('b', [6]), ...statistics('y', 6)],
    ),
    ['Conv'],
  ],
  [
    'ConvTranspose in groups',
    modelOf(
      plane,
      [node('ConvTranspose', ['x', 'w'], 'a', { group: 2n, strides: [2, 2] }), bn],
      [tensor('w', [4, 3, 2, 2]), ...statistics('y', 6)],
    ),
    ['ConvTranspose'],
  ],
  [
    'Conv, Add of a bias in the shape of the channels, Identity',
    modelOf(
      plane,
      [
        node('Conv', ['x', 'w'], 'c'),
        node('Add', ['b', 'c'], 'd'),
        node('Identity', ['d'], 'a'),
        bn,
        node('Relu', ['y'], 'z'),
      ],
      [tensor('w', [3, 4, 2, 2]), tensor('b', [3, 1, 1]), ...statistics('y', 3)],
      { outputs: ['z'] },
    ),
    ['Conv', 'Relu'],
  ],
  [
    'Gemm with alpha and beta, transposed, one bias for all',
    modelOf(
      [7],
      [node('Gemm', ['x', 'w', 'b'], 'a', { alpha: 0.5, beta: 3, transB: 1n }), bn],
      [tensor('w', [5, 7]), tensor('b', []), ...statistics('y', 5)],
    ),
    ['Gemm'],
  ],
  [
    'Gemm without a bias, with a beta of zero',
    modelOf(
      [7],
      [node('Gemm', ['x', 'w'], 'a', { beta: 0 }), bn],
      [tensor('w', [7, 5]), ...statistics('y', 5)],
    ),
    ['Gemm'],
  ],
  [
    'MatMul',
    modelOf(
      [7],
      [node('MatMul', ['x', 'w'], 'a'), bn],
      [tensor('w', [7, 5]), ...statistics('y', 5)],
    ),
    ['MatMul', 'Add'],
  ],
  [
    'MatMul, Add, Dropout',
    modelOf(
      [7],
      [
        node('MatMul', ['x', 'w'], 'c'),
        node('Add', ['c', 'b'], 'd'),
        node('Dropout', ['d'], 'a'),
        bn,
      ],
      [tensor('w', [7, 5]), tensor('b', [1, 5]), ...statistics('y', 5)],
    ),
    ['MatMul', 'Add'],
  ],
  [
    'two in a row',
    modelOf(
      plane,
      [node('Conv', ['x', 'w'], 'a'), batchNormalization('a', 'b'), batchNormalization('b', 'y')],
      [tensor('w', [3, 4, 1, 1]), ...statistics('b', 3), ...statistics('y', 3)],
    ),
    ['Conv'],
  ],
  [
    'weights that two nodes share, of which one stays',
    modelOf(
      plane,
      [node('Conv', ['x', 'w'], 'a'), bn, node('Conv', ['x', 'w'], 'z')],
      [tensor('w', [3, 4, 1, 1]), ...statistics('y', 3)],
      { outputs: ['y', 'z'] },
    ),
    ['Conv', 'Conv'],
  ],
];

/** As converters for graphics processors write them: all in float16. */
const halfModel = modelOf(
  plane,
  [node('Conv', ['x', 'w', 'b'], 'a'), bn],
  [tensor('w', [3, 4, 2, 2]), tensor('b', [3]), ...statistics('y', 3)].map(halved),
  { type: DataType.FLOAT16, opset: 15 },
);

test('float16 is folded into float16, and the same within 2 % of the largest value', async () => {
  const after = clone(ModelProtoSchema, halfModel);
  assert.deepEqual(foldModel(after, () => null).kept, []);
  assert.ok(after.graph!.initializer.every(({ dataType }) => dataType === DataType.FLOAT16));
  const proof = await proveEqual({ before: halfModel, after, tensors: [] });
  assert.equal(proof.outcome, 'equal', proof.reason);
  assert.ok(proof.maxRelativeError > 0 && proof.maxRelativeError < 0.01);
});

describe('folded, and the same within 1e-4 of the largest value under onnxruntime', () => {
  for (const [title, before, left] of foldable) {
    test(title, async () => {
      const after = clone(ModelProtoSchema, before);
      const { folded, kept } = foldModel(after, () => 2);
      assert.deepEqual(kept, []);
      assert.equal(
        folded.length,
        operators(before).filter((each) => each === 'BatchNormalization').length,
      );
      assert.deepEqual(operators(after), left);
      const tensors = folded.map(({ batchnorm }) => batchnorm);
      const proof = await proveEqual({ before, after, tensors });
      assert.equal(proof.outcome, 'equal', proof.reason);
      assert.equal(proof.runs, 6);
      assert.match(proof.runtime, /^onnxruntime-node /);
    });
  }
});

const w = tensor('w', [3, 4, 1, 1]);
const conv = node('Conv', ['x', 'w'], 'a');
const three = statistics('y', 3);
const withVariance = (variance: readonly number[]) => [
  ...three.slice(0, 3),
  tensor('y.variance', [3], variance),
];

/** Title, the model, and why its normalization is kept. */
const refused: readonly (readonly [string, ModelProto, RegExp])[] = [
  [
    'after the input',
    modelOf([3, 2, 2], [batchNormalization('x', 'y')], three),
    /takes x, which no node computes/,
  ],
  [
    'after a Relu',
    modelOf(plane, [node('Conv', ['x', 'w'], 'r'), node('Relu', ['r'], 'a'), bn], [w, ...three]),
    /a \(Relu\) stands before it, and only Conv/,
  ],
  [
    'after a Conv that another node reads',
    modelOf(plane, [conv, bn, node('Relu', ['a'], 'z')], [w, ...three], { outputs: ['y', 'z'] }),
    /the output of a \(Conv\) before it also goes to 1 other node,/,
  ],
  [
    'after a Conv whose output the model gives',
    modelOf(plane, [conv, bn], [w, ...three], { outputs: ['y', 'a'] }),
    /the output of a \(Conv\) before it is also an output of the graph/,
  ],
  [
    'in training mode',
    modelOf(plane, [conv, batchNormalization('a', 'y', { training_mode: 1n })], [w, ...three], {
      opset: 15,
    }),
    /training mode/,
  ],
  [
    'of every place',
    modelOf(plane, [conv, batchNormalization('a', 'y', { spatial: 0n })], [w, ...three], {
      opset: 8,
    }),
    /spatial = 0/,
  ],
  [
    'with a negative variance',
    modelOf(plane, [conv, bn], [w, ...withVariance([1, -2, 1])]),
    /variance of channel 1 is -2/,
  ],
  [
    'with a variance that is none',
    modelOf(plane, [conv, bn], [w, ...withVariance([1, 1, Number.NaN])]),
    /channel 2 is NaN/,
  ],
  [
    'with weights that are computed',
    modelOf(plane, [node('Conv', ['x', 'v'], 'a'), node('Relu', ['w'], 'v'), bn], [w, ...three]),
    /weights of a \(Conv\) before it are no constant/,
  ],
  [
    'with values that float32 cannot hold',
    modelOf(
      plane,
      [conv, bn],
      [
        tensor('w', [3, 4, 1, 1], Array(12).fill(3e38)),
        tensor('y.gamma', [3], [9, 9, 9]),
        ...three.slice(1),
      ],
    ),
    /would not be finite numbers of the weights' type/,
  ],
];

describe('kept, with the reason, and nothing has changed', () => {
  for (const [title, model, reason] of refused) {
    test(title, () => {
      const before = operators(model);
      const { folded, kept } = foldModel(model, () => 2);
      assert.deepEqual(folded, []);
      assert.match(kept[0].reason, /^y is kept: /);
      assert.match(kept[0].reason, reason);
      assert.deepEqual(operators(model), before);
    });
  }

  test('a MatMul of more than a matrix', () => {
    const nodes = [node('MatMul', ['x', 'w'], 'a'), bn];
    const model = modelOf([3, 7], nodes, [tensor('w', [7, 3]), ...three]);
    assert.match(foldModel(model, () => 3).kept[0].reason, /not known to give a matrix/);
    assert.match(foldModel(model, () => null).kept[0].reason, /not known to give a matrix/);
  });
});

test('a proof finds models that differ within, even where their outputs do not', async () => {
  const nodes = [conv, bn, node('Sub', ['y', 'y'], 'z')];
  const before = modelOf(plane, nodes, [w, ...three], { outputs: ['z'] });
  const after = modelOf(plane, nodes, [w, ...withVariance([1, 1, 1])], { outputs: ['z'] });
  const hidden = await proveEqual({ before, after, tensors: [] });
  assert.equal(hidden.outcome, 'equal');
  const proof = await proveEqual({ before, after, tensors: ['y'] });
  assert.equal(proof.outcome, 'different');
  assert.match(proof.reason!, /^y, optimizations disabled: differs by /);
});
