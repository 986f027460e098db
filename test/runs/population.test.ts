/** What difference exact population statistics make, against the engine driven by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparePopulation } from '../../sidecar/runs/population.ts';
import { batchnorm, dense, examplesFor, networkOf } from '../engine/networks.ts';
import { createSession } from '../engine/session.ts';

test('scores the same weights with both statistics and tells how far they are apart', async () => {
  const network = networkOf(5, [dense(11), batchnorm(), { kind: 'tanh' }, dense(3)]);
  const examples = examplesFor(network, 40);
  const { trainer } = await createSession(network, examples);
  for (let step = 0; step < 5; step++) trainer.step();
  const moving = trainer.weights();
  const before = trainer.evaluate(examples);
  trainer.settleStatistics('all');
  const exact = trainer.weights();
  const after = trainer.evaluate(examples);
  assert.notEqual(after.loss, before.loss);

  const found = comparePopulation(trainer, network, examples, moving)!;
  assert.deepEqual(found.moving, before);
  assert.deepEqual(found.exact, after);
  const [{ layer, mean, deviation }] = found.layers;
  const of = (weights: typeof moving, role: string) => [...weights.get(`${layer}.${role}`)!.values];
  const exactDeviation = of(exact, 'running_var').map(Math.sqrt);
  const differences = of(exact, 'running_mean').map(
    (value, unit) => Math.abs(value - of(moving, 'running_mean')[unit]) / exactDeviation[unit],
  );
  const ratios = of(moving, 'running_var').map(
    (value, unit) => Math.sqrt(value) / exactDeviation[unit],
  );
  const furthest = ratios.toSorted((a, b) => Math.abs(Math.log(b)) - Math.abs(Math.log(a)))[0];
  assert.ok(Math.abs(mean - Math.max(...differences)) < 1e-9);
  assert.ok(Math.abs(deviation - furthest) < 1e-9);
});

test('without a batch normalization that trains there is nothing to compare', async () => {
  const frozen = { ...batchnorm(), state: 'freeze-statistics' } as const;
  const network = networkOf(5, [dense(11), frozen, dense(3)]);
  const examples = examplesFor(network, 40);
  const { trainer } = await createSession(network, examples);
  trainer.step();
  assert.equal(comparePopulation(trainer, network, examples, trainer.weights()), null);
});
