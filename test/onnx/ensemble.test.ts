/** Ensembles through the real onnxruntime, against the mean of each member's softmax in float64. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import type { ModelSource } from '../../sidecar/onnx/build.ts';
import { certifyModel } from '../../sidecar/onnx/certificate.ts';
import { defaultForm } from '../../sidecar/onnx/choices.ts';
import { buildEnsemble, type EnsembleSource } from '../../sidecar/onnx/ensemble.ts';
import { ExportError, ModelFileError } from '../../sidecar/onnx/errors.ts';
import { foldBatchNorm } from '../../sidecar/onnx/fold.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { validateModel } from '../../sidecar/onnx/validate.ts';
import {
  batchnorm,
  classesOf,
  dense,
  dropout,
  evaluate,
  type Sample,
  sampleInputs,
  sampleSource,
  sampleTask,
  sigmoid,
} from './samples.ts';

const sample: Sample = {
  title: 'member',
  input: [6],
  operations: [dense(7, false), batchnorm, sigmoid, dropout, dense(4)],
  normalization: 'feature',
};
const other: Sample = { ...sample, operations: [dense(5), sigmoid, dense(4)] };
const count = 41;

/** Three members of two kinds, weights apart, one normalization. */
const sources: readonly ModelSource[] = [
  sampleSource(sample, 1),
  sampleSource(sample, 2),
  sampleSource(other, 3),
].map((source, _, [{ normalization }]) => ({ ...source, normalization }));

function ensembleOf(members: readonly ModelSource[] = sources): EnsembleSource {
  const [{ normalization, data, featureNames, producerVersion }] = members;
  return {
    members: members.map(({ network, weights }, index) => {
      return { name: `seed-${index}`, network, weights, steps: 100 };
    }),
    normalization,
    data,
    featureNames,
    producerVersion,
    form: defaultForm,
    name: 'net_ensemble',
    metadata: { source: 'data: sample\n' },
  };
}

/** With every member's batch normalizations folded into its weights. */
function foldedEnsemble(): EnsembleSource {
  const source = ensembleOf();
  return {
    ...source,
    members: source.members.map((member) => foldBatchNorm(member, member.steps)),
  };
}

/** `[count, 4]`. */
function meanProbabilities(inputs: Float32Array): Float32Array {
  const members = sources.map((source) => {
    const logits = [...evaluate(source, inputs)];
    return logits.map((logit, index) => {
      const first = 4 * Math.floor(index / 4);
      const sum = logits.slice(first, first + 4).reduce((all, each) => all + Math.exp(each), 0);
      return Math.exp(logit) / sum;
    });
  });
  return Float32Array.from(
    members[0],
    (_, i) => members.reduce((sum, each) => sum + each[i], 0) / 3,
  );
}

describe('an ensemble', () => {
  const forms = { 'as it was trained': ensembleOf(), folded: foldedEnsemble() };
  for (const runtime of ['onnxruntime-node', 'onnxruntime-web']) {
    for (const [form, source] of Object.entries(forms)) {
      test(`${form} in ${runtime} gives the mean of its members’ probabilities within 1e-6`, async () => {
        const inputs = sampleInputs(sources[0], count);
        const expected = meanProbabilities(inputs);
        const { validation } = await validateModel(
          {
            model: buildEnsemble(source),
            inputs,
            count,
            expected,
            targets: classesOf(expected, count),
            loss: 'softmax-cross-entropy',
            batchSizes: [12, 1, 7],
          },
          { runtimes: [runtime] },
        );
        assert.equal(validation.outcome, 'validated', validation.reason);
        assert.ok(validation.maxAbsoluteError < 1e-6, `${validation.maxAbsoluteError}`);
        assert.equal(validation.runtimeAccuracy, 1);
      });
    }
  }

  test('of folded members has no node to normalize left, and reads back with what was folded', () => {
    const source = foldedEnsemble();
    const bytes = buildEnsemble(source);
    const { node } = fromBinary(ModelProtoSchema, bytes).graph!;
    assert.ok(node.every(({ opType }) => opType !== 'BatchNormalization'));
    const read = readModel(bytes, 'model').ensemble!;
    assert.deepEqual(read, source);
    assert.deepEqual(read.members[0].folding!.folded, [
      { batchnorm: 'batchnorm1', into: 'dense1' },
    ]);
  });

  test('says what it is, and reads back as what it was built from', () => {
    const source = ensembleOf();
    const model = readModel(buildEnsemble(source), 'model');
    assert.equal(model.source, null);
    assert.deepEqual(model.ensemble, source);
    assert.deepEqual(
      [...model.inputs, ...model.outputs].map(({ name, shape }) => [name, shape]),
      [
        ['input', ['batch', 6]],
        ['probabilities', ['batch', 4]],
      ],
    );
    const { docString } = fromBinary(ModelProtoSchema, buildEnsemble(source));
    assert.match(docString, /3 networks trained on sample, their class probabilities averaged/);
    const members = JSON.parse(model.metadata['batchnorm.ensemble']);
    assert.deepEqual(
      members.map(({ name }: { name: string }) => name),
      ['seed-0', 'seed-1', 'seed-2'],
    );
    assert.equal(model.metadata['batchnorm.network'], undefined);
  });

  test('is the same bytes each time, and the same ensemble with its certificate', async () => {
    const [first, second] = [buildEnsemble(ensembleOf()), buildEnsemble(ensembleOf())];
    assert.deepEqual(first, second);
    const task = { ...sampleTask(sources[0], 1), model: first };
    const { bytes } = await certifyModel(task, { runtimes: [] });
    assert.deepEqual(readModel(bytes, 'model').ensemble, ensembleOf());
  });

  test('names every tensor and node once', () => {
    const { graph } = fromBinary(ModelProtoSchema, buildEnsemble(ensembleOf()));
    const { node, initializer } = graph!;
    const names = [...initializer.map(({ name }) => name), ...node.flatMap(({ output }) => output)];
    assert.deepEqual([...new Set(names)], names);
    const known = new Set(['input', ...names]);
    for (const { input } of node) for (const name of input) assert.ok(known.has(name), name);
    assert.equal(new Set(node.map(({ name }) => name)).size, node.length);
  });

  test('refuses a single member, another loss, and weights that are not finite', () => {
    const refusal = (members: readonly ModelSource[], message: RegExp) =>
      assert.throws(
        () => buildEnsemble(ensembleOf(members)),
        (error: Error) => error instanceof ExportError && message.test(error.message),
      );
    refusal([sources[0]], /expected at least two members, found 1/);
    const [first, second] = sources;
    const regression = { ...second, network: { ...second.network, loss: 'mse' as const } };
    refusal(
      [first, regression],
      /seed-1: expected a member with loss: softmax-cross-entropy, found mse/,
    );
    const weights = new Map(second.weights);
    weights.set('dense1.weight', { shape: [7, 6], values: new Float32Array(42).fill(Number.NaN) });
    refusal([first, { ...second, weights }], /dense1\.weight, value 0: expected a finite number/);
  });

  test('with members that do not fit each other is refused when it is read', () => {
    const model = fromBinary(ModelProtoSchema, buildEnsemble(ensembleOf()));
    const entry = model.metadataProps.find(({ key }) => key === 'batchnorm.ensemble')!;
    const members = JSON.parse(entry.value);
    members[2].name = 'seed-0';
    entry.value = JSON.stringify(members);
    assert.throws(
      () => readModel(toBinary(ModelProtoSchema, model), 'model'),
      (error: Error) =>
        error instanceof ModelFileError &&
        error.message ===
          'model: metadata batchnorm.ensemble.2: expected a name of its own, found "seed-0" again',
    );
  });
});
