/** Models that are looked into and folded in a thread of its own. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { inspectFile } from '../../sidecar/onnx/inspect/inspect.ts';
import { offThread } from '../../sidecar/runs/model-off-thread.ts';
import { batchNormalization, modelOf, node, statistics, tensor } from '../onnx/foreign/models.ts';
import { bytesOf, folder, write } from '../onnx/inspect/files.ts';

/** Milliseconds after which others count as held up. */
const longest = 2000;
const path = write(
  bytesOf(
    modelOf(
      [4, 6, 5],
      [node('Conv', ['x', 'w'], 'a'), batchNormalization('a', 'y')],
      [tensor('w', [3, 4, 2, 2]), ...statistics('y', 3)],
    ),
  ),
);

test('a model is looked into, summed up and folded as it would be in this thread', async () => {
  assert.deepEqual(await offThread({ kind: 'inspect', path }), await inspectFile(path));
  const { count } = await offThread({ kind: 'summarize', path, tensor: 'w' });
  assert.equal(count, 48);
  const target = join(folder, 'folded.onnx');
  const { proof, folding } = await offThread({ kind: 'fold', path, target });
  assert.equal(proof?.outcome, 'equal', proof?.reason);
  assert.deepEqual(folding.folded, [{ batchnorm: 'y', into: 'a' }]);
});

test('what is wrong with a file is said by the same sentence', async () => {
  const text = write('not a model');
  const sentence = {
    message: `${text}: expected an ONNX model, found text, which a download that failed often leaves: download or export the model again`,
  };
  await assert.rejects(inspectFile(text), sentence);
  await assert.rejects(offThread({ kind: 'inspect', path: text }), sentence);
});

test('folding ends when nobody waits for it any more, and leaves nothing behind', async () => {
  const target = join(folder, 'never.onnx');
  await assert.rejects(offThread({ kind: 'fold', path, target }, AbortSignal.abort()), {
    name: 'AbortError',
  });
  assert.ok(!existsSync(target));
});

test('others are answered while a graph of 20,000 nodes is looked into', async () => {
  const count = 20_000;
  const nodes = Array.from({ length: count }, (_, index) =>
    node('Relu', [`t${index}`], `t${index + 1}`),
  );
  nodes[0].input = ['x'];
  nodes[count - 1].output = ['y'];
  const large = join(folder, 'long.onnx');
  writeFileSync(large, bytesOf(modelOf([4], nodes, [])));
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const { outputs } = await offThread({ kind: 'inspect', path: large });
  delay.disable();
  assert.deepEqual(outputs[0].shape, ['N', 4]);
  assert.ok(delay.max / 1e6 < longest, `others waited ${delay.max / 1e6} ms`);
});
