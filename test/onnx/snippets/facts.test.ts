import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildModel } from '../../../sidecar/onnx/build.ts';
import { certifyModel } from '../../../sidecar/onnx/certificate.ts';
import { type ModelFile, readModel } from '../../../sidecar/onnx/read.ts';
import { readFacts } from '../../../sidecar/onnx/snippets/facts.ts';
import { sampleSource, samples, sampleTask } from '../samples.ts';

const source = sampleSource(samples[0]);

async function certified(): Promise<ModelFile> {
  const task = { ...sampleTask(source, 2), model: buildModel(source) };
  const { bytes } = await certifyModel(task, { runtimes: [] });
  return readModel(bytes, 'm.onnx');
}

test('facts are those of the graph and its metadata', async () => {
  const { input, output, labels, featureNames, path, example } = readFacts(
    await certified(),
    'a/m.onnx',
    'm.onnx',
  );
  assert.equal(path, 'a/m.onnx');
  assert.deepEqual(input, { name: 'input', shape: [17] });
  assert.deepEqual(output, { name: 'logits', meaning: 'logits' });
  assert.deepEqual(labels, source.data.classes);
  assert.deepEqual(featureNames, source.featureNames);
  assert.equal(example!.input.length, 17);
});

test('names that are not one for each are left out', async () => {
  const model = await certified();
  const about = { ...source, data: { ...source.data, classes: ['one'] }, featureNames: ['one'] };
  const { labels, featureNames } = readFacts({ ...model, source: about }, 'm', 'm');
  assert.deepEqual([labels, featureNames], [null, null]);
});

test('a model that cannot be run without knowing more is refused with its place', async () => {
  const model = await certified();
  const refuse = (changes: Partial<ModelFile>, message: RegExp) =>
    assert.throws(() => readFacts({ ...model, ...changes }, 'm', 'm.onnx'), {
      name: 'ModelFileError',
      message,
    });
  refuse(
    { source: null, producerName: 'pytorch' },
    /^m\.onnx: expected a model exported by BatchNorm Lab, found one by pytorch/,
  );
  refuse(
    { inputs: [] },
    /^m\.onnx: expected one input of known shape and one output, found 0 and 1/,
  );
  refuse({ inputs: [{ name: 'x', shape: [null, null] }] }, /expected one input of known shape/);
  refuse(
    { inputs: [{ name: 'x', shape: ['batch', 3] }] },
    /^m\.onnx: expected an example of 3 values, found 17/,
  );
  const metadata = { ...model.metadata, 'batchnorm.example': '{"input": [], "output": [1]}' };
  refuse({ metadata }, /^m\.onnx: metadata batchnorm\.example\.input/);
});
