/**
 * Files that were broken at random, always in the same way: every one is read or refused with an error made for people,
 * none holds up the process for two seconds, and together they do not fill memory.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { buildModel } from '../../sidecar/onnx/build.ts';
import { ModelFileError } from '../../sidecar/onnx/errors.ts';
import { inspectFile } from '../../sidecar/onnx/inspect/inspect.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { seededRandom } from '../../sidecar/random.ts';
import { temporaryFolder } from '../temporary.ts';
import { batchNormalization, modelOf, node, statistics, tensor } from './foreign/models.ts';
import { layerSources } from './layer-sources.ts';
import { mutate } from './mutate.ts';
import { mutateMessage } from './mutate-message.ts';
import { sampleSource, samples } from './samples.ts';

const models = 10_000;
/** Nothing may hold up a language server for longer. */
const longest = 2000;
/** The process starts with some 150 MiB, and what 10,000 models leave behind is collected sooner or later. */
const memoryBound = 512 * 2 ** 20;

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

test(`${models} mutated models are read or refused`, async () => {
  const random = seededRandom(1, 'fuzz', 'models');
  const path = join(temporaryFolder('batchnorm-fuzz'), 'a.onnx');
  const outcomes = { read: 0, refused: 0 };
  const before = process.memoryUsage().rss;
  for (let index = 0; index < models; index += 1) {
    const original = originals[index % originals.length];
    const bytes =
      index % 2 === 0 ? mutate(original, originals, random) : mutateMessage(original, random);
    const start = performance.now();
    try {
      readModel(bytes, 'a.onnx');
    } catch (error) {
      assert.ok(error instanceof ModelFileError, `model ${index}: ${(error as Error).stack}`);
    }
    writeFileSync(path, bytes);
    try {
      await inspectFile(path);
      outcomes.read += 1;
    } catch (error) {
      assert.ok(error instanceof ModelFileError, `model ${index}: ${(error as Error).stack}`);
      outcomes.refused += 1;
    }
    const took = performance.now() - start;
    assert.ok(took < longest, `model ${index}: expected less than ${longest} ms, found ${took}`);
  }
  const growth = process.memoryUsage().rss - before;
  assert.ok(growth < memoryBound, `expected less than ${memoryBound} bytes more, found ${growth}`);
  // Both halves of the readers are tried only if neither outcome is rare.
  assert.ok(
    outcomes.read > models / 20 && outcomes.refused > models / 20,
    JSON.stringify(outcomes),
  );
});
