import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareEngine } from '../../bench/engine.ts';
import { operationsPerStep, perceptron, works } from '../../bench/networks.ts';

for (const work of works) {
  test(`the engine trains work (${work.name}), with and without statistics`, async () => {
    // A small batch is enough here.
    const small = { ...work, batch: 16 };
    for (const statistics of [true, false]) {
      const { trainer } = await prepareEngine(small, { threads: 1, build: 'simd', statistics });
      /** Mean loss of four batches, which are all there are. */
      const epoch = () => {
        let sum = 0;
        for (let step = 0; step < 4; step++) {
          trainer.step();
          sum += trainer.loss;
        }
        return sum / 4;
      };
      const first = epoch();
      for (let passes = 0; passes < 8; passes++) epoch();
      const last = epoch();
      assert.ok(last < first, `loss ${last} after ${first}`);
      trainer.close();
    }
  });
}

test('operations of a step: three products a layer, the first without a gradient of its input', () => {
  const [paper, convolutional] = works;
  assert.equal(
    operationsPerStep(paper),
    2 * 60 * (2 * 784 * 100 + 3 * (100 * 100 + 100 * 100 + 100 * 10)),
  );
  const first = 2 * 28 * 28 * 9 * 16;
  const others = 14 * 14 * 9 * 16 * 32 + 7 * 7 * 9 * 32 * 64 + 3 * 3 * 64 * 10;
  assert.equal(operationsPerStep(convolutional), 2 * 64 * (first + 3 * others));
});

test('operations of branches: each takes what all take, their channels add up', () => {
  const conv = (filters: number) => ({ conv2d: { filters, kernel: 1, padding: 'same' } }) as const;
  const work = {
    ...({ name: '', title: '', input: [2, 3, 3], batch: 1, learningRate: 0.1 } as const),
    network: [
      conv(4),
      { concat: [[conv(3)], [conv(5)]] },
      'global-avgpool',
      ...perceptron([], 'relu'),
    ],
  } as const;
  assert.equal(operationsPerStep(work), 2 * (9 * 2 * 4 * 2 + 3 * (9 * 4 * (3 + 5) + 8 * 10)));
});
