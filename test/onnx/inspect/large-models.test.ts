/** Models far larger than what may be read of them: they open in little memory and hold nobody up. */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { inspectFile } from '../../../sidecar/onnx/inspect/inspect.ts';
import { summarizeFile } from '../../../sidecar/onnx/inspect/summarize.ts';
import { batchNormalization, modelOf, node, statistics } from '../foreign/models.ts';
import { bytesOf, folder } from './files.ts';

const values = 125_000_000;
const bytes = 4 * values;
/** Milliseconds after which others count as held up; what runs in one go takes a few. */
const longest = 2000;

/** One initializer of 500 MB in a sparse file, whose values are 0 but for the last three, then the rest of the graph. */
function writeLarge(path: string): void {
  const head = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .bytes(dimension(values))
    .tag(2, WireType.Varint)
    .uint32(1)
    .tag(8, WireType.LengthDelimited)
    .string('w')
    .tag(9, WireType.LengthDelimited)
    .uint32(bytes)
    .finish();
  const tensor = new BinaryWriter().tag(5, WireType.LengthDelimited).uint32(head.length + bytes);
  const before = Buffer.concat([tensor.finish(), head]);
  const graph = new BinaryWriter().tag(7, WireType.LengthDelimited).uint32(before.length + bytes);
  const start = Buffer.concat([graph.finish(), before]);
  const nodes = [node('Add', ['x', 'w'], 's'), batchNormalization('s', 'y')];
  const rest = bytesOf(modelOf([4], nodes, statistics('y', 4)));
  const file = openSync(path, 'w');
  writeSync(file, start);
  ftruncateSync(file, start.length + bytes);
  const last = Buffer.from(Float32Array.of(-2, Number.NaN, 6).buffer);
  writeSync(file, last, 0, last.length, start.length + bytes - last.length);
  writeSync(file, rest, 0, rest.length, start.length + bytes);
  closeSync(file);
}

function dimension(size: number): Uint8Array {
  return new BinaryWriter().uint32(size).finish();
}

test('a model of 500 MB opens in a few MiB, and its tensor is summed up a piece at a time', async () => {
  const path = join(folder, 'large.onnx');
  writeLarge(path);
  await inspectFile(path);
  const before = process.memoryUsage();
  const inspection = await inspectFile(path);
  const opened = process.memoryUsage();
  const mebibytes = (after: number, first: number) => (after - first) / 2 ** 20;
  assert.ok(mebibytes(opened.rss, before.rss) < 16, `${mebibytes(opened.rss, before.rss)} MiB`);
  assert.ok(inspection.bytes > bytes);
  const [large] = inspection.tensors;
  assert.deepEqual(large, {
    name: 'w',
    type: 'float32',
    shape: [values],
    bytes,
    external: null,
    problem: null,
  });
  assert.equal(inspection.batchNorms[0].channels, 4);

  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const summary = await summarizeFile(path, 'w');
  delay.disable();
  assert.deepEqual(
    { ...summary, mean: null, deviation: null },
    {
      count: values,
      minimum: -2,
      maximum: 6,
      zeros: values - 3,
      nonFinite: 1,
      mean: null,
      deviation: null,
    },
  );
  assert.ok(Math.abs(summary.mean! - 4 / (values - 1)) < 1e-15);
  assert.ok(Math.abs(summary.deviation! - Math.sqrt(40 / (values - 1))) < 1e-9);
  assert.ok(delay.max / 1e6 < longest, `others waited ${delay.max / 1e6} ms`);
  const grown = mebibytes(process.memoryUsage().rss, before.rss);
  assert.ok(grown < 128, `expected less than 128 MiB more, found ${grown}`);
});

test('summing up ends when nobody waits for it any more', async () => {
  const controller = new AbortController();
  const summing = summarizeFile(join(folder, 'large.onnx'), 'w', controller.signal);
  controller.abort();
  await assert.rejects(summing, { name: 'AbortError' });
});
