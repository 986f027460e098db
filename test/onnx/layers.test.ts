/** Every kind of layer and every way to join them: the engine against the real runtimes, through an exported model. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createInference } from '../../sidecar/engine/inference.ts';
import { buildModel } from '../../sidecar/onnx/build.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { validateModel } from '../../sidecar/onnx/validate.ts';
import { examplesFor, identity } from '../engine/networks.ts';
import { layerSources } from './layer-sources.ts';

const count = 23;

for (const runtime of ['onnxruntime-node', 'onnxruntime-web']) {
  describe(`${runtime} agrees with the engine within 1e-5 of the largest logit`, () => {
    for (const [title, source] of layerSources()) {
      test(title, async () => {
        const { inputs, targets } = examplesFor(source.network, count);
        const infer = await createInference(source.network, source.weights, identity);
        const model = buildModel(source);
        const { validation } = await validateModel(
          {
            ...{ model, inputs, targets, count, loss: source.network.loss },
            expected: infer({ count, inputs }),
            batchSizes: [8, 1, 5],
          },
          { runtimes: [runtime] },
        );
        assert.equal(validation.outcome, 'validated', validation.reason);
        assert.ok(validation.maxRelativeError < 1e-5, `${validation.maxRelativeError}`);
      });
    }
  });
}

test('what was exported is read back, with its weights', () => {
  for (const [title, source] of layerSources()) {
    const read = readModel(buildModel(source), title).source!;
    assert.deepEqual(read.network, source.network, title);
    assert.deepEqual(new Map([...read.weights].sort()), new Map([...source.weights].sort()), title);
  }
});
