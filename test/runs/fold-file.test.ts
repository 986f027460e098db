/** Folding files: of this program and of others, each with its proof. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  TensorProto_DataLocation as Location,
  type ModelProto,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
} from 'onnx-buf';
import { buildModel } from '../../sidecar/onnx/build.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { foldFile } from '../../sidecar/runs/fold-file.ts';
import { batchNormalization, modelOf, node, statistics, tensor } from '../onnx/foreign/models.ts';
import { sampleSource, samples } from '../onnx/samples.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder('batchnorm-fold');
const place = (name: string) => join(folder, name);

function save(name: string, model: ModelProto): string {
  writeFileSync(place(name), toBinary(ModelProtoSchema, model));
  return place(name);
}

test('a model of another program is folded into a copy, and proved equal under onnxruntime', async () => {
  const nodes = [node('Conv', ['x', 'w'], 'a'), batchNormalization('a', 'y')];
  const constants = [tensor('w', [3, 4, 2, 2]), ...statistics('y', 3)];
  const path = save('conv.onnx', modelOf([4, 6, 5], nodes, constants));
  const before = readFileSync(path);
  const result = await foldFile(path, place('new/conv-folded.onnx'));
  assert.equal(result.path, place('new/conv-folded.onnx'));
  assert.deepEqual(result.folding, { folded: [{ batchnorm: 'y', into: 'a' }], kept: [] });
  assert.equal(result.proof?.outcome, 'equal', result.proof?.reason);
  assert.deepEqual(result.proof.inputs, [{ name: 'x', shape: [2, 4, 6, 5] }]);
  assert.deepEqual(result.nodes, { before: 2, after: 1 });
  assert.deepEqual(result.bytes, {
    before: before.length,
    after: readFileSync(result.path!).length,
  });
  assert.deepEqual(readFileSync(path), before);
});

test('a model of ours stays one: what it says about itself is true of the copy', async () => {
  const source = sampleSource(samples.find(({ title }) => title.startsWith('one logit'))!);
  writeFileSync(place('ours.onnx'), buildModel(source));
  const result = await foldFile(place('ours.onnx'), place('ours-folded.onnx'));
  assert.equal(result.proof?.outcome, 'equal', result.proof?.reason);
  const read = readModel(readFileSync(place('ours-folded.onnx')), 'ours-folded.onnx');
  assert.deepEqual(read.source?.folding, result.folding);
  assert.equal(read.source?.metadata.source, source.metadata.source);
});

test('weights that lie in another file come into the folded model', async () => {
  const nodes = [node('Conv', ['x', 'w'], 'a'), batchNormalization('a', 'y')];
  const constants = [tensor('w', [3, 4, 2, 2]), ...statistics('y', 3)];
  const model = modelOf([4, 6, 5], nodes, constants);
  const [weight] = model.graph!.initializer;
  writeFileSync(place('outside.bin'), Buffer.concat([Buffer.alloc(8), weight.rawData]));
  weight.rawData = new Uint8Array();
  weight.dataLocation = Location.EXTERNAL;
  const entry = (key: string, value: string) =>
    create(StringStringEntryProtoSchema, { key, value });
  weight.externalData = [entry('location', 'outside.bin'), entry('offset', '8')];
  const { proof, folding } = await foldFile(save('outside.onnx', model), place('away/in.onnx'));
  assert.equal(proof?.outcome, 'equal', proof?.reason);
  assert.equal(folding.folded.length, 1);
  weight.externalData = [entry('location', '../outside.bin')];
  await assert.rejects(
    foldFile(save('up.onnx', model), place('up-folded.onnx')),
    /up\.onnx: tensor w: external data "\.\.\/outside\.bin": expected a path below/,
  );
});

test('a MatMul whose rank follows from what stands before it is folded', async () => {
  const nodes = [
    node('Flatten', ['x'], 'f'),
    node('Relu', ['f'], 'r'),
    node('MatMul', ['r', 'w'], 'a'),
    batchNormalization('a', 'y'),
  ];
  const model = modelOf([2, 3], nodes, [tensor('w', [6, 4]), ...statistics('y', 4)]);
  const { proof, nodes: count } = await foldFile(save('matmul.onnx', model), place('m.onnx'));
  assert.equal(proof?.outcome, 'equal', proof?.reason);
  assert.deepEqual(count, { before: 4, after: 4 });
});

test('a model of ours whose weights are rounded is to be folded from its run', async () => {
  const source = sampleSource(samples[0]);
  const half = buildModel({ ...source, form: { ...source.form, precision: 'float16' } });
  writeFileSync(place('half.onnx'), half);
  await assert.rejects(
    foldFile(place('half.onnx'), place('half-folded.onnx')),
    /half\.onnx: expected a model with float32 weights, found float16/,
  );
});

test('where nothing can be folded, nothing is written and every reason told', async () => {
  const path = save('alone.onnx', modelOf([3], [batchNormalization('x', 'y')], statistics('y', 3)));
  const result = await foldFile(path, place('alone-folded.onnx'));
  assert.equal(result.path, null);
  assert.equal(result.proof, null);
  assert.match(result.folding.kept[0].reason, /^y is kept: it takes x/);
  assert.ok(!existsSync(place('alone-folded.onnx')));
});

test('what a runtime does not take is folded all the same, and told not to be proved', async () => {
  const nodes = [
    node('Conv', ['x', 'w'], 'a'),
    batchNormalization('a', 'b'),
    { ...node('Unheard', ['b'], 'y'), domain: 'elsewhere' },
  ];
  const constants = [tensor('w', [3, 4, 2, 2]), ...statistics('b', 3)];
  const path = save('custom.onnx', modelOf([4, 6, 5], nodes, constants));
  const { proof, path: written } = await foldFile(path, place('custom-folded.onnx'));
  assert.equal(proof?.outcome, 'not-proved');
  assert.match(proof.reason!, /Unheard/);
  assert.ok(existsSync(written!));
});

test('a folder is not taken for the file to write, and found to be one before any proof', async () => {
  const nodes = [node('Conv', ['x', 'w'], 'a'), batchNormalization('a', 'y')];
  const constants = [tensor('w', [3, 4, 2, 2]), ...statistics('y', 3)];
  const path = save('into-folder.onnx', modelOf([4, 6, 5], nodes, constants));
  await assert.rejects(
    foldFile(path, folder),
    /expected the name of a file, found that of a folder\. Choose another/,
  );
});

test('the model itself is not written over, and what is no model is said to be none', async () => {
  const path = place('text.onnx');
  writeFileSync(path, 'not a model');
  await assert.rejects(foldFile(path, path), /text\.onnx: expected another file than the model/);
  await assert.rejects(
    foldFile(path, place('copy.onnx')),
    /text\.onnx: expected an ONNX model, found text/,
  );
  await assert.rejects(
    foldFile(place('missing.onnx'), place('copy.onnx')),
    /missing\.onnx: expected an ONNX file that can be read/,
  );
  await assert.rejects(
    foldFile(folder, place('copy.onnx')),
    /expected an ONNX file that can be read, found: something that is no file/,
  );
  assert.ok(!existsSync(place('copy.onnx')));
});
