/** Whole runs on small real work: trainer threads, engine, data and files as they are used. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { exportModel, trainedVariant } from '../../sidecar/runs/export-run.ts';
import { prepareRun, type RunRequest } from '../../sidecar/runs/prepare.ts';
import { Run, type RunListener } from '../../sidecar/runs/run.ts';
import { readSavedRun } from '../../sidecar/runs/run-folder.ts';
import { decodeSafetensors } from '../../sidecar/safetensors.ts';
import { temporaryFolder } from '../temporary.ts';

const clock = () => performance.now();
const moons = `
data: { moons: { examples: 400 } }
network:
  - dense: 16
  - batchnorm
  - tanh
  - dense: 2
train: { learningRate: 0.5, batchSize: 20, steps: 200, evaluateEvery: 50 }
variants:
  without-batchnorm:
    remove: batchnorm
`;

function request(text: string, rest: Partial<RunRequest> = {}): RunRequest {
  return { uri: 'test', place: 'test.bn.yaml', text, folder: import.meta.dirname, ...rest };
}

function folder(): string {
  return temporaryFolder('batchnorm-run');
}

async function train(text: string, rest: Partial<RunRequest> = {}, options = {}): Promise<Run> {
  const prepared = await prepareRun(request(text, rest));
  const run = new Run({ id: '1', prepared, folder: null, listener: {}, clock, ...options });
  await run.train();
  return run;
}

test('a run trains, evaluates, keeps a history and saves itself', async () => {
  const out = folder();
  const run = await train(moons, { variants: 'all' }, { folder: out });
  const [base, without] = run.summary().variants;
  assert.equal(base.state, 'finished');
  assert.equal(base.step, 200);
  assert.ok(base.testAccuracy! > 0.8, `${base.testAccuracy}`);
  assert.equal(without.state, 'finished');
  const [variant] = run.variants;
  assert.equal(variant.history.rows, 200);
  assert.deepEqual(
    variant.evaluations.map(({ step }) => step),
    [50, 100, 150, 200],
  );
  const saved = JSON.parse(readFileSync(join(out, 'base', 'run.json'), 'utf8'));
  assert.equal(saved.file.text, moons);
  assert.equal(saved.trainedSteps, 200);
  assert.equal(saved.history.step.length, 200);
  assert.equal(saved.history['batchnorm1.runningMean.mid'].length, 200);
  const bytes = readFileSync(join(out, 'without-batchnorm', 'weights.safetensors'));
  const { weights } = decodeSafetensors(bytes, 'weights');
  assert.deepEqual(weights.get('dense1.bias')?.shape, [16]);
});

test('variants start from the same weights where their layers coincide', async () => {
  const { variants } = await prepareRun(request(moons, { variants: 'all' }));
  const [base, without] = variants.map(({ initial }) => initial);
  assert.deepEqual(base.get('dense1.weight'), without.get('dense1.weight'));
  assert.deepEqual(base.get('dense2.weight'), without.get('dense2.weight'));
  assert.ok(base.has('batchnorm1.weight') && !without.has('batchnorm1.weight'));
});

test('the same seed gives the same bytes, another seed others', async () => {
  const outs = [folder(), folder(), folder()];
  await train(moons, { overrides: { seed: 7 } }, { folder: outs[0] });
  await train(moons, { overrides: { seed: 7 } }, { folder: outs[1] });
  await train(moons, { overrides: { seed: 8 } }, { folder: outs[2] });
  const [a, b, c] = outs.map((out) => readFileSync(join(out, 'weights.safetensors')));
  assert.ok(a.equals(b));
  assert.ok(!a.equals(c));
});

test('a loss that is not finite ends the run, names step and layer, and keeps what was good', async () => {
  const diverging = `
data: iris
network:
  - dense: 8
  - leaky-relu
  - dense: 8
  - leaky-relu
  - dense: 3
initialization: { gaussian: 10 }
train: { learningRate: 1000, batchSize: 10, steps: 100, evaluateEvery: 1 }
`;
  const out = folder();
  const run = await train(diverging, {}, { folder: out });
  const [{ state, error, step }] = run.summary().variants;
  assert.equal(state, 'failed');
  assert.ok(step < 100);
  assert.match(
    error!,
    /^Step \d+ \(batch \d+ of epoch 1\): expected a finite loss, found .*first value .* in \w+/,
  );
  const { weights } = decodeSafetensors(readFileSync(join(out, 'weights.safetensors')), 'weights');
  for (const [name, { values }] of weights) {
    assert.ok(values.every(Number.isFinite), name);
  }
});

test('a loss that is not finite before the first evaluation keeps the weights of the step before', async () => {
  const text = `
data: iris
network: [{ dense: 8 }, leaky-relu, { dense: 8 }, leaky-relu, { dense: 3 }]
train: { learningRate: 300, batchSize: 10, steps: 1000, evaluateEvery: 1000 }
`;
  const run = await train(text);
  const [{ state, error, step }] = run.summary().variants;
  assert.equal(state, 'failed');
  assert.ok(step > 1, `${step} steps`);
  const { trained } = run.variants[0];
  assert.equal(trained!.step, step - 1);
  assert.match(error!, new RegExp(`The weights of step ${step - 1} are kept`));
});

test('a run whose weights are no use at its end has failed', async () => {
  const text = `
data: iris
network: [{ repeat: { times: 16, layers: [{ dense: 8 }, leaky-relu] } }, { dense: 3 }]
initialization: { gaussian: 1 }
train: { learningRate: 1000, batchSize: 10, steps: 1 }
`;
  const run = await train(text);
  const [{ state, error, testLoss }] = run.summary().variants;
  assert.equal(state, 'failed');
  assert.match(error!, /^After step 1: expected a finite loss on the test set, found none/);
  assert.equal(testLoss, null);
  await assert.rejects(
    exportModel(trainedVariant(run, 'base'), join(folder(), 'model.onnx')),
    /expected trained weights, found those it started from/,
  );
});

test('a run that is stopped keeps what it has trained; one that waits is not started', async () => {
  const endless = moons
    .replace('steps: 200', 'steps: 900000000')
    .replace(', evaluateEvery: 50', '');
  const prepared = await prepareRun(request(endless, { variants: 'all' }));
  const listener: RunListener = {
    changed(changed) {
      if (changed.variants[0].state === 'training') changed.stop();
    },
  };
  const run = new Run({ id: '1', prepared, folder: null, listener, clock, threads: 1 });
  await run.train();
  const [first, second] = run.summary().variants;
  assert.equal(first.state, 'stopped');
  assert.equal(run.variants[0].trained?.step, first.step);
  assert.equal(second.state, 'stopped');
  assert.equal(second.step, 0);
  assert.equal(run.active, false);
});

test('a folder that cannot be written is said, and the results stay in memory', async () => {
  const file = join(folder(), 'taken');
  writeFileSync(file, '');
  const run = await train(moons, {}, { folder: join(file, 'run') });
  assert.equal(run.summary().folder, null);
  assert.match(run.summary().saveError!, /expected a place that can be written/);
  assert.equal(run.variants[0].state, 'finished');
  assert.equal(run.variants[0].trained?.step, 200);
});

test('statistics of every step arrive in order, none is lost', async () => {
  const steps: number[] = [];
  const listener: RunListener = {
    measured(_run, variant, step, block) {
      steps.push(step);
      assert.equal(block.length, variant.prepared.plan.statistics.length);
    },
  };
  await train(moons, {}, { listener, statisticsEvery: 1 });
  assert.deepEqual(
    steps,
    Array.from({ length: 200 }, (_, index) => index + 1),
  );
});

test('a run that has learned nothing leaves what lies in its folder alone', async () => {
  const out = folder();
  await train(moons, {}, { folder: out });
  const before = readFileSync(join(out, 'weights.safetensors'));
  const prepared = await prepareRun(request(moons));
  const run = new Run({ id: '1', prepared, folder: out, listener: {}, clock });
  run.stop();
  await run.train();
  assert.equal(run.folderOf(run.variants[0]), null);
  assert.ok(readFileSync(join(out, 'weights.safetensors')).equals(before));
});

test('a run that is stopped while it evaluates does not evaluate the same step again', async () => {
  const prepared = await prepareRun(request(moons, { overrides: { steps: 900_000_000 } }));
  const listener: RunListener = { evaluated: (running) => running.stop() };
  const run = new Run({ id: '1', prepared, folder: null, listener, clock });
  await run.train();
  const [{ state, evaluations }] = run.variants;
  assert.equal(state, 'stopped');
  const steps = evaluations.map(({ step }) => step);
  assert.deepEqual(steps, [...new Set(steps)]);
});

test('weights that belong to another run are not taken for this one’s', async () => {
  const [out, other] = [folder(), folder()];
  await train(moons, {}, { folder: out });
  await train(moons, { overrides: { seed: 2 } }, { folder: other });
  writeFileSync(join(out, 'weights.safetensors'), readFileSync(join(other, 'weights.safetensors')));
  await assert.rejects(readSavedRun(out), /expected the weights that run\.json .* found others/);
});

test('the name of a grid stands for all its variants', async () => {
  const text = `${moons}  g: { grid: { seed: [1, 2] } }\n`;
  const names = async (...variants: string[]) =>
    (await prepareRun(request(text, { variants }))).variants.map(({ variant }) => variant);
  assert.deepEqual(await names('g'), ['g-seed1', 'g-seed2']);
  assert.deepEqual(await names('g-seed2', 'g'), ['g-seed2', 'g-seed1']);
});

test('what cannot be trained is refused with its place', async () => {
  const rejects = (text: string, message: RegExp, rest: Partial<RunRequest> = {}) =>
    assert.rejects(prepareRun(request(text, rest)), { name: 'RunError', message });
  await rejects('', /test\.bn\.yaml:1:1: /);
  await rejects(moons.replace('tanh', 'tahn'), /test\.bn\.yaml:6:5: .*tanh/);
  await rejects(
    moons,
    /expected a variant of this file, found "other"; it has base, without-batchnorm/,
    {
      variants: ['other'],
    },
  );
  await rejects(
    moons,
    /w\.safetensors: expected a tensor "dense1\.weight" of shape \[16,2\], found none/,
    {
      init: { weights: new Map(), place: 'w.safetensors' },
    },
  );
  await rejects(
    moons.replace('dense: 16', 'dense: 16384').replace('- tanh', '- dense: 65536\n  - tanh'),
    /test\.bn\.yaml.*: training needs at least 8\.0 GiB of memory, a run has 4 GiB/,
  );
  await rejects(
    `data: { moons: { examples: 400 } }
network: [{ dense: 60000 }, { repeat: { times: 60, layers: [tanh] } }, { dense: 2 }]
train: { batchSize: 320, steps: 1 }
`,
    /test\.bn\.yaml: base: training needs \d+\.\d GiB of memory, a run has 4 GiB/,
  );
  const drawn = (await prepareRun(request(moons))).variants[0].initial;
  for (const [name, value, expected] of [
    ['dense1.weight', Number.NaN, 'finite numbers, found NaN at index 3'],
    ['batchnorm1.running_var', -1, 'finite numbers from 0, found -1 at index 3'],
  ] as const) {
    const values = drawn.get(name)!.values.slice();
    values[3] = value;
    const weights = new Map([...drawn, [name, { ...drawn.get(name)!, values }]]);
    const message = new RegExp(`w: "${name}": expected ${expected}`);
    await rejects(moons, message, { init: { weights, place: 'w' } });
  }
  const wrong = new Map([['dense1.weight', { shape: [2, 16], values: new Float32Array(32) }]]);
  await rejects(moons, /"dense1\.weight": expected shape \[16,2\], found \[2,16\]/, {
    init: { weights: wrong, place: 'w.safetensors' },
  });
});
