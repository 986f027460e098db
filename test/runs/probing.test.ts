/** Probes on their way from the trainer thread to dashboards and `run.json`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { FrameCursor } from '../../sidecar/runs/frames.ts';
import { prepareRun } from '../../sidecar/runs/prepare.ts';
import { intervals } from '../../sidecar/runs/probing.ts';
import { Run } from '../../sidecar/runs/run.ts';
import { temporaryFolder } from '../temporary.ts';

const moons = (probe: string) => `
data: { moons: { examples: 400 } }
network:
  - dense: 16
  - batchnorm
  - tanh
  - dropout: 0.2
  - dense: 16
  - relu
  - dense: 2
train: { learningRate: 0.5, batchSize: 20, steps: 200, evaluateEvery: 50, ${probe} }
`;

const examples = join(import.meta.dirname, '../../examples');

async function train(text: string, folder: string | null = null, place = 'test.bn.yaml') {
  const request = { uri: 'test', place, text, folder: examples };
  const prepared = await prepareRun(request);
  const clock = () => performance.now();
  const run = new Run({ id: '1', prepared, folder, listener: {}, clock });
  await run.train();
  return run;
}

const newFolder = () => temporaryFolder('batchnorm-probing');
const floats = (text: string) =>
  new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);

test('a run has the same weights, bit for bit, with and without probes', async () => {
  const [none, ...others] = await Promise.all(
    ['none', 'activations', 'gradients'].map(async (probe) => {
      const folder = newFolder();
      await train(moons(`probe: ${probe}`), folder);
      return readFileSync(join(folder, 'weights.safetensors'));
    }),
  );
  for (const bytes of others) assert.ok(bytes.equals(none));
});

test('every evaluation has a probe, and run.json keeps it without histograms and units', async () => {
  const folder = newFolder();
  const run = await train(moons('seed: 2'), folder);
  const [variant] = run.variants;
  const { probes, evaluations, fields: unitFields } = variant;
  const stepsOf = (all: readonly { readonly step: number }[]) => all.map(({ step }) => step);
  assert.deepEqual(stepsOf(probes), stepsOf(evaluations));
  const [first, second] = probes;
  assert.deepEqual(
    first.activations.map(({ layer }) => layer),
    ['tanh1', 'relu1'],
  );
  assert.deepEqual(
    first.shifts.map(({ wasserstein, gradientAngle }) => [wasserstein, gradientAngle !== null]),
    [
      [null, false],
      [null, true],
      [null, true],
    ],
  );
  assert.ok(second.shifts.slice(1).every(({ wasserstein }) => wasserstein! > 0));
  assert.ok(probes.at(-1)!.batchAccuracy! > 0.7);

  // The statistics of the training step are those that the run's own block has.
  const last = floats(probes.at(-1)!.units!);
  assert.deepEqual(last, variant.latest()!.values);
  const running = unitFields.find(({ quantity }) => quantity === 'runningMean')!;
  const mean = variant.trained!.weights.get('batchnorm1.running_mean')!.values;
  assert.deepEqual(last.slice(running.offset, running.offset + running.length), mean);

  const saved = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  const expected = probes.map(({ units, ...probe }) => ({
    ...probe,
    activations: probe.activations.map(({ histogram, ...rest }) => rest),
  }));
  assert.deepEqual(saved.probes, expected);
  assert.equal(floats(saved.probes[3].activations[1].percentiles).length, 3 * 16);
});

test('a dashboard gets every probe once, in its snapshot or in a frame', async () => {
  const prepared = await prepareRun({
    ...{ uri: 'test', place: 'test.bn.yaml', text: moons('seed: 3'), folder: examples },
  });
  const received: number[] = [];
  let cursor: FrameCursor | undefined;
  const take = (variants: ReturnType<FrameCursor['frame']>['variants']) =>
    received.push(...variants.flatMap(({ probes }) => probes!.map(({ step }) => step)));
  const run = new Run({
    ...{ id: '1', prepared, folder: null, clock: () => performance.now() },
    listener: {
      probed(running) {
        if (cursor) take(cursor.frame().variants);
        else {
          cursor = new FrameCursor(running);
          const { variants } = cursor.snapshot();
          take(variants as ReturnType<FrameCursor['frame']>['variants']);
          assert.deepEqual(variants[0].unitFields, running.variants[0].fields);
        }
      },
    },
  });
  await run.train();
  assert.deepEqual(received, [50, 100, 150, 200]);
});

test('no probes: nothing is planned, nothing is made', async () => {
  const run = await train(moons('probe: none'));
  assert.equal(run.prepared.variants[0].probe, null);
  assert.deepEqual(run.variants[0].probes, []);
  assert.equal(run.variants[0].evaluations.length, 4);
});

test('a run that diverges is probed until its end, and what is not finite is null', async () => {
  const text = `
data: iris
network: [{ dense: 8 }, leaky-relu, { dense: 8 }, leaky-relu, { dense: 3 }]
initialization: { gaussian: 10 }
train: { learningRate: 1000, batchSize: 10, steps: 100, evaluateEvery: 1, probe: gradients }
`;
  const run = await train(text);
  const [{ state, error }] = run.summary().variants;
  assert.equal(state, 'failed');
  assert.match(error!, /expected a finite loss/);
  const { probes } = run.variants[0];
  assert.ok(probes.length > 0);
  // What JSON would turn into null is null already, where the protocol has it so.
  assert.deepEqual(JSON.parse(JSON.stringify(probes)), probes);
});

test('a regression has losses and no accuracies', async () => {
  const text = `
data: { csv: { path: data/weather.csv, label: humidity, test: 0.25 } }
network: [{ dense: 8 }, batchnorm, tanh, { dense: 1 }]
train: { steps: 20, evaluateEvery: 10, learningRate: 0.01 }
`;
  const run = await train(text);
  const { probes } = run.variants[0];
  assert.equal(probes.length, 2);
  for (const { batchLoss, runningLoss, batchAccuracy, runningAccuracy } of probes) {
    assert.ok(batchLoss! > 0 && runningLoss! > 0);
    assert.deepEqual([batchAccuracy, runningAccuracy], [null, null]);
  }
});

test('of a run with many evaluations not every one has a probe, nor every probe its units', () => {
  for (const [steps, evaluateEvery] of [
    [1, 1],
    [1000, 20],
    [1000, 1],
    [50_000, 7],
    [10_000_000, 1],
  ]) {
    const { every, unitsEvery } = intervals({ steps, evaluateEvery }, 1000);
    const evaluations = Math.ceil(steps / evaluateEvery);
    assert.equal(unitsEvery % every, 0);
    const kept = [evaluations / every, evaluations / unitsEvery].map(Math.ceil);
    assert.ok(kept[0] <= 1000 && kept[1] <= 200, `${steps}: ${kept}`);
    assert.ok(kept[0] >= Math.min(evaluations, 500) && kept[1] >= Math.min(evaluations, 100));
  }
  // Of a wide network as many as 16 MiB hold, of a very wide one still enough for findings.
  const run = { steps: 1000, evaluateEvery: 1 };
  const keptOf = (units: number) => 1000 / intervals(run, units).unitsEvery;
  const textBytes = (units: number) => (4 * units * 4) / 3;
  assert.ok(keptOf(60_000) * textBytes(60_000) <= 2 ** 24);
  assert.ok(keptOf(60_000) > 40);
  assert.ok(keptOf(10_000_000) >= 20);
});

test('where there is no memory for probes, a run goes on without them and says so', async () => {
  const request = { uri: 'test', place: 'test.bn.yaml', text: moons('seed: 2'), folder: examples };
  const prepared = await prepareRun(request);
  const [variant] = prepared.variants;
  // More than WebAssembly can address, which no machine gives.
  const plan = { ...variant.probe!.plan, bytes: 2 ** 33 };
  const starved = { ...variant, probe: { ...variant.probe!, plan } };
  const run = new Run({
    ...{ id: '1', folder: null, listener: {}, clock: () => performance.now() },
    prepared: { ...prepared, variants: [starved] },
  });
  await run.train();
  const [{ state, step, note }] = run.summary().variants;
  assert.deepEqual([state, step], ['finished', 200]);
  assert.match(note ?? '', /^There was no memory to look at its layers.*65536 pages/);
  assert.deepEqual(run.variants[0].probes, []);
  assert.equal(run.variants[0].evaluations.length, 4);
});
