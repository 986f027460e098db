import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import type { DataSet } from '../../sidecar/data/types.ts';
import { createInference } from '../../sidecar/engine/inference.ts';
import { score } from '../../sidecar/engine/loss.ts';
import type { Weights } from '../../sidecar/network/types.ts';
import type { Evaluation } from '../../sidecar/protocol/statistics.ts';
import { keepWeights } from '../../sidecar/runs/kept-weights.ts';
import { prepareRun } from '../../sidecar/runs/prepare.ts';
import { Run } from '../../sidecar/runs/run.ts';
import type { VariantRun } from '../../sidecar/runs/variant-run.ts';

describe('which weights are kept', () => {
  const initial: Weights = new Map();

  /** What is kept after evaluations with these losses, one every ten steps, and where patience ended. */
  function follow(
    losses: readonly (number | null)[],
    patience: number | null,
    judge: 'validation' | 'test' = 'test',
  ) {
    const earlyStopping = patience === null ? null : { patience };
    const keeper = keepWeights({ earlyStopping }, judge, initial);
    const weights = losses.map((): Weights => new Map());
    let taken = 0;
    while (taken < losses.length && !keeper.exhausted) {
      const evaluation: Evaluation = {
        step: 10 * (taken + 1),
        testLoss: judge === 'test' ? losses[taken] : 1,
        testAccuracy: 0.5,
        validationLoss: judge === 'test' ? 1 : losses[taken],
        validationAccuracy: 0.5,
      };
      const own = weights[taken];
      keeper.take(evaluation, () => own);
      taken += 1;
    }
    const { step } = keeper.kept;
    const expected = step === 0 ? initial : weights[step / 10 - 1];
    assert.equal(keeper.kept.weights, expected);
    return { step, ended: keeper.exhausted ? 10 * taken : null, keeper };
  }

  test('without early stopping the last with a finite loss', () => {
    const { step, ended, keeper } = follow([1, 2, 3, null], null);
    assert.deepEqual([step, ended], [30, null]);
    assert.equal(keeper.note(40, 40), undefined);
    assert.equal(follow([], null).step, 0);
  });

  for (const judge of ['test', 'validation'] as const) {
    test(`the smallest ${judge} loss, the first of equal ones, until patience ends`, () => {
      assert.deepEqual(ends(follow([5, 4, 4, 3, 3, 9, 2], 2, judge)), [40, 60]);
      assert.deepEqual(ends(follow([5, 6], 1, judge)), [10, 20]);
      assert.deepEqual(ends(follow([5, 6, 4, 6, 3, 6], 2, judge)), [50, null]);
    });
  }

  test('a loss that is not finite is no improvement', () => {
    assert.deepEqual(ends(follow([5, null, null, 1], 2)), [10, 30]);
    assert.deepEqual(ends(follow([null, null], 2)), [0, 20]);
  });

  test('the note says why it ended and what is kept', () => {
    assert.equal(
      follow([0.51234, 0.6, 0.7], 2, 'validation').keeper.note(30, 100),
      'Ended at step 30 of 100: 2 evaluations in a row without a validation loss below that of step 10, 0.512. The weights of step 10 are kept.',
    );
    assert.equal(
      follow([5, 4, 6], 2).keeper.note(30, 30),
      'The weights of step 20 are kept: no later test loss was below that of step 20, 4.00.',
    );
    assert.equal(follow([5, 4], 2).keeper.note(20, 20), undefined);
  });

  function ends({ step, ended }: ReturnType<typeof follow>) {
    return [step, ended];
  }
});

describe('a run with early stopping', () => {
  /** Noisy moons and a network large enough to learn the noise. */
  const overfitting = (validation: number, train: string, batchnorm = 'batchnorm') => `
data: { moons: { examples: 120, noise: 0.5, validation: ${validation} } }
network:
  - dense: 64
  - ${batchnorm}
  - relu
  - dense: 64
  - relu
  - dense: 2
train: { learningRate: 0.5, batchSize: 20, steps: 3000, evaluateEvery: 20, ${train} }
`;

  for (const [judge, validation] of [
    ['validation', 0.2],
    ['test', 0],
  ] as const) {
    test(`ends by the ${judge} loss and keeps the weights of its smallest`, async () => {
      const { variant, testLoss } = await train(
        overfitting(validation, 'earlyStopping: { patience: 4 }'),
      );
      const summary = variant.summary();
      const losses = variant.evaluations.map((each) => each[`${judge}Loss`]!);
      const best = losses.indexOf(Math.min(...losses));
      assert.equal(summary.state, 'finished');
      assert.ok(summary.step < 3000, `ended at ${summary.step}`);
      assert.equal(losses.length - 1 - best, 4);
      assert.equal(variant.trained?.step, 20 * (best + 1));
      assert.equal(summary.testLoss, variant.evaluations[best].testLoss);
      assert.match(summary.note!, new RegExp(`^Ended at step ${summary.step} of 3000: 4 eval`));
      assert.equal(testLoss, summary.testLoss);
    });
  }

  test('that makes all its steps keeps the best weights too', async () => {
    const text = overfitting(0.2, 'earlyStopping: { patience: 1000 }').replace('3000', '600');
    const { variant, testLoss } = await train(text);
    const losses = variant.evaluations.map(({ validationLoss }) => validationLoss!);
    const best = losses.indexOf(Math.min(...losses));
    assert.equal(variant.summary().step, 600);
    assert.equal(losses.length, 30);
    assert.ok(best < 29, `best at ${best}`);
    assert.equal(variant.trained?.step, 20 * (best + 1));
    assert.match(variant.summary().note!, /^The weights of step \d+ are kept: no later validation/);
    assert.equal(testLoss, variant.summary().testLoss);
  });

  test('takes exact statistics with the weights it keeps', async () => {
    const exact = 'batchnorm: { statistics: exact }';
    const { variant, testLoss } = await train(
      overfitting(0.2, 'earlyStopping: { patience: 4 }', exact),
    );
    const { variant: moving } = await train(overfitting(0.2, 'earlyStopping: { patience: 4 }'));
    assert.equal(variant.trained?.step, moving.trained?.step);
    const [own, others] = [variant, moving].map(({ trained }) => trained!.weights);
    assert.deepEqual(own.get('dense3.weight'), others.get('dense3.weight'));
    assert.notDeepEqual(own.get('batchnorm1.running_var'), others.get('batchnorm1.running_var'));
    assert.equal(testLoss, variant.summary().testLoss);
    assert.notEqual(variant.summary().testLoss, moving.summary().testLoss);
  });
});

async function train(text: string): Promise<{ variant: VariantRun; testLoss: number }> {
  const request = { uri: 'test', place: 'test.bn.yaml', text, folder: import.meta.dirname };
  const prepared = await prepareRun(request);
  const clock = () => performance.now();
  const run = new Run({ id: '1', prepared, folder: null, listener: {}, clock });
  await run.train();
  const [variant] = run.variants;
  assert.equal(variant.summary().error, undefined);
  return { variant, testLoss: await lossOf(variant, prepared.data) };
}

/** Test loss of the weights that were kept, computed anew. */
async function lossOf({ prepared: { network }, trained }: VariantRun, data: DataSet) {
  const infer = await createInference(network, trained!.weights, data.normalization);
  const units = network.layers.at(-1)!.output[0];
  return score(network.loss, infer(data.test), units, data.test).loss;
}
