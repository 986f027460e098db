/** Through the real onnxruntime-node and onnxruntime-web, against a float64 evaluation of the same networks. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { buildModel } from '../../sidecar/onnx/build.ts';
import { type ValidationTask, validateModel } from '../../sidecar/onnx/validate.ts';
import { temporaryFolder } from '../temporary.ts';
import { sampleInputs, sampleSource, samples, sampleTask } from './samples.ts';

const count = 41;
const childEntry = join(import.meta.dirname, 'faulty-child.ts');

function taskFor(title: string): ValidationTask {
  const source = sampleSource(samples.find((sample) => sample.title.startsWith(title))!);
  return { ...sampleTask(source, count), model: buildModel(source) };
}

const small = () => taskFor('one logit');

/** The task with its model changed by hand. */
function change(task: ValidationTask, edit: (model: ModelProto) => void): ValidationTask {
  const model = fromBinary(ModelProtoSchema, task.model as Uint8Array);
  edit(model);
  return { ...task, model: toBinary(ModelProtoSchema, model) };
}

for (const runtime of ['onnxruntime-node', 'onnxruntime-web']) {
  describe(`${runtime} agrees with a float64 evaluation within 1e-5`, () => {
    for (const { title } of samples) {
      test(title, async () => {
        const task = taskFor(title);
        const { validation } = await validateModel(task, { runtimes: [runtime] });
        assert.equal(validation.outcome, 'validated', validation.reason);
        assert.equal(validation.reason, undefined);
        assert.match(validation.runtime, new RegExp(`^${runtime} \\d+\\.\\d+\\.\\d+$`));
        assert.equal(validation.examples, count);
        assert.deepEqual(validation.batchSizes, [12, 1, 7]);
        const scale = task.loss === 'mse' ? validation.tolerance / 1e-4 : 1;
        assert.ok(validation.maxAbsoluteError < 1e-5 * scale, `${validation.maxAbsoluteError}`);
        assert.ok(validation.maxRelativeError < 1e-4, `${validation.maxRelativeError}`);
        const regression = task.loss === 'mse';
        assert.equal(validation.classAgreement, regression ? null : 1);
        assert.equal(validation.engineAccuracy, regression ? null : 1);
        assert.equal(validation.runtimeAccuracy, regression ? null : 1);
      });
    }

    test('normalizes the input bit for bit like float32 arithmetic', async () => {
      const mean = Float32Array.of(33.318421);
      const deviation = Float32Array.of(78.567489);
      const source = sampleSource(samples.find(({ title }) => title === 'nothing but dropout')!);
      const inputs = sampleInputs(source, count);
      const model = buildModel({ ...source, normalization: { mean, deviation } });
      const expected = inputs.map((value) => Math.fround(value - mean[0]) / deviation[0]);
      const task = { ...taskFor('nothing but dropout'), model, inputs, expected };
      const { validation } = await validateModel(task, { runtimes: [runtime] });
      assert.equal(validation.maxAbsoluteError, 0);
    });

    test('says which example, output and pass disagree', async () => {
      const task = small();
      const expected = task.expected.slice();
      expected[17] += 2e-3;
      const { validation } = await validateModel({ ...task, expected }, { runtimes: [runtime] });
      assert.equal(validation.outcome, 'failed');
      assert.match(
        validation.reason!,
        /^example 17, output 0, batch 12, optimizations disabled: expected the engine's .* within 0.0001, found/,
      );
      assert.ok(Math.abs(validation.maxAbsoluteError - 2e-3) < 1e-5);
    });

    test('finds a weight that is NaN', async () => {
      const task = change(small(), ({ graph }) => {
        const mean = graph!.initializer.find(({ name }) => name === 'batchnorm1.running_mean')!;
        mean.rawData.set([0, 0, 0xc0, 0x7f]);
      });
      const { validation } = await validateModel(task, { runtimes: [runtime] });
      assert.equal(validation.outcome, 'failed');
      assert.match(validation.reason!, /^example 0, output 0, batch 12.* found NaN$/);
    });

    test('tells what the runtime says of an operator it does not know', async () => {
      const task = change(small(), ({ graph }) => {
        graph!.node[2].opType = 'BatchFestivity';
      });
      const { validation } = await validateModel(task, { runtimes: [runtime] });
      assert.equal(validation.outcome, 'failed');
      assert.match(validation.reason!, /BatchFestivity/);
      assert.match(validation.runtime, new RegExp(runtime));
    });

    test('tells when there are more outputs an example than the engine has', async () => {
      const task = small();
      const twice = Float32Array.from([...task.expected, ...task.expected]);
      const { validation } = await validateModel(
        { ...task, expected: twice },
        { runtimes: [runtime] },
      );
      assert.equal(validation.outcome, 'failed');
      assert.match(
        validation.reason!,
        /^batch 12, optimizations disabled: output logits: expected shape \[12, 2\], found \[12, 1\]$/,
      );
    });
  });
}

describe('validating', () => {
  test('takes bytes from shared memory, as a data set holds them', async () => {
    const task = taskFor('images straight');
    const inputs = new Uint8Array(new SharedArrayBuffer(task.inputs.length));
    inputs.set(task.inputs);
    assert.equal((await validateModel({ ...task, inputs })).validation.outcome, 'validated');
  });

  test('takes the path of a model', async () => {
    const folder = temporaryFolder('batchnorm');
    const task = small();
    const path = join(folder, 'model.onnx');
    await writeFile(path, task.model);
    assert.equal((await validateModel({ ...task, model: path })).validation.outcome, 'validated');
  });

  test('runs a set smaller than the batch as one batch', async () => {
    const { validation } = await validateModel({ ...small(), batchSizes: [64, 50, 1] });
    assert.equal(validation.outcome, 'validated', validation.reason);
    assert.deepEqual(validation.batchSizes, [41, 1]);
  });

  test('reports a model that is none as failed', async () => {
    const model = new TextEncoder().encode('not a model');
    const { validation } = await validateModel({ ...small(), model });
    assert.equal(validation.outcome, 'failed');
    assert.match(validation.reason!, /^model: expected an ONNX model/);
  });

  test('names the input whose shape does not fit', async () => {
    const task = small();
    const inputs = Float32Array.from([...task.inputs, ...task.inputs]);
    const { validation } = await validateModel({ ...task, inputs });
    assert.equal(validation.outcome, 'failed');
    assert.equal(
      validation.reason,
      'input input: expected 4 values an example, found shape [batch, 2]',
    );
  });

  test('names the outputs of a graph that has two', async () => {
    const task = change(small(), ({ graph }) => {
      graph!.output.push({ ...graph!.output[0], name: 'relu1.output' });
    });
    const { validation } = await validateModel(task);
    assert.equal(validation.outcome, 'failed');
    assert.match(validation.reason!, /expected one input and one output.*logits, relu1.output/);
  });

  test('gives way to the next runtime when one crashes, and says so', async () => {
    const runtimes = ['crashing', 'onnxruntime-web'];
    const { validation } = await validateModel(small(), { childEntry, runtimes });
    assert.equal(validation.outcome, 'validated');
    assert.match(validation.runtime, /^onnxruntime-web/);
    assert.equal(validation.reason, 'crashing ended with signal SIGSEGV');
  });

  test('is not validated when no runtime can run, and says why for each', async () => {
    const runtimes = ['crashing', 'exiting', 'missing'];
    const { validation } = await validateModel(small(), { childEntry, runtimes });
    assert.equal(validation.outcome, 'not-validated');
    assert.equal(validation.runtime, 'none');
    assert.equal(validation.examples, 0);
    assert.equal(
      validation.reason,
      'crashing ended with signal SIGSEGV; exiting ended with exit code 3 (cannot find the native library); missing could not be loaded: no such package',
    );
  });

  test('gives up on a runtime that does not answer', async () => {
    const tools = { childEntry, runtimes: ['silent'], timeout: 500 };
    const { validation } = await validateModel(small(), tools);
    assert.equal(validation.outcome, 'not-validated');
    assert.equal(validation.reason, 'silent gave no answer for 0.5 s');
  });

  test('rejects with the reason of an abort and asks no further runtime', async () => {
    const abort = new AbortController();
    const reason = new Error('the user said stop');
    const task = { ...small(), signal: abort.signal };
    const running = validateModel(task, { childEntry, runtimes: ['silent', 'onnxruntime-node'] });
    setImmediate(() => abort.abort(reason));
    await assert.rejects(running, reason);
    await assert.rejects(validateModel(task), reason);
  });

  test('refuses a task that makes no sense', async () => {
    await assert.rejects(validateModel({ ...small(), count: 40 }), /for 40 examples/);
    await assert.rejects(validateModel({ ...small(), batchSizes: [0] }), /batch sizes/);
  });
});
