/** What a person changes about a run while it is on: real threads, small networks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { afterEach, describe, test } from 'node:test';
import { jsonReporter } from '../../sidecar/commands/report-json.ts';
import { createBatchEvaluation } from '../../sidecar/engine/batch-evaluation.ts';
import { createInference } from '../../sidecar/engine/inference.ts';
import { score } from '../../sidecar/engine/loss.ts';
import type { Examples, Weights } from '../../sidecar/network/types.ts';
import type { ControlAction, ControlEvent } from '../../sidecar/protocol/control.ts';
import { FrameCursor } from '../../sidecar/runs/frames.ts';
import { prepareRun } from '../../sidecar/runs/prepare.ts';
import { Run, type RunListener, type RunOptions } from '../../sidecar/runs/run.ts';
import { temporaryFolder } from '../temporary.ts';

/** Sigmoids as in section 4.1 of the paper, small; it ends only when it is stopped. */
const endless = `
data: { moons: { examples: 400 } }
network:
  - dense: 16
  - batchnorm
  - sigmoid
  - dense: 12
  - batchnorm
  - sigmoid
  - dense: 2
train: { learningRate: 0.5, batchSize: 20, steps: 900000000, evaluateEvery: 10 }
variants:
  without-batchnorm: { remove: batchnorm }
`;
const steps = (count: number) => endless.replace('900000000', String(count));

const pause = { kind: 'pause' } as const;
const goOn = { kind: 'continue' } as const;
const step = { kind: 'step' } as const;
const recompute = { kind: 'recompute-statistics' } as const;
const evaluateBy = (use: 'batch' | 'running') => ({ kind: 'evaluation-statistics', use }) as const;
const scale = (layer: string, factor: number) =>
  ({ kind: 'scale-weights', layer, factor }) as const;

const begun: Run[] = [];

// A test that fails would leave a thread that waits for ever.
afterEach(async () => {
  for (const run of begun.splice(0)) {
    run.stop();
    await run.ended;
  }
});

/** A run whose variants wait before their first step, so that a test knows at which step it is. */
async function begin(
  text: string,
  variants: readonly string[] = ['base'],
  options: Partial<RunOptions> = {},
) {
  const prepared = await prepareRun({
    ...{ uri: 'test', place: 'test.bn.yaml', text, folder: import.meta.dirname, variants },
  });
  // A clock that stands: what a test says of time it says itself.
  const run = new Run({
    ...{ id: '1', prepared, folder: null, listener: {}, clock: () => 0 },
    ...options,
  });
  begun.push(run);
  await run.control({ variant: null, action: pause });
  void run.train();
  const [first] = run.variants;
  return {
    run,
    first,
    data: prepared.data,
    act: async (action: ControlAction): Promise<ControlEvent> =>
      (await run.control({ variant: first.name, action }))[0],
    async makeSteps(count: number) {
      for (let made = 0; made < count; made++)
        await run.control({ variant: first.name, action: step });
    },
    async stop() {
      run.stop();
      await run.ended;
      return first.trained!.weights;
    },
  };
}

/** The weights of a run of so many steps with nothing changed on the way. */
async function straight(count: number): Promise<Weights> {
  const { run, first, act } = await begin(steps(count));
  await act(goOn);
  await run.ended;
  return first.trained!.weights;
}

describe('pausing', () => {
  test('a paused run makes one step when told, and the same bits as one that was never paused', async () => {
    const { run, first, act, makeSteps } = await begin(steps(15));
    assert.equal(first.state, 'paused');
    await makeSteps(3);
    assert.equal(first.step, 3);
    await act(goOn);
    await run.ended;
    assert.deepEqual([first.state, first.step], ['finished', 15]);
    assert.deepEqual(first.trained!.weights, await straight(15));
    assert.deepEqual(
      first.events.map((event) => [event.step, event.action.kind]),
      [
        [0, 'pause'],
        [1, 'step'],
        [2, 'step'],
        [3, 'step'],
        [3, 'continue'],
      ],
    );
    assert.match(first.events[1].effect, /^Made step 1: loss 0\.\d+\.$/);
  });

  test('a run pauses where it is while it trains, and makes no step until it goes on', async () => {
    const { first, act, stop } = await begin(endless);
    await act(goOn);
    assert.equal(first.state, 'training');
    const event = await act(pause);
    assert.equal(first.state, 'paused');
    assert.equal(first.step, event.step);
    await act(step);
    assert.equal(first.step, event.step + 1);
    await stop();
    assert.equal(first.trained!.step, event.step + 1);
  });

  test('the last step may be made by hand', async () => {
    const { run, first, makeSteps } = await begin(steps(2));
    await makeSteps(2);
    await run.ended;
    assert.deepEqual([first.state, first.trained!.step], ['finished', 2]);
  });

  test('a paused run can be stopped, is saved, and its history tells what was changed', async () => {
    const folder = temporaryFolder('batchnorm-control');
    const { first, act, makeSteps, stop } = await begin(endless, ['base'], { folder });
    await makeSteps(4);
    await act({ kind: 'learning-rate', value: 0.25 });
    await stop();
    assert.equal(first.state, 'stopped');
    const saved = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    assert.equal(saved.trainedSteps, 4);
    assert.deepEqual(saved.events, JSON.parse(JSON.stringify(first.events)));
    assert.equal(saved.events.length, 6);
  });

  test('time passes only while steps are made', async () => {
    let now = 0;
    const { run, first, act, makeSteps } = await begin(endless, ['base'], { clock: () => now });
    await makeSteps(3);
    now += 1e6;
    await act(goOn);
    now += 2000;
    await act(pause);
    const { seconds, examplesPerSecond } = run.summary().variants[0];
    assert.equal(seconds, 2);
    assert.ok(examplesPerSecond > 0 && Number.isFinite(examplesPerSecond));
    now += 1e6;
    const later = run.summary().variants[0];
    assert.deepEqual([later.seconds, later.examplesPerSecond], [seconds, examplesPerSecond]);
    run.stop();
    await run.ended;
    now += 1e6;
    assert.equal(run.summary().variants[0].seconds, 2);
    assert.equal(run.summary().variants[0].examplesPerSecond, (20 * first.step) / 2);
  });

  test('a variant that waits for a thread can be told to wait for longer', async () => {
    const both = ['base', 'without-batchnorm'];
    let tell: () => void;
    const firstEnded = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const listener: RunListener = {
      changed({ variants: [base] }) {
        if (base.state === 'finished') tell();
      },
    };
    const { run, first, act } = await begin(steps(5), both, { threads: 1, listener });
    const [, second] = run.variants;
    const change = (action: ControlAction) => run.control({ variant: second.name, action });
    assert.equal(second.state, 'paused');
    await change(goOn);
    assert.equal(second.state, 'queued');
    await assert.rejects(
      change(recompute),
      /^RunError: without-batchnorm: recompute-statistics: expected a variant that has begun, found it queued and waiting for a free thread/,
    );
    await change(pause);
    await act(goOn);
    await firstEnded;
    assert.equal(second.state, 'paused');
    await change(goOn);
    await run.ended;
    assert.deepEqual([first.state, second.state], ['finished', 'finished']);
  });

  test('all at once means those in a state for it', async () => {
    const { run } = await begin(endless, ['base', 'without-batchnorm'], { threads: 2 });
    assert.equal((await run.control({ variant: null, action: goOn })).length, 2);
    await run.control({ variant: 'base', action: pause });
    assert.equal((await run.control({ variant: null, action: pause })).length, 1);
    await assert.rejects(
      async () => run.control({ variant: null, action: pause }),
      /pause: expected a variant in a state for it, found base paused, without-batchnorm paused/,
    );
    run.stop();
    await run.ended;
  });
});

describe('the learning rate', () => {
  test('a new one is the base that the schedule goes on from', async () => {
    const schedule = 'learningRate: 0.5, schedule: { step: { every: 4, factor: 0.5 } }';
    const { first, act, makeSteps, stop } = await begin(
      endless.replace('learningRate: 0.5', schedule),
    );
    await makeSteps(2);
    const { effect } = await act({ kind: 'learning-rate', value: 2 });
    assert.equal(
      effect,
      'Learning rate 0.5 before, 2 from step 3 on; the schedule starts from it.',
    );
    assert.equal(first.controls()!.learningRate, 2);
    assert.equal(first.summary().learningRate, 2);
    await makeSteps(4);
    await stop();
    const column = first.history.columns.findIndex(({ quantity }) => quantity === 'learningRate');
    assert.deepEqual(first.history.column(column), [0.5, 0.5, 2, 2, 1, 1]);
    assert.equal(first.controls(), null);
  });

  test('one that makes the loss diverge ends the run, also by a single step', async () => {
    const text = `
data: iris
network: [{ dense: 8 }, leaky-relu, { dense: 8 }, leaky-relu, { dense: 3 }]
train: { learningRate: 0.01, batchSize: 10, steps: 900000000 }
`;
    const { run, first, act } = await begin(text);
    await act(step);
    await act({ kind: 'learning-rate', value: 1000 });
    let ended = false;
    void run.ended.then(() => {
      ended = true;
    });
    while (!ended) await act(step).catch(() => {});
    assert.equal(first.state, 'failed');
    assert.match(run.summary().variants[0].error!, /^Step \d+ .*: expected a finite loss/);
    assert.ok(first.trained!.step > 0);
  });
});

describe('evaluation', () => {
  async function byRunning({ data, first }: Begun, weights: Weights, examples: Examples) {
    const { network } = first.prepared;
    const infer = await createInference(network, weights, data.normalization);
    return score(network.loss, infer(examples), 2, examples);
  }
  type Begun = Awaited<ReturnType<typeof begin>>;

  test('by batches from now on, as soon as it is asked for; what is kept is judged by running statistics', async () => {
    const begun = await begin(endless);
    const { first, data, act, makeSteps, stop } = begun;
    await makeSteps(12);
    const { effect } = await act(evaluateBy('batch'));
    assert.equal(first.controls()!.evaluationStatistics, 'batch');
    await makeSteps(8);
    const weights = await stop();
    assert.deepEqual(
      first.evaluations.map((each) => [each.step, each.statistics]),
      [
        [10, 'running'],
        [12, 'batch'],
        [20, 'batch'],
      ],
    );
    const { network } = first.prepared;
    const evaluate = await createBatchEvaluation(network, data.normalization, data.test);
    assert.equal(first.evaluations[2].testLoss, evaluate(weights).loss);
    const running = await byRunning(begun, weights, data.test);
    assert.equal(first.summary().testLoss, running.loss);
    assert.notEqual(first.evaluations[2].testLoss, running.loss);
    assert.match(
      effect,
      /^Evaluations normalize with the statistics of each batch of 20 from now on: on the test set accuracy [\d.]+ %, loss [\d.]+; with the running ones accuracy/,
    );
  });

  test('and back by running statistics; it changes no bit of the training', async () => {
    const { first, act, makeSteps, stop } = await begin(endless);
    await makeSteps(3);
    await act(evaluateBy('batch'));
    await act(evaluateBy('running'));
    await makeSteps(4);
    const weights = await stop();
    assert.deepEqual(
      first.evaluations.map((each) => [each.step, each.statistics]),
      [
        [3, 'batch'],
        [3, 'running'],
        [7, 'running'],
      ],
    );
    assert.deepEqual(weights, await straight(7));
  });

  test('recomputed statistics are those a run with exact ones ends with, and are evaluated', async () => {
    const { first, act, makeSteps, stop } = await begin(endless);
    await makeSteps(7);
    const { effect } = await act(recompute);
    const [evaluation] = first.evaluations;
    const weights = await stop();
    const exact = await begin(
      steps(7).replaceAll('- batchnorm', '- batchnorm: { statistics: exact }'),
    );
    await exact.act(goOn);
    await exact.run.ended;
    assert.deepEqual(weights, exact.first.trained!.weights);
    assert.equal(evaluation.testLoss, exact.first.evaluations.at(-1)!.testLoss);
    assert.match(
      effect,
      /^Running statistics of batchnorm1, batchnorm2 are now those of all 320 training examples: on the test set accuracy .* before, accuracy .* after\.$/,
    );
    assert.equal(first.evaluations.length, 1, 'the same step is not evaluated again at the end');
  });

  test('there is nothing to recompute or to choose without batch normalization', async () => {
    const { act, stop } = await begin(endless, ['without-batchnorm']);
    await assert.rejects(act(recompute), /found none in this network/);
    await assert.rejects(act(evaluateBy('batch')), /found none in this network/);
    await stop();
  });

  test('of all variants those that it is nothing for are left as they are', async () => {
    const { run, makeSteps } = await begin(endless, ['base', 'without-batchnorm'], { threads: 2 });
    await makeSteps(1);
    await run.control({ variant: 'without-batchnorm', action: step });
    const events = await run.control({ variant: null, action: recompute });
    assert.equal(events.length, 1);
    assert.match(events[0].effect, /batchnorm1, batchnorm2/);
    await assert.rejects(
      run.control({ variant: null, action: scale('other', 2) }),
      /base: scale-weights: expected a layer .*\nwithout-batchnorm: scale-weights: expected a layer/,
    );
    run.stop();
    await run.ended;
  });

  test('those that a person asks for do not tire patience', async () => {
    const text = endless.replace(
      'evaluateEvery: 10',
      'evaluateEvery: 10, earlyStopping: { patience: 1 }',
    );
    const { first, act, makeSteps, stop } = await begin(text);
    await makeSteps(10);
    for (const use of ['batch', 'running', 'batch'] as const) await act(evaluateBy(use));
    await makeSteps(1);
    assert.deepEqual([first.state, first.step], ['paused', 11]);
    await stop();
  });
});

describe('scaled weights', () => {
  test('are told with figures, trained on, and scaled back leave no trace', async () => {
    const { first, act, makeSteps, stop } = await begin(endless);
    await makeSteps(5);
    const event = await act(scale('dense2', 4));
    assert.ok(event.scale!.outputChange < 1e-3 * event.scale!.outputLargest);
    assert.match(event.effect, /^Weights of dense2 times 4: outputs changed by at most/);
    await act(scale('dense2', 0.25));
    await makeSteps(4);
    assert.deepEqual(await stop(), await straight(9));
    assert.equal(first.events.filter(({ scale: effect }) => effect !== undefined).length, 2);
  });

  test('are what is kept, when the run is stopped there', async () => {
    const { act, makeSteps, stop } = await begin(endless);
    await makeSteps(10);
    await act(scale('dense3', 2));
    const scaled = (await stop()).get('dense3.weight')!.values;
    const before = (await straight(10)).get('dense3.weight')!.values;
    assert.deepEqual(
      scaled,
      before.map((value) => 2 * value),
    );
  });
});

describe('what is refused for the state it is in', () => {
  test('while training: a step, going on, scaling', async () => {
    const { act, stop } = await begin(endless);
    await act(goOn);
    for (const action of [step, goOn, scale('dense1', 2)]) {
      await assert.rejects(
        act(action),
        /expected training to be paused, found it going on at step \d+\. Pause it first\.$/,
      );
    }
    await stop();
  });

  test('while paused: pausing', async () => {
    const { act, makeSteps, stop } = await begin(endless);
    await makeSteps(1);
    await assert.rejects(
      act(pause),
      /expected training to be going on, found it paused after step 1 already$/,
    );
    await stop();
  });

  test('in any state: what cannot be, before the thread hears of it', async () => {
    const { first, act, stop } = await begin(endless);
    await assert.rejects(
      act({ kind: 'learning-rate', value: 0 }),
      /^RunError: base: learning-rate: expected a number above 0/,
    );
    assert.equal(first.events.length, 1);
    await stop();
  });

  test('an ended variant: everything, also what was asked while it ended', async () => {
    const { run, act, makeSteps } = await begin(steps(2));
    await makeSteps(1);
    const [last, late] = [act(step), act(goOn)];
    await last;
    await assert.rejects(late, /found it finished at step 2\. Train again to change it\.$/);
    await run.ended;
    await assert.rejects(act(pause), /found it finished at step 2\. Train again to change it\.$/);
    await assert.rejects(
      async () => run.control({ variant: 'other', action: pause }),
      /expected a variant of this run, found "other"; it has base finished/,
    );
  });
});

describe('whoever follows the run', () => {
  test('gets changes with snapshots and frames, each once', async () => {
    const { run, first, act, makeSteps, stop } = await begin(endless);
    const cursor = new FrameCursor(run);
    const kinds = ({ variants: [history] }: Pick<ReturnType<FrameCursor['frame']>, 'variants'>) =>
      history?.events?.map(({ action }) => action.kind);
    assert.deepEqual(kinds(cursor.snapshot()), ['pause']);
    await act({ kind: 'learning-rate', value: 1 });
    assert.deepEqual(kinds(cursor.frame()), ['learning-rate'], 'without a new row');
    await makeSteps(1);
    assert.deepEqual(kinds(cursor.frame()), ['step']);
    assert.deepEqual(cursor.frame().variants, []);
    await stop();
    assert.deepEqual(new FrameCursor(run).snapshot().variants[0].events, first.events);
  });

  test('reads them as lines of JSON', async () => {
    const out = new PassThrough();
    const { first, makeSteps, stop } = await begin(endless, ['base'], {
      listener: jsonReporter(out),
    });
    await makeSteps(1);
    await stop();
    out.end();
    const lines = (await textOf(out))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.filter(({ event }) => event === 'control'),
      first.events.map((event) => ({ event: 'control', variant: 'base', ...event })),
    );
  });
});
