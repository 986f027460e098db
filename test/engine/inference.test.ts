import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInference } from '../../sidecar/engine/inference.ts';
import type { Loss } from '../../sidecar/network/types.ts';
import { assertClose } from './close.ts';
import { batchnorm, dense, examplesFor, identity, networkOf } from './networks.ts';
import { inFloat64, layerOutputs, lossOf, rowsOf } from './reference.ts';
import { createSession } from './session.ts';

const layers = [
  ...[dense(13, false), batchnorm(0.3), { kind: 'tanh' } as const],
  ...[{ kind: 'dropout', rate: 0.5 } as const, { kind: 'flatten' } as const, dense(5)],
];

for (const loss of ['softmax-cross-entropy', 'binary-cross-entropy', 'mse'] satisfies Loss[]) {
  test(`${loss}: outputs and evaluation with running statistics, for counts around a batch`, async () => {
    const network = networkOf(11, layers, { loss, batchSize: 9 });
    const { trainer } = await createSession(network, examplesFor(network, 40));
    for (let step = 0; step < 10; step++) trainer.step();
    const values = inFloat64(trainer.weights());
    const infer = await createInference(network, trainer.weights(), identity);

    for (const count of [1, 2, 63, 64, 65, 200]) {
      const examples = examplesFor(network, count, count);
      const inputs = rowsOf(examples.inputs, 11);
      const expected = [...layerOutputs(network, values, inputs, 'inference').values()].at(-1)!;
      const outputs = trainer.infer(examples);
      const flat = expected.flatMap((row) => [...row]);
      assertClose(outputs, flat, { ofLargest: 1e-5 }, `outputs of ${count}`);
      assert.deepEqual(infer(examples), outputs);
      const evaluated = trainer.evaluate(examples);
      const judged = lossOf(loss, expected, examples.targets);
      assertClose([evaluated.loss], [judged], { relative: 1e-5 }, `loss of ${count}`);
      const right = expected.filter(
        (row, i) => row.indexOf(Math.max(...row)) === examples.targets[i],
      ).length;
      assert.equal(evaluated.accuracy, loss === 'mse' ? null : right / count);
    }
  });
}

test('an example’s outputs do not depend on what is beside it', async () => {
  const network = networkOf(11, layers, { batchSize: 9 });
  const examples = examplesFor(network, 70);
  const { trainer } = await createSession(network, examples);
  trainer.step();
  const together = trainer.infer(examples);
  for (const example of [0, 31, 63, 64, 69]) {
    const inputs = examples.inputs.slice(example * 11, (example + 1) * 11);
    const alone = trainer.infer({ count: 1, inputs, targets: new Float32Array(5) });
    assert.deepEqual(alone, together.slice(example * 5, (example + 1) * 5));
  }
});
