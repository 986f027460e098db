/** Reports of whole runs: what is in the run's folder, the same each time, and ensembles of what was trained. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { before, describe, test } from 'node:test';
import { createInference } from '../../sidecar/engine/inference.ts';
import type { Report } from '../../sidecar/report/report.ts';
import {
  exportEnsemble,
  savedEnsemble,
  trainedEnsemble,
} from '../../sidecar/runs/export-ensemble.ts';
import { prepareRun, RunError, type RunRequest } from '../../sidecar/runs/prepare.ts';
import { Run } from '../../sidecar/runs/run.ts';
import { viewReport } from '../../sidecar/runs/run-report.ts';
import { validateFile } from '../../sidecar/runs/validate-file.ts';
import { temporaryFolder } from '../temporary.ts';

const text = `
data: iris
network:
  - dense: 10
  - batchnorm
  - sigmoid
  - dense: 3
train: { learningRate: 0.5, batchSize: 12, steps: 100, evaluateEvery: 10 }
variants:
  without: { remove: batchnorm }
  seeds: { grid: { seed: [1, 2, 3] } }
  rates:
    remove: batchnorm
    replace: { sigmoid: leaky-relu }
    grid: { learningRate: [0.1, 1000], deviation: [0.1, 1] }
report:
  title: Flowers
  baseline: without
  percentiles: { layer: sigmoid1, unit: 4 }
  ensemble: seeds
  populationStatistics: true
  published: { base: { label: BN, steps: 2M, accuracy: 0.7 } }
`;

const folder = () => temporaryFolder('batchnorm-report');

async function train(out: string | null, request: Partial<RunRequest> = {}): Promise<Run> {
  const place = 'flowers.bn.yaml';
  const prepared = await prepareRun({ uri: place, place, text, folder: folder(), ...request });
  const clock = () => performance.now();
  const run = new Run({ id: '1', prepared, folder: out, listener: {}, clock });
  await run.train();
  return run;
}

const filesIn = (out: string) =>
  Object.fromEntries(
    readdirSync(out)
      .filter((name) => name.startsWith('report'))
      .map((name) => [name, readFileSync(join(out, name), 'utf8')]),
  );

describe('the report of a run', () => {
  const out = folder();
  let run: Run;
  let report: Report;

  before(async () => {
    run = await train(out, { variants: 'all' });
    report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
  });

  test('lies in the run’s folder, which tells its paths', () => {
    assert.deepEqual(Object.keys(filesIn(out)).sort(), [
      'report-curves.svg',
      'report-grid-1.svg',
      'report-percentiles.svg',
      'report.html',
      'report.json',
      'report.md',
    ]);
    assert.deepEqual(run.reportFiles, {
      markdown: join(out, 'report.md'),
      json: join(out, 'report.json'),
      html: join(out, 'report.html'),
    });
  });

  test('of the same file is the same bytes', async () => {
    const again = folder();
    await train(again, { variants: 'all' });
    assert.deepEqual(filesIn(again), filesIn(out));
  });

  test('names where it comes from, and what each variant came to', () => {
    assert.equal(report.title, 'Flowers');
    assert.equal(report.file.text, text);
    assert.equal(report.data.hash, run.prepared.data.hash);
    assert.equal(report.command, 'batchnorm train flowers.bn.yaml --all-variants');
    const summaries = new Map(run.summary().variants.map((each) => [each.variant, each]));
    for (const { variant, final, stepsMade } of report.variants) {
      const summary = summaries.get(variant)!;
      assert.equal(stepsMade, summary.step);
      assert.equal(final?.accuracy ?? null, summary.testAccuracy);
    }
    const base = report.variants.find(({ variant }) => variant === 'base')!;
    assert.deepEqual(base.published, { label: 'BN', steps: 2e6, accuracy: 0.7, speedup: null });
    const counts = new Int32Array(3);
    for (const target of run.prepared.data.test.targets) counts[target] += 1;
    assert.equal(report.data.commonest, Math.max(...counts) / run.prepared.data.test.count);
  });

  test('has the percentiles of the unit that was asked for at every evaluation', () => {
    const found = report.percentiles!.variants.find(({ variant }) => variant === 'base')!;
    assert.equal(found.unit, 4);
    const { probes } = run.find('base')!;
    assert.deepEqual(
      found.step,
      probes.map(({ step }) => step),
    );
    const bytes = Buffer.from(probes[3].activations[0].percentiles, 'base64');
    assert.equal(found.mid[3], bytes.readFloatLE(4 * (10 + 4)));
  });

  test('tells of a grid what diverged', () => {
    const grid = report.grids.find(({ name }) => name === 'rates')!;
    assert.equal(grid.cells.length, 4);
    assert.deepEqual(
      grid.cells.map(({ outcome }) => outcome),
      ['trained', 'trained', 'diverged', 'diverged'],
    );
  });

  test('compares moving with exact statistics where there is a batchnorm', () => {
    const of = (name: string) => report.variants.find(({ variant }) => variant === name)!;
    assert.equal(of('without').population, null);
    const { population, final } = of('base');
    assert.deepEqual(population!.moving, final);
    assert.notEqual(population!.exact.loss, population!.moving.loss);
    assert.equal(population!.layers[0].layer, 'batchnorm1');
    assert.ok(population!.layers[0].mean > 0);
    assert.ok(population!.layers[0].deviation > 0);
  });

  test('averages the members’ probabilities as a plain computation does', async () => {
    const { data } = run.prepared;
    const names = ['seeds-seed1', 'seeds-seed2', 'seeds-seed3'];
    assert.deepEqual(
      report.ensemble!.members.map(({ variant }) => variant),
      names,
    );
    const outputs = await Promise.all(
      names.map(async (name) => {
        const { prepared, trained } = run.find(name)!;
        const infer = await createInference(prepared.network, trained!.weights, data.normalization);
        return [...infer(data.test)];
      }),
    );
    let right = 0;
    let loss = 0;
    for (let example = 0; example < data.test.count; example++) {
      const mean = [0, 0, 0];
      for (const logits of outputs) {
        const powers = logits.slice(3 * example, 3 * example + 3).map(Math.exp);
        const sum = powers[0] + powers[1] + powers[2];
        for (const [index, power] of powers.entries()) mean[index] += power / sum / 3;
      }
      const target = data.test.targets[example];
      right += Number(mean.indexOf(Math.max(...mean)) === target);
      loss -= Math.log(mean[target]) / data.test.count;
    }
    assert.equal(report.ensemble!.whole.accuracy, right / data.test.count);
    assert.ok(Math.abs(report.ensemble!.whole.loss! - loss) < 1e-12);
    for (const { variant, accuracy } of report.ensemble!.members) {
      assert.equal(accuracy, run.find(variant)!.summary().testAccuracy);
    }
  });

  test('can be asked for as the body of a page, without scripts or styles', async () => {
    const { html, styles, files } = await viewReport(run);
    assert.ok(html.startsWith('<article class="bn-report">'));
    assert.doesNotMatch(html, /<script|<style|\sstyle=|\son\w+=/);
    assert.ok(filesIn(out)['report.html'].includes(html));
    assert.match(styles, /\.bn-report/);
    assert.deepEqual(files, run.reportFiles);
  });

  test('its ensemble is exported as one model that onnxruntime agrees with, and validated again', async () => {
    const members = await savedEnsemble(out);
    const path = join(out, 'ensemble.onnx');
    const { certificate, path: written } = await exportEnsemble(members!, path);
    const { validation } = certificate;
    assert.equal(written, path);
    assert.equal(validation.outcome, 'validated', validation.reason);
    assert.equal(validation.engineAccuracy, report.ensemble!.whole.accuracy);
    assert.equal((await validateFile(path)).found.validation.outcome, 'validated');
    // The same from memory as from disk.
    const again = join(out, 'again.onnx');
    const { certificate: same } = await exportEnsemble(trainedEnsemble(run), again);
    assert.deepEqual(
      run.summary().ensemble,
      report.ensemble!.members.map(({ variant }) => variant),
    );
    assert.equal(same.modelSha256, certificate.modelSha256);
  });

  test('its ensemble is exported folded, each member of it, and agrees with the members as they were trained', async () => {
    const path = join(out, 'folded.onnx');
    const { certificate, folding } = await exportEnsemble(trainedEnsemble(run), path, {
      choices: { fold: true },
    });
    const { validation } = certificate;
    assert.equal(validation.outcome, 'validated', validation.reason);
    assert.equal(validation.classAgreement, 1);
    const members = report.ensemble!.members.map(({ variant }) => variant);
    assert.deepEqual(
      folding!.folded,
      members.map((name) => ({ batchnorm: `${name}/batchnorm1`, into: `${name}/dense1` })),
    );
    assert.deepEqual(folding!.kept, []);
    assert.equal((await validateFile(path)).found.validation.outcome, 'validated');
  });

  test('its ensemble is refused when a member gives no finite outputs, and nothing is written', async () => {
    const [first, ...others] = trainedEnsemble(run);
    const weights = new Map(first.weights);
    for (const [name, { shape, values }] of first.weights) {
      weights.set(name, { shape, values: values.map((value) => Math.sign(value) * 3e38) });
    }
    const path = join(out, 'huge.onnx');
    await assert.rejects(exportEnsemble([{ ...first, weights }, ...others], path), {
      name: 'RunError',
      message: /Expected finite outputs, found NaN for example \d+/,
    });
    assert.ok(!existsSync(path));
  });

  test('its ensemble is exported in float16 and int8 at other opsets, and says that it has no logits', async () => {
    const path = join(out, 'forms.onnx');
    for (const precision of ['float16', 'int8'] as const) {
      const { certificate, notes } = await exportEnsemble(trainedEnsemble(run), path, {
        choices: { precision, opset: 13, output: 'logits' },
      });
      const { validation } = certificate;
      assert.equal(validation.outcome, 'validated', validation.reason);
      assert.equal(certificate.trainedAccuracy, report.ensemble!.whole.accuracy);
      assert.match(notes[0], /^An ensemble gives probabilities/);
      const again = (await validateFile(path)).found.validation;
      assert.equal(again.outcome, 'validated', again.reason);
    }
  });

  test('the folder of one variant is no ensemble', async () => {
    assert.equal(await savedEnsemble(join(out, 'base')), null);
  });
});

test('a run of one variant has its report beside its weights', async () => {
  const out = folder();
  const run = await train(out);
  assert.ok(readdirSync(out).includes('weights.safetensors'));
  const report: Report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
  assert.deepEqual(
    report.variants.map(({ variant }) => variant),
    ['base'],
  );
  assert.equal(report.ensemble, null);
  assert.deepEqual(report.grids, []);
  assert.equal(report.command, 'batchnorm train flowers.bn.yaml');
  assert.equal(run.summary().saveError, undefined);
  assert.equal(run.summary().ensemble, undefined);
  assert.throws(
    () => trainedEnsemble(run),
    /expected an ensemble under "report" .* found a run of base/,
  );
});

test('the command that repeats a run can be typed as it stands', async () => {
  const place = 'my flowers (2).bn.yaml';
  const overrides = { steps: 10, seed: 3 };
  const out = folder();
  await train(out, { place, variants: ['without'], overrides });
  const { command }: Report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
  assert.equal(
    command,
    "batchnorm train 'my flowers (2).bn.yaml' --variant without --steps 10 --seed 3",
  );
});

test('a run without an ensemble says so when one is to be exported', async () => {
  const out = folder();
  await train(out, { variants: ['base', 'without'] });
  await assert.rejects(
    savedEnsemble(out),
    (error: Error) =>
      error instanceof RunError && /found a run of base, without/.test(error.message),
  );
});

test('a report that cannot be written is told as other results are', async () => {
  const out = folder();
  mkdirSync(join(out, 'report.md'));
  const run = await train(out);
  assert.match(run.summary().saveError!, /expected a place that can be written/);
  assert.equal(run.reportFiles, null);
});

test('a run in memory has a report and no files', async () => {
  const run = await train(null);
  const { html, files } = await viewReport(run);
  assert.match(html, /Flowers/);
  assert.equal(files, null);
});

test('an ensemble whose members were not all trained is said to be missing', async () => {
  const run = await train(null, { variants: ['base', 'seeds-seed1'] });
  const { html } = await viewReport(run);
  assert.match(html, /expected 3 trained members, found none of seeds-seed2, seeds-seed3\./);
});

test('an ensemble of networks without class probabilities is said to be missing', async () => {
  const single = text
    .replace('data: iris', 'data: moons')
    .replace('- dense: 3', '- dense: 1\nloss: binary-cross-entropy');
  const run = await train(null, { text: single, variants: ['seeds'] });
  const { html } = await viewReport(run);
  assert.match(html, /There is no ensemble: .*found seeds-seed1 with binary-cross-entropy/);
});
