/** Runs exported in every form: what it costs, that the file is validated again, and what cannot be. */
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { before, describe, test } from 'node:test';
import { ExportError } from '../../sidecar/onnx/errors.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { type ExportChoices, opsets } from '../../sidecar/protocol/onnx.ts';
import { exportModel, savedVariant, trainedVariant } from '../../sidecar/runs/export-run.ts';
import { readModelFile } from '../../sidecar/runs/model-file.ts';
import { prepareRun, RunError } from '../../sidecar/runs/prepare.ts';
import { Run } from '../../sidecar/runs/run.ts';
import { validateFile } from '../../sidecar/runs/validate-file.ts';
import { temporaryFolder } from '../temporary.ts';

const out = temporaryFolder('batchnorm-forms');

async function train(name: string, text: string): Promise<Run> {
  const place = join(out, `${name}.bn.yaml`);
  writeFileSync(place, text);
  const prepared = await prepareRun({ uri: place, place, text, folder: out });
  const clock = () => performance.now();
  const run = new Run({ id: name, prepared, folder: join(out, name), listener: {}, clock });
  await run.train();
  return run;
}

/** Exported, read, and validated once more from the file alone. */
async function exportAs(run: Run, choices: Partial<ExportChoices>) {
  const path = join(out, 'model.onnx');
  const result = await exportModel(trainedVariant(run, 'base'), path, { choices });
  const again = await validateFile(result.path);
  const { source } = readModel(await readModelFile(result.path), result.path);
  return { ...result, again, source: source! };
}

const wide = `
data: iris
network:
  - dense: 60
  - batchnorm
  - relu
  - dense: 60
  - relu
  - dense: 3
train: { learningRate: 0.1, batchSize: 12, steps: 200 }
`;

describe('a classification', () => {
  let run: Run;
  before(async () => {
    run = await train('wide', wide);
  });

  for (const opset of [opsets.oldest, opsets.newest]) {
    test(`gives probabilities at opset ${opset}, held to those of the engine`, async () => {
      const { certificate, again, source, notes } = await exportAs(run, {
        ...{ opset, output: 'probabilities' },
      });
      const { validation } = certificate;
      assert.equal(validation.outcome, 'validated', validation.reason);
      assert.equal(validation.tolerance, 1e-4);
      assert.equal(validation.engineAccuracy, run.summary().variants[0].testAccuracy);
      assert.deepEqual(source.form, { opset, output: 'probabilities', precision: 'float32' });
      assert.equal(again.found.validation.outcome, 'validated', again.found.validation.reason);
      assert.deepEqual(notes, []);
    });
  }

  test('in float16 is smaller, and certified against the weights that it stores', async () => {
    const whole = await exportAs(run, { fold: true });
    const half = await exportAs(run, { fold: true, precision: 'float16' });
    assert.equal(
      half.certificate.validation.outcome,
      'validated',
      half.certificate.validation.reason,
    );
    assert.equal(half.certificate.validation.tolerance, 1e-4);
    assert.equal(half.certificate.trainedAccuracy, run.summary().variants[0].testAccuracy);
    // Two bytes for each of 4 * 60 + 60 * 60 + 60 * 3 weights, less three nodes that cast them.
    const saved = whole.certificate.bytes - half.certificate.bytes;
    assert.ok(saved > 2 * 4020 - 600 && saved < 2 * 4020, String(saved));
    // The proof of folding is about folding alone.
    assert.ok(half.certificate.folding!.maxAbsoluteError <= 1e-4);
    assert.equal(
      half.again.found.validation.outcome,
      'validated',
      half.again.found.validation.reason,
    );
    assert.equal(half.again.found.trainedAccuracy, half.certificate.trainedAccuracy);
  });

  test('in int8 says what it was calibrated on and what it cost', async () => {
    const { certificate, folding, notes, again, source } = await exportAs(run, {
      precision: 'int8',
    });
    const { validation } = certificate;
    assert.equal(validation.outcome, 'validated', validation.reason);
    assert.equal(validation.bounds, 'accuracy');
    assert.equal(validation.tolerance, 1 / 30);
    assert.ok(validation.maxAbsoluteError > 1e-4);
    assert.equal(certificate.trainedAccuracy, run.summary().variants[0].testAccuracy);
    assert.ok(certificate.trainedAccuracy! - validation.runtimeAccuracy! <= 1 / 30 + 1e-12);
    assert.deepEqual(folding!.folded, [{ batchnorm: 'batchnorm1', into: 'dense1' }]);
    assert.deepEqual(notes, ['Calibrated on all 120 training examples.']);
    assert.equal(source.metadata.calibration, 'all 120 training examples');
    assert.equal(again.found.validation.outcome, 'validated', again.found.validation.reason);
    assert.equal(again.found.trainedAccuracy, certificate.trainedAccuracy);
  });

  test('in any form is the same model from memory and from disk', async () => {
    const saved = await savedVariant(join(out, 'wide'));
    for (const choices of [
      { precision: 'float16', opset: 21 },
      { precision: 'int8', output: 'probabilities' },
    ] as const) {
      const { certificate } = await exportAs(run, choices);
      const again = await exportModel(saved, join(out, 'again.onnx'), { choices });
      assert.equal(again.certificate.modelSha256, certificate.modelSha256);
    }
  });

  test('is refused in a form that there is not, and nothing is written', async () => {
    const path = join(out, 'none.onnx');
    const exporting = (choices: object) =>
      exportModel(trainedVariant(run, 'base'), path, { choices });
    await assert.rejects(exporting({ opset: 8 }), new ExportError('opset', '9 to 26', '8'));
    await assert.rejects(exporting({ precision: 'int8', opset: 9 }), /expected opset 10 or newer/);
    await assert.rejects(exporting({ output: 'labels' }), /expected logits or probabilities/);
    assert.throws(() => statSync(path), /ENOENT/);
  });
});

test('of two classes with one logit gives the probability of the second', async () => {
  const rows = Array.from({ length: 60 }, (_, index) => {
    const x = Math.sin(7 * index);
    return `${x},${Math.cos(3 * index)},${x > 0 ? 'yes' : 'no'}`;
  });
  writeFileSync(join(out, 'sign.csv'), ['a,b,label', ...rows].join('\n'));
  const run = await train(
    'sign',
    `
data: { csv: { path: sign.csv, label: label } }
network: [{ dense: 8 }, batchnorm, relu, { dense: 1 }]
loss: binary-cross-entropy
train: { batchSize: 12, steps: 200, learningRate: 0.2 }
`,
  );
  for (const precision of ['float32', 'float16', 'int8'] as const) {
    const { certificate, again } = await exportAs(run, { precision, output: 'probabilities' });
    const { validation } = certificate;
    assert.equal(validation.outcome, 'validated', validation.reason);
    assert.ok(validation.engineAccuracy! > 0.7 && validation.runtimeAccuracy! > 0.7);
    assert.equal(again.found.validation.outcome, 'validated', again.found.validation.reason);
  }
});

describe('a regression', () => {
  const regression = `
data: { csv: { path: line.csv, label: y } }
network: [{ dense: 12 }, batchnorm, relu, { dense: 1 }]
loss: mse
train: { batchSize: 10, steps: 200, learningRate: 0.05 }
`;

  test('in int8 is judged by the range of its predictions', async () => {
    const rows = Array.from(
      { length: 80 },
      (_, i) => `${i % 9},${i % 7},${3 * (i % 9) - 2 * (i % 7)}`,
    );
    writeFileSync(join(out, 'line.csv'), ['a,b,y', ...rows].join('\n'));
    const run = await train('line', regression);
    const { certificate, again } = await exportAs(run, { precision: 'int8' });
    const { validation } = certificate;
    assert.equal(validation.outcome, 'validated', validation.reason);
    assert.equal(validation.bounds, 'range');
    assert.equal(validation.tolerance, 0.02);
    assert.equal(certificate.trainedAccuracy, null);
    assert.equal(again.found.validation.outcome, 'validated', again.found.validation.reason);
    await assert.rejects(exportAs(run, { output: 'probabilities' }), (error) => {
      assert.ok(error instanceof RunError);
      assert.match(error.message, /base: expected a classification .* found a regression/);
      return true;
    });
  });

  test('whose features are all the same, or that has a single example to learn, can be int8 too', async () => {
    for (const rows of [8, 2]) {
      const same = Array.from({ length: rows }, (_, index) => `4,4,${index}`);
      writeFileSync(join(out, 'line.csv'), ['a,b,y', ...same].join('\n'));
      const text = regression.replace('batchnorm, ', '').replace('10', '1');
      const run = await train(`same-${rows}`, text);
      const { certificate, again } = await exportAs(run, { precision: 'int8' });
      const { validation } = certificate;
      assert.equal(validation.outcome, 'validated', validation.reason);
      assert.equal(again.found.validation.outcome, 'validated', again.found.validation.reason);
    }
  });
});

test('a network without weights has none to store in another precision', async () => {
  const run = await train(
    'weightless',
    'data: { spirals: { classes: 2, examples: 40 } }\nnetwork: [batchnorm]\ntrain: { batchSize: 8, steps: 5 }\n',
  );
  for (const precision of ['float16', 'int8'] as const) {
    await assert.rejects(
      exportAs(run, { precision }),
      new ExportError(
        `precision ${precision}`,
        'a dense layer or convolution, whose weights it is about',
        'none: export with precision float32',
      ),
    );
  }
});
