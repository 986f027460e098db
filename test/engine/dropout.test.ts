import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose } from './close.ts';
import { conv, dense, examplesFor, networkOf } from './networks.ts';
import { createSession } from './session.ts';

test('dropout of nothing changes nothing, at every location of an image', async () => {
  const weights = await Promise.all(
    [[], [{ kind: 'dropout', rate: 1e-12 } as const]].map(async (dropout) => {
      const operations = [conv(9, [2, 2]), { kind: 'tanh' } as const, ...dropout, dense(3)];
      const network = networkOf([2, 6, 5], operations, { batchSize: 7 });
      const { trainer } = await createSession(network, examplesFor(network, 40));
      for (let step = 0; step < 5; step++) trainer.step();
      return trainer.weights();
    }),
  );
  for (const [name, { values }] of weights[0]) {
    assertClose(weights[1].get(name)!.values, values, { ofLargest: 1e-6 }, name);
  }
  assert.ok(weights[0].size > 3);
});
