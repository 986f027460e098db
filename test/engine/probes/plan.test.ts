import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planProbe } from '../../../sidecar/engine/probes/plan.ts';
import { batchnorm, dense, networkOf } from '../networks.ts';

const rows = (batchSize: number, examples = 10_000) =>
  planProbe(networkOf(4, [dense(3)], { batchSize, probe: 'activations' }), examples, 0)!.plan
    .training.rows;

test('a probe takes a batch, but no fewer than 60 examples, no more than 256, and no more than there are', () => {
  assert.deepEqual(
    [8, 60, 100, 256, 1000].map((size) => rows(size)),
    [60, 60, 100, 256, 256],
  );
  assert.equal(rows(8, 20), 20);
});

test('a network that would take much memory is probed on fewer examples, but for what training takes anyway', () => {
  const layers = Array.from({ length: 20 }, () => ({ kind: 'tanh' }) as const);
  const network = networkOf([32, 48, 48], [batchnorm(), ...layers, dense(2)], {
    ...{ batchSize: 60, probe: 'activations' },
  });
  const small = planProbe(network, 1000, 0)!.plan;
  assert.ok(small.bytes <= 2 ** 28, `${small.bytes} bytes`);
  assert.ok(small.training.rows >= 8 && small.training.rows < 60, `${small.training.rows} rows`);
  assert.equal(planProbe(network, 1000, 2 ** 33)!.plan.training.rows, 60);
});
