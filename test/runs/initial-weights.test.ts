/** Going on from exported models: the weights, the running statistics and what is refused. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { before, describe, test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { createInference } from '../../sidecar/engine/inference.ts';
import { score } from '../../sidecar/engine/loss.ts';
import type { ExportChoices } from '../../sidecar/protocol/onnx.ts';
import { exportEnsemble } from '../../sidecar/runs/export-ensemble.ts';
import { exportModel, savedVariant, trainedVariant } from '../../sidecar/runs/export-run.ts';
import { readInitialWeights } from '../../sidecar/runs/initial-weights.ts';
import { prepareRun, type RunRequest } from '../../sidecar/runs/prepare.ts';
import { Run } from '../../sidecar/runs/run.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder('batchnorm-init');
const cli = join(import.meta.dirname, '../../sidecar/cli.ts');
const file = join(folder, 'moons.bn.yaml');
const text = `
data: { moons: { examples: 200, noise: 0.2 } }
network:
  - dense: 8
  - batchnorm
  - tanh
  - dense: 2
train: { learningRate: 0.3, batchSize: 16, steps: 80 }
variants:
  without: { remove: batchnorm }
`;
const request: RunRequest = { uri: file, place: 'moons.bn.yaml', text, folder };
writeFileSync(file, text);

describe('a run that goes on from an exported model', () => {
  let run: Run;

  before(async () => {
    const prepared = await prepareRun({ ...request, variants: ['base', 'without'] });
    const clock = () => performance.now();
    run = new Run({ id: '1', prepared, folder: join(folder, 'run'), listener: {}, clock });
    await run.train();
  });

  async function exported(name: string, choices: Partial<ExportChoices> = {}): Promise<string> {
    const to = join(folder, name);
    const { path } = await exportModel(trainedVariant(run, 'base'), to, { choices });
    return path;
  }

  /** Test accuracy of the weights that a run would begin with, by running statistics. */
  async function startsWith(path: string, variant = 'base'): Promise<number | null> {
    const init = await readInitialWeights(path);
    const { data, variants } = await prepareRun({ ...request, variants: [variant], init });
    const [{ network, initial }] = variants;
    const infer = await createInference(network, initial, data.normalization);
    return score(network.loss, infer(data.test), 2, data.test).accuracy;
  }

  const reached = () => run.find('base')!.summary().testAccuracy;

  test('begins with the same values, running statistics included', async () => {
    const { weights } = await readInitialWeights(await exported('plain.onnx'));
    assert.deepEqual(weights, run.find('base')!.trained!.weights);
    assert.notDeepEqual(weights.get('batchnorm1.running_mean')!.values, new Float32Array(8));
    assert.equal(await startsWith(join(folder, 'plain.onnx')), reached());
  });

  test('on the command line it ends a first step from there', async () => {
    const model = await exported('line.onnx', { output: 'probabilities', opset: 17 });
    const out = join(folder, 'continued');
    const words = ['train', file, '--init', model, '--steps', '1', '--out', out];
    const { status, stderr } = spawnSync(process.execPath, [cli, ...words], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const began = readFileSync(join(out, 'initial.safetensors'));
    assert.ok(began.equals(readFileSync(join(folder, 'run/base/weights.safetensors'))));
    const { step, weights } = await savedVariant(out);
    assert.equal(step, 1);
    assert.notDeepEqual(weights, run.find('base')!.trained!.weights);
  });

  test('takes float16 as it was rounded', async () => {
    const path = await exported('half.onnx', { precision: 'float16' });
    const { weights } = await readInitialWeights(path);
    for (const [name, { values }] of run.find('base')!.trained!.weights) {
      values.forEach((value, i) => {
        assert.ok(
          Math.abs(weights.get(name)!.values[i] - value) <= Math.abs(value) / 2048 + 1e-7,
          name,
        );
      });
    }
    assert.ok(Math.abs((await startsWith(path))! - reached()!) < 0.05);
  });

  test('takes folded weights into the network without batch normalization, and no other', async () => {
    const path = await exported('folded.onnx', { fold: true });
    assert.equal(await startsWith(path, 'without'), reached());
    await assert.rejects(
      startsWith(path),
      /folded\.onnx: expected the values of batchnorm1, found it folded into dense1\. Export the run again without folding/,
    );
  });

  test('refuses int8, an ensemble, a model of somebody else and what is no model', async () => {
    await assert.rejects(
      readInitialWeights(await exported('int8.onnx', { precision: 'int8' })),
      /int8\.onnx: expected weights as float32 or float16, found int8/,
    );
    const ensemble = join(folder, 'ensemble.onnx');
    await exportEnsemble(
      ['base', 'without'].map((name) => trainedVariant(run, name)),
      ensemble,
    );
    await assert.rejects(
      readInitialWeights(ensemble),
      /expected a model of one network, found an ensemble of base, without\. Export one of them/,
    );
    const foreign = join(folder, 'foreign.onnx');
    const model = create(ModelProtoSchema, { producerName: 'elsewhere', graph: { name: 'g' } });
    writeFileSync(foreign, toBinary(ModelProtoSchema, model));
    await assert.rejects(
      readInitialWeights(foreign),
      /expected a model exported by BatchNorm Lab, .* found one by elsewhere/,
    );
    writeFileSync(foreign, 'no model');
    await assert.rejects(
      readInitialWeights(foreign),
      /foreign\.onnx: expected an ONNX model, found text/,
    );
    await assert.rejects(
      readInitialWeights(join(folder, 'none.onnx')),
      /expected an ONNX file that can be read/,
    );
  });

  test('refuses a model of other layers by the tensor that is missing', async () => {
    const init = await readInitialWeights(await exported('other.onnx'));
    const wider = request.text.replace('dense: 8', 'dense: 9');
    await assert.rejects(
      prepareRun({ ...request, text: wider, init }),
      /other\.onnx: "dense1\.weight": expected shape \[9,2\], found \[8,2\]/,
    );
  });
});
