/** Models validated again after something has happened to them: what is found, and by which of the checks. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import type { ExportResult } from '../../sidecar/protocol/onnx.ts';
import { exportModel, trainedVariant } from '../../sidecar/runs/export-run.ts';
import { prepareRun } from '../../sidecar/runs/prepare.ts';
import { Run } from '../../sidecar/runs/run.ts';
import { validateFile } from '../../sidecar/runs/validate-file.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder('batchnorm-validate');
const path = join(folder, 'iris.onnx');
const text = `
data: iris
network: [{ dense: 10 }, batchnorm, relu, { dense: 3 }]
train: { learningRate: 0.3, batchSize: 12, steps: 150 }
`;
let exported: ExportResult;

before(async () => {
  const prepared = await prepareRun({ uri: 'i', place: 'iris.bn.yaml', text, folder });
  const clock = () => performance.now();
  const run = new Run({ id: '1', prepared, folder: null, listener: {}, clock });
  await run.train();
  exported = await exportModel(trainedVariant(run, 'base'), path);
});

/** Validates the exported model with something changed in it. */
async function validateChanged(change: (model: ModelProto) => void) {
  const model = fromBinary(ModelProtoSchema, readFileSync(path));
  change(model);
  const changed = join(folder, 'changed.onnx');
  writeFileSync(changed, toBinary(ModelProtoSchema, model));
  const { found, broken, certified } = await validateFile(changed);
  const { outcome, reason } = found.validation;
  return { found, broken, certified, outcome, reason };
}

function entry({ metadataProps }: ModelProto, key: string) {
  return metadataProps.find((each) => each.key === `batchnorm.${key}`)!;
}

/** Reverses the order of the weights of the last layer, in the file. */
function spoil({ graph }: ModelProto): void {
  const { rawData } = graph!.initializer.find(({ name }) => name.startsWith('dense2.weight'))!;
  const values = new Float32Array(Uint8Array.from(rawData).buffer).reverse();
  rawData.set(new Uint8Array(values.buffer));
}

describe('a certified model that is validated again', () => {
  test('is found as it was certified', async () => {
    const { found, certified, broken } = await validateFile(path);
    assert.deepEqual(certified, exported.certificate);
    assert.deepEqual(broken, []);
    assert.deepEqual({ ...found, speed: null }, { ...exported.certificate, speed: null });
    assert.equal(found.passes.length, 6);
    assert.deepEqual(found.validation.batchSizes, [1, 12, 13]);
  });

  test('is found changed when a weight is, and also worse where it is', async () => {
    const { outcome, reason, broken } = await validateChanged(spoil);
    assert.equal(outcome, 'failed');
    // Engine and runtime agree on the wrong weights, so only the certificate tells.
    assert.match(
      broken[0],
      /^SHA-256 of the model without its certificate: expected the certified/,
    );
    assert.match(
      broken[1],
      /^accuracy in the engine: expected the certified [\d.]+ %, found [\d.]+ %\.$/,
    );
    assert.equal(reason, broken.join(' '));
  });

  test('is found worse even by who has changed the hash with the weights', async () => {
    const { found } = await validateChanged(spoil);
    const { broken } = await validateChanged((model) => {
      spoil(model);
      const certificate = entry(model, 'certificate');
      const { modelSha256 } = found;
      certificate.value = JSON.stringify({ ...JSON.parse(certificate.value), modelSha256 });
    });
    assert.match(broken[0], /^accuracy in the engine/);
  });

  test('is found changed when its labels are exchanged', async () => {
    const { outcome, broken } = await validateChanged((model) => {
      const labels = entry(model, 'classLabels');
      labels.value = JSON.stringify(JSON.parse(labels.value).reverse());
    });
    assert.equal(outcome, 'failed');
    assert.equal(broken.length, 1);
    assert.match(broken[0], /^SHA-256 of the model without its certificate/);
  });

  test('is found less accurate than a certificate that boasts', async () => {
    const { outcome, broken } = await validateChanged((model) => {
      const certificate = entry(model, 'certificate');
      const told = JSON.parse(certificate.value);
      told.validation.engineAccuracy = 1;
      for (const pass of told.passes) pass.runtimeAccuracy = 1;
      certificate.value = JSON.stringify(told);
    });
    assert.equal(outcome, 'failed');
    assert.match(broken[0], /^accuracy in the engine: expected the certified 100 %, found \d/);
    assert.equal(broken.length, 7);
  });

  test('is refused when its certificate is none', async () => {
    const broken = validateChanged((model) => {
      entry(model, 'certificate').value = '{"validation": "yes"}';
    });
    await assert.rejects(broken, /changed\.onnx: metadata batchnorm\.certificate\./);
  });
});

test('a model of an earlier version validates, and carries no certificate', async () => {
  const { outcome, reason, certified, broken } = await validateChanged((model) => {
    const { metadataProps } = model;
    const later = ['example', 'certificate'].map((key) => `batchnorm.${key}`);
    const [example] = metadataProps.filter(({ key }) => later.includes(key));
    model.metadataProps = [
      ...metadataProps.filter(({ key }) => !later.includes(key)),
      { ...example, key: 'batchnorm.validation.outcome', value: 'validated' },
    ];
  });
  assert.equal(outcome, 'validated', reason);
  assert.equal(certified, null);
  assert.deepEqual(broken, []);
});
