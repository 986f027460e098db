/** What an export is certified with, from the real runtimes, and how it travels in the model. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { createInference } from '../../sidecar/engine/inference.ts';
import { initialWeights } from '../../sidecar/engine/initialize.ts';
import { buildModel, type ModelSource } from '../../sidecar/onnx/build.ts';
import { certifyModel, examineModel } from '../../sidecar/onnx/certificate.ts';
import { buildEnsemble } from '../../sidecar/onnx/ensemble.ts';
import { foldBatchNorm } from '../../sidecar/onnx/fold.ts';
import { readLater } from '../../sidecar/onnx/metadata.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { batchnorm as averaging, conv, identity, networkOf } from '../engine/networks.ts';
import { temporaryFolder } from '../temporary.ts';
import { randomWeights } from './layer-sources.ts';
import {
  batchnorm,
  dense,
  type Sample,
  sampleInputs,
  sampleSource,
  samples,
  sampleTask,
} from './samples.ts';

const count = 41;
const node = { runtimes: ['onnxruntime-node'], speedBudget: 0 };
const web = { runtimes: ['onnxruntime-web'], speedBudget: 0 };
const hashes = { sourceSha256: 'a'.repeat(64), dataSha256: 'b'.repeat(64) };

/** One batch normalization that the runtime folds, one that it cannot since an activation stands before it. */
const both: Sample = {
  title: 'both',
  input: [6],
  operations: [dense(5, false), batchnorm, { kind: 'relu' }, batchnorm, { kind: 'tanh' }, dense(3)],
};

function sourceOf(sample: Sample): ModelSource {
  const source = sampleSource(sample);
  return { ...source, metadata: { ...source.metadata, ...hashes } };
}

function taskFor(sample: Sample) {
  const source = sourceOf(sample);
  return { ...sampleTask(source, count), model: buildModel(source) };
}

/** With its entries changed by hand. */
function changeMetadata(
  model: Uint8Array,
  change: (entries: Map<string, string>) => void,
): Uint8Array {
  const message = fromBinary(ModelProtoSchema, model);
  const entries = new Map(message.metadataProps.map(({ key, value }) => [key, value]));
  change(entries);
  message.metadataProps = message.metadataProps
    .filter(({ key }) => entries.has(key))
    .map((entry) => ({ ...entry, value: entries.get(entry.key)! }));
  return toBinary(ModelProtoSchema, message);
}

/** Runs with another folder for temporary files. */
async function withTemporary<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

const certificateOf = (model: Uint8Array) =>
  readLater(readModel(model, 'm.onnx').metadata, 'certificate', 'm.onnx');

describe('a certificate', () => {
  test('holds the figures of each batch size at either optimization level', async () => {
    const task = taskFor(both);
    const { certificate } = await certifyModel(task, node);
    const { validation, passes } = certificate;
    assert.equal(validation.outcome, 'validated', validation.reason);
    assert.deepEqual(
      passes.map(({ batchSize, optimization, examples }) => [batchSize, optimization, examples]),
      ['disabled', 'all'].flatMap((level) => [12, 1, 7].map((size) => [size, level, count])),
    );
    const largest = (key: 'maxAbsoluteError' | 'maxRelativeError') =>
      Math.max(...passes.map((pass) => pass[key]));
    assert.ok(validation.maxAbsoluteError > 0);
    assert.equal(validation.maxAbsoluteError, largest('maxAbsoluteError'));
    assert.equal(validation.maxRelativeError, largest('maxRelativeError'));
    assert.ok(passes.every((pass) => pass.classAgreement === 1 && pass.runtimeAccuracy === 1));
    assert.equal(certificate.trainedAccuracy, 1);
  });

  test('a pass has its own errors and its own accuracy', async () => {
    const task = taskFor(both);
    // The examples from 20 on are beyond the first, and the last target is another class.
    const expected = task.expected.map((value, index) => (index === 60 ? value + 5e-5 : value));
    const targets = Int32Array.from(task.targets);
    targets[40] = (targets[40] + 1) % 3;
    const { passes } = (await certifyModel({ ...task, expected, targets }, node)).certificate;
    for (const pass of passes) {
      assert.ok(Math.abs(pass.maxAbsoluteError - 5e-5) < 2e-6, `${pass.maxAbsoluteError}`);
      assert.equal(pass.runtimeAccuracy, 40 / 41);
    }
  });

  test('tells which batch normalizations the runtime folds, by what it makes of the model', async () => {
    const { certificate } = await certifyModel(taskFor(both), node);
    assert.deepEqual(certificate.batchNorms, [
      { name: 'batchnorm1', fate: 'folded-by-runtime' },
      { name: 'batchnorm2', fate: 'computed' },
    ]);
    const unknown = await certifyModel(taskFor(both), web);
    assert.match(unknown.certificate.validation.runtime, /^onnxruntime-web/);
    assert.deepEqual(
      unknown.certificate.batchNorms.map(({ fate }) => fate),
      ['unknown', 'unknown'],
    );
  });

  test('a normalization of images that is not folded counts as computed, though the highest level would turn it into a convolution', async () => {
    const wide = { padding: { top: 1, bottom: 1, left: 1, right: 1 } };
    const network = networkOf(
      [16, 6, 6],
      [conv(16, [3, 3], wide), { kind: 'relu' }, averaging(), conv(16, [3, 3], wide), dense(3)],
      { loss: 'softmax-cross-entropy' },
    );
    const source = { ...sourceOf(both), network, weights: randomWeights(initialWeights(network)) };
    const inputs = sampleInputs(source, 5).map((value) => value / 255);
    const infer = await createInference(network, source.weights, identity);
    const task = {
      ...{ inputs, count: 5, expected: infer({ count: 5, inputs }), loss: network.loss },
      ...{ targets: new Int32Array(5), batchSizes: [5] },
      model: buildModel({ ...source, normalization: identity, featureNames: null }),
    };
    const { certificate } = await certifyModel(task, node);
    assert.equal(certificate.validation.outcome, 'validated', certificate.validation.reason);
    assert.deepEqual(certificate.batchNorms, [{ name: 'batchnorm1', fate: 'computed' }]);
  });

  test('leaves nothing in the folder for temporary files', async () => {
    const folder = temporaryFolder('batchnorm-certificate');
    const { certificate } = await withTemporary(folder, () => certifyModel(taskFor(both), node));
    assert.equal(certificate.batchNorms[1].fate, 'computed');
    // Neither ours nor those of the runtime's telemetry, which is off.
    assert.deepEqual(readdirSync(folder), []);
  });

  test('does without temporary files where there is no place for them', async () => {
    const missing = join(temporaryFolder('batchnorm-certificate'), 'missing');
    const { certificate } = await withTemporary(missing, () => certifyModel(taskFor(both), node));
    assert.equal(certificate.validation.outcome, 'validated', certificate.validation.reason);
    assert.equal(certificate.batchNorms[1].fate, 'unknown');
  });

  test('measures speed in the batches that the model was trained in', async () => {
    const { speed } = (await certifyModel({ ...taskFor(both), trainingBatch: 8 }, node))
      .certificate;
    assert.equal(speed!.batchSize, 8);
    assert.ok(speed!.latency > 0 && speed!.throughput > 0);
    const large = await certifyModel({ ...taskFor(both), trainingBatch: 500 }, node);
    assert.equal(large.certificate.speed!.batchSize, count);
  });

  test('certifies that folding changed nothing, and fails where it did', async () => {
    const source = sourceOf(both);
    const folded = foldBatchNorm(source, 1);
    const task = { ...sampleTask(source, count), model: buildModel(folded) };
    const { certificate } = await certifyModel({ ...task, unfolded: buildModel(source) }, node);
    assert.equal(certificate.validation.outcome, 'validated', certificate.validation.reason);
    assert.deepEqual(certificate.batchNorms, [
      { name: 'batchnorm1', fate: 'folded-at-export' },
      { name: 'batchnorm2', fate: 'computed' },
    ]);
    const { maxAbsoluteError, tolerance } = certificate.folding!;
    assert.ok(maxAbsoluteError > 0 && maxAbsoluteError < 1e-5, `${maxAbsoluteError}`);
    assert.equal(tolerance, 1e-4);

    const weights = new Map(source.weights);
    const { shape, values } = weights.get('dense2.bias')!;
    weights.set('dense2.bias', { shape, values: values.map((value) => value + 0.25) });
    const other = buildModel({ ...source, weights });
    const { validation, folding } = (await certifyModel({ ...task, unfolded: other }, node))
      .certificate;
    assert.equal(validation.outcome, 'failed');
    assert.match(
      validation.reason!,
      /^folding: expected the unfolded model's outputs within 0.0001, found a difference of 0\.2[45]/,
    );
    assert.ok(Math.abs(folding!.maxAbsoluteError - 0.25) < 1e-5);
  });

  test('names the layers of an ensemble by member', async () => {
    const source = sourceOf(both);
    const { network, weights, normalization, data, featureNames, metadata, form } = source;
    const member = { network, weights, steps: 1 };
    const ensemble = {
      ...{ normalization, data, featureNames, metadata, form, name: 'e', producerVersion: '1' },
      members: [
        { ...member, name: 'a' },
        { ...foldBatchNorm(member, 1), name: 'b' },
      ],
    };
    const task = { ...sampleTask(source, count), model: buildEnsemble(ensemble) };
    const { batchNorms } = (await certifyModel(task, node)).certificate;
    assert.deepEqual(
      batchNorms.map(({ name, fate }) => [name, fate]),
      [
        ['a/batchnorm1', 'folded-by-runtime'],
        ['a/batchnorm2', 'computed'],
        ['b/batchnorm1', 'folded-at-export'],
        ['b/batchnorm2', 'computed'],
      ],
    );
  });

  test('keeps the order of the network where several went into one layer', async () => {
    const sample = {
      ...both,
      operations: [batchnorm, dense(4, false), batchnorm, batchnorm, dense(2)],
    };
    const folded = foldBatchNorm(sourceOf(sample), 1);
    const task = { ...sampleTask(folded, count), model: buildModel(folded) };
    const { batchNorms } = (await certifyModel(task, node)).certificate;
    assert.deepEqual(
      batchNorms.map(({ name, fate }) => [name, fate]),
      [
        ['batchnorm1', 'computed'],
        ['batchnorm2', 'folded-at-export'],
        ['batchnorm3', 'folded-at-export'],
      ],
    );
  });

  test('without a runtime says so, and knows what needs none', async () => {
    const { certificate } = await certifyModel(taskFor(both), { runtimes: [] });
    assert.equal(certificate.validation.outcome, 'not-validated');
    assert.deepEqual(certificate.passes, []);
    assert.equal(certificate.speed, null);
    assert.equal(certificate.batchNorms[0].fate, 'unknown');
    assert.match(certificate.modelSha256, /^[0-9a-f]{64}$/);
  });
});

describe('in the model', () => {
  test('the certificate is what was returned, of the model without it', async () => {
    const { bytes, certificate } = await certifyModel(taskFor(both), node);
    assert.deepEqual(certificateOf(bytes), certificate);
    const bare = changeMetadata(bytes, (entries) => entries.delete('batchnorm.certificate'));
    assert.equal(certificate.bytes, bare.length);
    assert.equal(certificate.modelSha256, createHash('sha256').update(bare).digest('hex'));
    assert.equal(certificate.sourceSha256, hashes.sourceSha256);
    assert.equal(certificate.dataSha256, hashes.dataSha256);
    assert.equal(certificateOf(bare), null);
  });

  test('its keys are sorted, and certifying again changes no byte but those of speed', async () => {
    const still = { ...node, runtimes: [] };
    const { bytes } = await certifyModel(taskFor(both), still);
    const again = await certifyModel({ ...taskFor(both), model: bytes }, still);
    assert.deepEqual(again.bytes, bytes);
    const text = readModel(bytes, 'm').metadata['batchnorm.certificate'];
    const keys = Object.keys(JSON.parse(text));
    assert.deepEqual(keys, keys.toSorted());
  });

  test('the SHA-256 is of the weights and of all else that the model says', async () => {
    const task = taskFor(both);
    const { bytes, certificate } = await certifyModel(task, { runtimes: [] });
    const shaOf = async (model: Uint8Array) =>
      (await examineModel({ ...task, model }, { runtimes: [] })).modelSha256;
    assert.equal(await shaOf(bytes), certificate.modelSha256);
    const message = fromBinary(ModelProtoSchema, bytes);
    message.graph!.initializer[0].rawData[0] ^= 1;
    assert.notEqual(await shaOf(toBinary(ModelProtoSchema, message)), certificate.modelSha256);
    const relabelled = changeMetadata(bytes, (entries) => {
      entries.set('batchnorm.classLabels', '["c","b","a"]');
    });
    assert.notEqual(await shaOf(relabelled), certificate.modelSha256);
  });

  test('the first example lies with what the engine makes of it, to the last bit', async () => {
    for (const sample of samples) {
      const task = taskFor(sample);
      const { bytes } = await certifyModel(task, { runtimes: [] });
      const example = readLater(readModel(bytes, 'm').metadata, 'example', 'm')!;
      const { inputs, expected } = task;
      assert.deepEqual(Float32Array.from(example.input), inputs.slice(0, inputs.length / count));
      assert.deepEqual(
        Float32Array.from(example.output),
        expected.slice(0, expected.length / count),
      );
    }
  });

  test('a large example is left out', async () => {
    const large: Sample = { title: 'large', input: [3, 100, 100], operations: [dense(2)] };
    const { bytes } = await certifyModel(taskFor(large), { runtimes: [] });
    assert.equal(readLater(readModel(bytes, 'm').metadata, 'example', 'm'), null);
  });

  test('a certificate that somebody has broken is refused with its place, and the model is still read', async () => {
    const { bytes, certificate } = await certifyModel(taskFor(both), { runtimes: [] });
    const broken = [
      ['no JSON', /m\.onnx: expected JSON in metadata batchnorm\.certificate/],
      ['null', /m\.onnx: metadata batchnorm\.certificate: /],
      [
        JSON.stringify({ ...certificate, bytes: '12' }),
        /m\.onnx: metadata batchnorm\.certificate\.bytes: /,
      ],
      [
        JSON.stringify({ ...certificate, modelSha256: '<script>' }),
        /batchnorm\.certificate\.modelSha256: expected a SHA-256/,
      ],
      [
        JSON.stringify({ ...certificate, trainedAccuracy: 1.5 }),
        /batchnorm\.certificate\.trainedAccuracy: /,
      ],
      [`{"__proto__": {"validation": 1}, ${JSON.stringify(certificate).slice(1)}`, /certificate/],
    ] as const;
    for (const [text, message] of broken) {
      const model = changeMetadata(bytes, (entries) => entries.set('batchnorm.certificate', text));
      assert.throws(() => certificateOf(model), { name: 'ModelFileError', message }, text);
      assert.ok(readModel(model, 'm.onnx').source !== null);
    }
  });
});
