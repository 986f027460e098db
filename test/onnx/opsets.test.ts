/** Every layer in every opset, and in every form that computes in float32: the engine against onnxruntime. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { createInference } from '../../sidecar/engine/inference.ts';
import { buildModel, type ModelSource } from '../../sidecar/onnx/build.ts';
import { foldBatchNorm } from '../../sidecar/onnx/fold.ts';
import { buildGraph } from '../../sidecar/onnx/graph.ts';
import { quantizedTensors } from '../../sidecar/onnx/quantize.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { RuntimeProcess, RuntimeRefusal } from '../../sidecar/onnx/runtime-process.ts';
import { opsets } from '../../sidecar/protocol/onnx.ts';
import { examplesFor } from '../engine/networks.ts';
import { temporaryFolder } from '../temporary.ts';
import { layerSources } from './layer-sources.ts';
import { sampleSource, samples } from './samples.ts';

const count = 7;
const every = Array.from(
  { length: opsets.newest - opsets.oldest + 1 },
  (_, index) => opsets.oldest + index,
);
/** The engine has nothing to compute where all is dropout. */
const computed = samples.filter(({ operations }) =>
  operations.some(({ kind }) => kind !== 'dropout'),
);
const sources: ReadonlyMap<string, ModelSource> = new Map([
  ...layerSources(),
  ...computed.map((sample) => [sample.title, sampleSource(sample)] as const),
]);

describe('onnxruntime agrees with the engine within 1e-4, optimized and not', () => {
  let child: RuntimeProcess;
  before(async () => {
    ({ child } = await RuntimeProcess.start({ runtime: 'onnxruntime-node' }));
  });
  after(() => child.close());

  /** Runs the model both ways; `expected` is `[count, outputs]`. */
  async function agrees(
    model: Uint8Array,
    { network }: ModelSource,
    { inputs, expected, title }: { inputs: Float32Array; expected: Float32Array; title: string },
  ): Promise<void> {
    for (const optimization of ['disabled', 'all'] as const) {
      await child.request({ type: 'load', model, optimization }, 'loaded');
      const outputs = expected.length / count;
      const request = { type: 'run', inputs, shape: network.input, batchSize: 4, outputs } as const;
      const { logits } = await child.request(request, 'ran');
      const off = logits.findIndex((value, i) => !(Math.abs(value - expected[i]) <= 1e-4));
      assert.equal(off, -1, `${title}, ${optimization}: ${logits[off]} for ${expected[off]}`);
    }
  }

  async function computeWith({ network, weights, normalization }: ModelSource) {
    const infer = await createInference(network, weights, normalization);
    const inputs = Float32Array.from(examplesFor(network, count).inputs);
    return { inputs, expected: infer({ count, inputs }) };
  }

  for (const opset of every) {
    test(`opset ${opset}, folded and not`, async () => {
      for (const [title, source] of sources) {
        const numbers = { ...(await computeWith(source)), title };
        const form = { ...source.form, opset };
        await agrees(buildModel({ ...source, form }), source, numbers);
        await agrees(buildModel({ ...foldBatchNorm(source, 1), form }), source, numbers);
      }
    });
  }

  for (const opset of [9, opsets.newest]) {
    test(`weights in float16 at opset ${opset}: those that the file holds`, async () => {
      for (const [title, source] of sources) {
        const model = buildModel({
          ...source,
          form: { ...source.form, opset, precision: 'float16' },
        });
        const held = readModel(model, title).source!;
        await agrees(model, source, { ...(await computeWith(held)), title });
        for (const { name, kind } of source.network.layers) {
          if (kind !== 'dense' && kind !== 'conv2d' && kind !== 'conv1d') continue;
          const { values } = source.weights.get(`${name}.weight`)!;
          const halves = held.weights.get(`${name}.weight`)!.values;
          for (const [index, value] of values.entries()) {
            const step = Math.max(Math.abs(value) * 2 ** -11, 2 ** -25);
            assert.ok(Math.abs(halves[index] - value) <= step, `${title}, ${name}`);
          }
        }
        assert.deepEqual(buildModel(held), model, 'what is read back gives the same bytes');
      }
    });

    test(`probabilities at opset ${opset}: softmax, or sigmoid of one logit`, async () => {
      for (const [title, source] of sources) {
        const { network } = source;
        if (network.loss === 'mse') continue;
        const { inputs, expected: logits } = await computeWith(source);
        const width = logits.length / count;
        const expected = logits.map((logit, index) => {
          const row = logits.subarray(index - (index % width), index - (index % width) + width);
          const others = row.reduce((sum, each) => sum + Math.exp(each - logit), 0);
          return network.loss === 'binary-cross-entropy' ? 1 / (1 + Math.exp(-logit)) : 1 / others;
        });
        const form = { ...source.form, opset, output: 'probabilities' } as const;
        const model = buildModel({ ...source, form });
        assert.equal(readModel(model, title).outputs[0].name, 'probabilities');
        await agrees(model, source, { inputs, expected, title });
      }
    });
  }

  test('a weight beyond float16 stays float32', async () => {
    const source = sampleSource(computed[0]);
    const weights = new Map(source.weights);
    const { shape, values } = weights.get('dense3.weight')!;
    weights.set('dense3.weight', { shape, values: values.with(0, 70_000) });
    const large = { ...source, weights, form: { ...source.form, precision: 'float16' as const } };
    const read = readModel(buildModel(large), 'large').source!;
    assert.deepEqual(read.weights.get('dense3.weight'), weights.get('dense3.weight'));
    assert.notDeepEqual(read.weights.get('dense1.weight'), weights.get('dense1.weight'));
  });

  test('the newest opset is the newest that this runtime takes', async () => {
    const form = { ...sources.get('residual')!.form, opset: opsets.newest };
    const model = buildModel({ ...sources.get('residual')!, form });
    await child.request({ type: 'load', model, optimization: 'all' }, 'loaded');
    const message = fromBinary(ModelProtoSchema, model);
    message.opsetImport[0].version += 1n;
    const newer = toBinary(ModelProtoSchema, message);
    await assert.rejects(
      child.request({ type: 'load', model: newer, optimization: 'all' }, 'loaded'),
      RuntimeRefusal,
    );
  });
});

const python = '/usr/bin/python3';
const version = 'import onnx; print(onnx.defs.onnx_opset_version())';
const checker = spawnSync(python, ['-c', version], { encoding: 'utf8' });

test('the ONNX project’s own checker finds nothing wrong in any opset that it knows', {
  skip: checker.status === 0 ? false : 'needs the Debian package python3-onnx',
}, () => {
  const folder = temporaryFolder('batchnorm');
  const known = every.filter((opset) => opset <= Number(checker.stdout));
  const folded = [...sources.values()].map((source) => foldBatchNorm(source, 1));
  const models = known.flatMap((opset) =>
    folded.flatMap((source) => {
      const form = { ...source.form, opset };
      const range = { min: -1, max: 3 };
      const tensors = quantizedTensors(buildGraph({ ...source, form })).values();
      const ranges = new Map([...tensors].map((tensor) => [tensor, range]));
      return [
        buildModel({ ...source, form }),
        buildModel({ ...source, form: { ...form, precision: 'float16' } }),
        ...(opset < 10
          ? []
          : [buildModel({ ...source, ranges, form: { ...form, precision: 'int8' } })]),
      ];
    }),
  );
  for (const [index, model] of models.entries())
    writeFileSync(join(folder, `${index}.onnx`), model);
  const script = `import onnx, sys
for index in range(int(sys.argv[2])):
    onnx.checker.check_model(onnx.load(f"{sys.argv[1]}/{index}.onnx"), full_check=True)`;
  const words = ['-c', script, folder, String(models.length)];
  const { status, stderr } = spawnSync(python, words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
