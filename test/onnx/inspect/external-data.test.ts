/** Tensors whose values lie in files beside the model, and files that are not the model's to read. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import {
  TensorProto_DataType as DataType,
  TensorProto_DataLocation as Location,
  TensorProtoSchema,
} from 'onnx-buf';
import { fromBase64 } from '../../../sidecar/base64.ts';
import { findExternalFile, openExternal } from '../../../sidecar/onnx/inspect/external-data.ts';
import { inspectFile } from '../../../sidecar/onnx/inspect/inspect.ts';
import { summarizeFile } from '../../../sidecar/onnx/inspect/summarize.ts';
import { temporaryFolder } from '../../temporary.ts';
import { batchNormalization, modelOf, statistics } from '../foreign/models.ts';
import { bytesOf } from './files.ts';

const outside = temporaryFolder('batchnorm-outside');
const folder = join(outside, 'model');
const numbers = Float32Array.of(1, 2, 3, 4);
const path = join(folder, 'a.onnx');
mkdirSync(join(folder, 'weights'), { recursive: true });
writeFileSync(join(outside, 'secret.bin'), numbers);
writeFileSync(join(folder, 'weights/data.bin'), Float32Array.of(9, 9, ...numbers));
symlinkSync(join(outside, 'secret.bin'), join(folder, 'link.bin'));
symlinkSync(outside, join(folder, 'up'));
symlinkSync(join(folder, 'weights'), join(folder, 'inside'));

/** Writes a model whose gamma lies elsewhere. */
function prepare(entries: Readonly<Record<string, string>>): void {
  const gamma = create(TensorProtoSchema, {
    name: 'y.gamma',
    dims: [4n],
    dataType: DataType.FLOAT,
    dataLocation: Location.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  });
  const tensors = [gamma, ...statistics('y', 4).slice(1)];
  writeFileSync(path, bytesOf(modelOf([4], [batchNormalization('x', 'y')], tensors)));
}

describe('values outside the model are read', () => {
  const places: Readonly<Record<string, string>>[] = [
    { location: 'weights/data.bin', offset: '8', length: '16' },
    { location: 'weights/data.bin', offset: '8' },
    { location: './weights/data.bin', offset: '8' },
    { location: 'inside/data.bin', offset: '8' },
  ];
  for (const place of places) {
    test(JSON.stringify(place), async () => {
      prepare(place);
      const { tensors, batchNorms, notes } = await inspectFile(path);
      assert.equal(tensors[0].external, place.location);
      assert.equal(tensors[0].bytes, 16);
      assert.equal(tensors[0].problem, null);
      assert.deepEqual(fromBase64(batchNorms[0].values!.gamma), numbers);
      assert.match(notes.join(' '), /values of 1 tensor lie outside the model, in ".*data\.bin"\./);
      const summary = await summarizeFile(path, 'y.gamma');
      assert.deepEqual([summary.minimum, summary.maximum, summary.mean], [1, 4, 2.5]);
    });
  }
});

describe("a place that is not the model's to read is refused, and nothing is read", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ location: '../secret.bin' }, /found one that leads up; nothing is read/],
    [{ location: 'weights/../../secret.bin' }, /one that leads up/],
    [{ location: join(outside, 'secret.bin') }, /an absolute path/],
    [{ location: 'link.bin' }, /a link that leads out of it; nothing is read/],
    [{ location: 'up/secret.bin' }, /a link that leads out/],
    [{ location: '..\\secret.bin' }, /a backslash/],
    [{ location: 'C:secret.bin' }, /a drive/],
    [{ location: 'c:/secret.bin' }, /a drive/],
    [{ location: 'weights/data.bin\0.txt' }, /a NUL character/],
    [{ location: '' }, /found no path/],
    [{}, /found no path/],
    [{ location: 'weights' }, /expected a file, found something else/],
    [{ location: 'none.bin' }, /expected a file beside the model, found none/],
    [{ location: 'weights/data.bin', offset: '12' }, /expected bytes 12 to 28, found a file of 24/],
    [
      { location: 'weights/data.bin', offset: '9007199254740993' },
      /expected a whole number as offset/,
    ],
    [
      { location: 'weights/data.bin', offset: '-8' },
      /expected a whole number as offset, found "-8"/,
    ],
    [{ location: 'weights/data.bin', offset: '1e1' }, /expected a whole number as offset/],
    [
      { location: 'weights/data.bin', length: '12' },
      /expected 16 bytes for 4 values by its shape, found 12/,
    ],
  ];
  for (const [place, message] of cases) {
    test(JSON.stringify(place), async () => {
      prepare(place);
      const { tensors, batchNorms } = await inspectFile(path);
      assert.match(tensors[0].problem!, message);
      assert.match(batchNorms[0].missing!, message);
      assert.equal(batchNorms[0].values, null);
      await assert.rejects(summarizeFile(path, 'y.gamma'), message);
    });
  }
});

test('a file that takes the place of the one that was judged is not read', async () => {
  const location = 'swapped.bin';
  const swapped = join(folder, location);
  writeFileSync(swapped, numbers);
  const found = await findExternalFile(folder, location);
  await (await openExternal(found)).close();
  rmSync(swapped);
  symlinkSync(join(outside, 'secret.bin'), swapped);
  await assert.rejects(openExternal(found), /expected the file that was there .*, found another/);
});
