/** ONNX files that were broken at random, always in the same way: every one is read, or refused with an error made for people. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { buildModel } from '../../sidecar/onnx/build.ts';
import { decodeModel } from '../../sidecar/onnx/decode.ts';
import { ModelFileError } from '../../sidecar/onnx/errors.ts';
import { foldModel } from '../../sidecar/onnx/foreign/fold.ts';
import { inspectFile } from '../../sidecar/onnx/inspect/inspect.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { seededRandom } from '../../sidecar/random.ts';
import { batchNormalization, modelOf, node, statistics, tensor } from '../onnx/foreign/models.ts';
import { layerSources } from '../onnx/layer-sources.ts';
import { sampleSource, samples } from '../onnx/samples.ts';
import { temporaryFolder } from '../temporary.ts';
import { Bounds, count } from './bounds.ts';
import { mutate } from './mutate-bytes.ts';
import { mutateMessage } from './mutate-message.ts';

const foreign = toBinary(
  ModelProtoSchema,
  modelOf(
    [3, 6, 6],
    [
      node('Conv', ['x', 'w'], 'c', { pads: [1, 1, 1, 1] }),
      batchNormalization('c', 'n'),
      node('Relu', ['n'], 'r'),
      node('GlobalAveragePool', ['r'], 'p'),
      node('Flatten', ['p'], 'y'),
    ],
    [tensor('w', [4, 3, 3, 3]), ...statistics('n', 4)],
  ),
);
const originals = [
  foreign,
  ...samples.slice(0, 4).map((sample) => buildModel(sampleSource(sample))),
  ...[...layerSources().values()].slice(0, 6).map(buildModel),
];

test(`${count} mutated models are read or refused`, async () => {
  const random = seededRandom(1, 'fuzz', 'models');
  const path = join(temporaryFolder('batchnorm-fuzz'), 'a.onnx');
  const outcomes = { read: 0, refused: 0 };
  const bounds = new Bounds();
  for (let index = 0; index < count; index += 1) {
    const original = originals[index % originals.length];
    const bytes =
      index % 2 === 0 ? mutate(original, originals, random) : mutateMessage(original, random);
    bounds.begin();
    try {
      readModel(bytes, 'a.onnx');
    } catch (error) {
      assert.ok(error instanceof ModelFileError, `model ${index}: ${(error as Error).stack}`);
    }
    writeFileSync(path, bytes);
    try {
      await inspectFile(path);
      outcomes.read += 1;
      const model = decodeModel(bytes, 'a.onnx');
      foldModel(model, () => 2);
      toBinary(ModelProtoSchema, model);
    } catch (error) {
      assert.ok(error instanceof ModelFileError, `model ${index}: ${(error as Error).stack}`);
      outcomes.refused += 1;
    }
    bounds.end(`model ${index}`);
  }
  bounds.checkMemory();
  // Both halves of the readers are tried only if neither outcome is rare.
  assert.ok(outcomes.read > count / 20 && outcomes.refused > count / 20, JSON.stringify(outcomes));
});
