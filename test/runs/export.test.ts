/** Exporting runs through the real onnxruntime, and validating the files again. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { before, describe, test } from 'node:test';
import { exportModel, savedVariant, trainedVariant } from '../../sidecar/runs/export-run.ts';
import { prepareRun } from '../../sidecar/runs/prepare.ts';
import { Run } from '../../sidecar/runs/run.ts';
import { validateFile } from '../../sidecar/runs/validate-file.ts';
import { temporaryFolder } from '../temporary.ts';

const text = `
data: iris
network:
  - dense: 10
  - batchnorm
  - sigmoid
  - dense: 3
train: { learningRate: 0.5, batchSize: 12, steps: 100 }
`;

describe('a trained run', () => {
  const out = temporaryFolder('batchnorm-export');
  let run: Run;

  before(async () => {
    const place = 'iris.bn.yaml';
    const prepared = await prepareRun({ uri: place, place, text, folder: out });
    run = new Run({
      id: '1',
      prepared,
      folder: join(out, 'run'),
      listener: {},
      clock: () => performance.now(),
    });
    await run.train();
  });

  test('exports a model that onnxruntime agrees with, the same but for its speed from memory and from disk', async () => {
    const path = join(out, 'iris.onnx');
    const {
      certificate,
      path: written,
      bytes,
    } = await exportModel(trainedVariant(run, 'base'), path);
    const { validation } = certificate;
    assert.equal(written, path);
    assert.equal(validation.outcome, 'validated');
    assert.ok(validation.maxAbsoluteError <= 1e-4);
    assert.equal(validation.classAgreement, 1);
    assert.equal(validation.engineAccuracy, run.summary().variants[0].testAccuracy);
    assert.equal(readFileSync(path).length, bytes);
    const again = join(out, 'again.onnx');
    const saved = await exportModel(await savedVariant(join(out, 'run')), again);
    assert.equal(saved.certificate.modelSha256, certificate.modelSha256);
    assert.equal((await validateFile(path)).found.validation.outcome, 'validated');
  });

  test('exports a folded model that agrees with the network as it was trained, and validates it again', async () => {
    const path = join(out, 'folded.onnx');
    const { certificate, folding } = await exportModel(trainedVariant(run, 'base'), path, {
      choices: { fold: true },
    });
    const { validation } = certificate;
    assert.equal(validation.outcome, 'validated', validation.reason);
    assert.ok(validation.maxAbsoluteError <= 1e-4);
    assert.equal(validation.classAgreement, 1);
    assert.equal(validation.engineAccuracy, run.summary().variants[0].testAccuracy);
    assert.deepEqual(folding, {
      folded: [{ batchnorm: 'batchnorm1', into: 'dense1' }],
      kept: [],
    });
    assert.equal((await validateFile(path)).found.validation.outcome, 'validated');
    const again = join(out, 'folded-again.onnx');
    const saved = await exportModel(await savedVariant(join(out, 'run')), again, {
      choices: { fold: true },
    });
    assert.equal(saved.certificate.modelSha256, certificate.modelSha256);
  });

  test('does not replace a file that is there when its place cannot be written', async () => {
    writeFileSync(join(out, 'file'), '');
    const path = join(out, 'file', 'model.onnx');
    await assert.rejects(
      exportModel(trainedVariant(run, 'base'), path),
      /expected a place that can be written/,
    );
    assert.ok(!existsSync(path));
  });

  test('leaves a model as it is when the page of a new one cannot be written', async () => {
    const folder = join(out, 'page');
    mkdirSync(join(folder, 'model.certificate.html'), { recursive: true });
    const path = join(folder, 'model.onnx');
    writeFileSync(path, 'before');
    await assert.rejects(
      exportModel(trainedVariant(run, 'base'), path),
      /expected a place that can be written, found: .*model\.certificate\.html is a folder/,
    );
    assert.equal(readFileSync(path, 'utf8'), 'before');
    assert.deepEqual(readdirSync(folder).sort(), ['model.certificate.html', 'model.onnx']);
  });

  test('puts no file in the place of a folder or of anything else that is no file', async () => {
    await assert.rejects(
      exportModel(trainedVariant(run, 'base'), out),
      /expected the name of a file, found that of a folder\. Choose another/,
    );
    const socket = join(out, 'socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    await assert.rejects(
      exportModel(trainedVariant(run, 'base'), socket),
      /socket: expected the name of a file, found that of a device or the like/,
    );
    assert.ok(lstatSync(socket).isSocket());
    server.close();
  });

  test('names the variants it has when asked for another', () => {
    assert.throws(() => trainedVariant(run, 'lr-x5'), /found "lr-x5"; this run has base/);
  });

  test('a saved run that is broken is refused with its place', async () => {
    await assert.rejects(savedVariant(join(out, 'nowhere')), /run\.json: expected a file of a run/);
    const broken = temporaryFolder('batchnorm-broken');
    writeFileSync(join(broken, 'run.json'), '{"format": 1');
    await assert.rejects(savedVariant(broken), /run\.json: expected JSON/);
    writeFileSync(join(broken, 'run.json'), '{"format": 2}');
    await assert.rejects(savedVariant(broken), /run\.json: expected a run saved by this program/);
  });

  test('a model that lies below its network file finds its data, elsewhere it says what it misses', async () => {
    const csv = 'a,b\n1,x\n2,y\n3,x\n4,y\n5,x\n6,y\n7,x\n8,y\n9,x\n10,y\n';
    const place = temporaryFolder('batchnorm-table');
    writeFileSync(join(place, 'table.csv'), csv);
    const source =
      'data: { csv: { path: table.csv, label: b } }\nnetwork: [{ dense: 2 }]\ntrain: { batchSize: 4, steps: 2 }\n';
    const prepared = await prepareRun({
      uri: 't',
      place: 't.bn.yaml',
      text: source,
      folder: place,
    });
    const clock = () => performance.now();
    const table = new Run({ id: '2', prepared, folder: null, listener: {}, clock });
    await table.train();
    const below = join(place, 'models', 'new', 'table.onnx');
    await exportModel(trainedVariant(table, 'base'), below);
    assert.equal((await validateFile(below)).found.validation.outcome, 'validated');
    const apart = join(out, 'table.onnx');
    writeFileSync(apart, readFileSync(below));
    await assert.rejects(validateFile(apart), /table\.csv: expected/);
    assert.equal(
      (await validateFile(apart, { folder: place })).found.validation.outcome,
      'validated',
    );
    writeFileSync(join(place, 'table.csv'), csv.replace('10', '11'));
    await assert.rejects(validateFile(below), /expected its data set .* found .*--folder/);
  });

  test('a file that is no model of ours is refused with its place', async () => {
    const path = join(out, 'text.onnx');
    writeFileSync(path, 'no model');
    await assert.rejects(validateFile(path), /text\.onnx: expected an ONNX model/);
    await assert.rejects(validateFile(join(out, 'none.onnx')), /none\.onnx: expected an ONNX file/);
  });
});
