/** Every layer in every kind of opset, and what is made of the output: the engine against onnxruntime. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createInference } from '../../sidecar/engine/inference.ts';
import { buildModel } from '../../sidecar/onnx/build.ts';
import { foldBatchNorm } from '../../sidecar/onnx/fold.ts';
import { RuntimeProcess } from '../../sidecar/onnx/runtime-process.ts';
import { opsets } from '../../sidecar/protocol/onnx.ts';
import { examplesFor } from '../engine/networks.ts';
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
const sources = new Map([
  ...layerSources(),
  ...computed.map((sample) => [sample.title, sampleSource(sample)] as const),
]);

describe('onnxruntime agrees with the engine within 1e-4, folded and not, optimized and not', () => {
  let child: RuntimeProcess;
  before(async () => {
    const entry = new URL('../../sidecar/onnx/runtime-child.ts', import.meta.url).pathname;
    const options = { entry, runtime: 'onnxruntime-node', timeout: 60_000 };
    ({ child } = await RuntimeProcess.start(options));
  });
  after(() => child.close());

  for (const opset of every) {
    test(`opset ${opset}`, async () => {
      for (const [title, source] of sources) {
        const { network, weights, normalization } = source;
        const infer = await createInference(network, weights, normalization);
        const { inputs } = examplesFor(network, count);
        const expected = infer({ count, inputs });
        const form = { ...source.form, opset };
        for (const each of [source, foldBatchNorm(source, 1)]) {
          const model = buildModel({ ...each, form });
          for (const optimization of ['disabled', 'all'] as const) {
            await child.request({ type: 'load', model, optimization }, 'loaded');
            const request = {
              ...{ inputs: Float32Array.from(inputs), shape: network.input, batchSize: 4 },
              outputs: expected.length / count,
            };
            const { logits } = await child.request({ type: 'run', ...request }, 'ran');
            const off = logits.findIndex((value, i) => !(Math.abs(value - expected[i]) <= 1e-4));
            assert.equal(off, -1, `${title}, ${optimization}: ${logits[off]} for ${expected[off]}`);
          }
        }
      }
    });
  }
});
