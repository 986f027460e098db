/** The one click a finding offers, from the gap to its end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlAction } from '../../sidecar/protocol/control.ts';
import { prepareRun } from '../../sidecar/runs/prepare.ts';
import { Run } from '../../sidecar/runs/run.ts';
import { kinds } from './train.ts';

// It ends when it is stopped; a plan of so many steps does not excuse averages that are slow even for it.
const text = `data: { moons: { examples: 400, noise: 0.1 } }
network: [dense: 16, batchnorm: { momentum: 0.00001 }, relu, dense: 16, batchnorm, relu, dense: 2]
initialization: { gaussian: 3 }
train: { learningRate: 0.2, batchSize: 50, steps: 500000, evaluateEvery: 10 }`;

test('recomputing the statistics closes the gap and ends the finding', async () => {
  const prepared = await prepareRun({
    ...{ uri: 'test', place: 'test.bn.yaml', text, folder: import.meta.dirname },
  });
  const gap = Promise.withResolvers<void>();
  const listener = { found: () => gap.resolve() };
  const run = new Run({ id: '1', prepared, folder: null, listener, clock: () => 0 });
  const control = (action: ControlAction) => run.control({ variant: 'base', action });
  try {
    void run.train();
    await gap.promise;
    await control({ kind: 'pause' });
    const [variant] = run.variants;
    const [finding, ...others] = variant.summary().findings;
    assert.deepEqual([finding.kind, finding.layer, others], ['evaluation-gap', 'batchnorm1', []]);
    const before = variant.probes.at(-1)!;
    await control({ kind: finding.action! });
    const after = variant.probes.at(-1)!;
    assert.deepEqual(kinds(variant.summary().findings), []);
    assert.ok(after.runningLoss! < 1.5 * after.batchLoss!, JSON.stringify(after));
    assert.ok(after.runningLoss! < 0.5 * before.runningLoss!, JSON.stringify(before));
    // The running deviation was the 1 it starts from.
    const [was, is] = [before, after].map(({ gaps }) => gaps[0].deviationMedian);
    assert.ok(was < 0.6 && is > 0.8 && is < 1.25, `${was} before, ${is} after`);
  } finally {
    run.stop();
    await run.ended;
  }
});
