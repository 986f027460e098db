/** The command line as a person and as a program use it, in a process of its own. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeSafetensors } from '../../sidecar/safetensors.ts';
import { temporaryFolder } from '../temporary.ts';

const cli = join(import.meta.dirname, '../../sidecar/cli.ts');
const file = join(temporaryFolder('batchnorm-cli'), 'moons.bn.yaml');
writeFileSync(
  file,
  `data: { moons: { examples: 300 } }
network:
  - dense: 8
  - batchnorm
  - relu
  - dense: 2
train: { learningRate: 0.2, batchSize: 20, steps: 60, evaluateEvery: 30 }
variants:
  without-batchnorm: { remove: batchnorm }
`,
);

const ensemble = file.replace('moons', 'ensemble');
writeFileSync(
  ensemble,
  `${readFileSync(file, 'utf8')}  member: { grid: { seed: [1, 2] } }
report: { ensemble: member }
`,
);

function batchnorm(...words: string[]) {
  const cwd = temporaryFolder('batchnorm-cwd');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    cwd,
    encoding: 'utf8',
  });
  return { status, stdout, stderr, cwd };
}

test('train, export and validate, for a person', () => {
  const { status, stderr, cwd } = batchnorm('train', file, '--all-variants', '--out', 'out');
  assert.equal(status, 0, stderr);
  // 2 inputs, 8 units, 2 outputs: 2 * 8 + 2 * 8 + 8 * 2 + 2, and 8 biases where there is no batchnorm.
  assert.match(stderr, /\nbase: 50 parameters, [\d.]+ MiB of memory in batches of 20\n/);
  assert.match(stderr, /\nwithout-batchnorm: 42 parameters, /);
  assert.match(stderr, /base +│ finished +│ +60 │ +\d+\.\d\d %/);
  assert.match(stderr, /without-batchnorm +│ finished/);
  const report = stderr.match(/^Report: (.+)$/m)![1];
  assert.equal(report, join(realpathSync(cwd), 'out', 'report.html'));
  assert.match(readFileSync(report, 'utf8'), /Accuracy against steps/);
  const model = join(cwd, 'moons.onnx');
  const exported = batchnorm('export', join(cwd, 'out', 'base'), '--onnx', model);
  assert.equal(exported.status, 0, exported.stderr);
  assert.match(exported.stdout, /onnxruntime agrees/);
  assert.match(exported.stdout, /\nCertificate: .*moons\.certificate\.html\n$/);
  assert.ok(existsSync(join(cwd, 'moons.certificate.html')));
  const validated = batchnorm('validate', model);
  assert.equal(validated.status, 0, validated.stderr);
  assert.match(validated.stdout, /onnxruntime agrees/);
  assert.match(
    validated.stdout,
    /\nCertificate: onnxruntime-node .* examples a second .*It still holds\.\n$/,
  );
  for (const language of ['javascript', 'python', 'csharp']) {
    const printed = batchnorm('snippet', model, '--language', language);
    assert.equal(printed.status, 0, printed.stderr);
    const out = join(cwd, 'programs', language);
    const written = batchnorm('snippet', model, '--language', language, '--out', out);
    assert.equal(written.stdout, `${out}\n`);
    assert.equal(readFileSync(out, 'utf8'), printed.stdout);
    assert.ok(printed.stdout.includes(JSON.stringify(model)));
  }
});

test('validate fails when the certificate no longer holds, and says which figure', () => {
  const { cwd } = batchnorm('train', file, '--out', 'out');
  const model = join(cwd, 'moons.onnx');
  batchnorm('export', join(cwd, 'out'), '--onnx', model);
  const text = readFileSync(model, 'latin1');
  // As many bytes as before, so that no length has to change.
  writeFileSync(
    model,
    text.replace(/(?<="modelSha256":")./, (digit) => (digit === '0' ? '1' : '0')),
    'latin1',
  );
  const told = batchnorm('validate', model);
  assert.equal(told.status, 1);
  assert.match(
    told.stdout,
    /the certificate does not hold: SHA-256 of the model .* expected the certified .*, found /,
  );
  assert.match(told.stdout, /It no longer holds\.\n$/);
  const json = JSON.parse(batchnorm('validate', model, '--json').stdout);
  assert.equal(json.outcome, 'failed');
  assert.equal(json.broken.length, 1);
  assert.equal(json.certified.passes.length, json.found.passes.length);
});

test('inspect shows a model, as tables or as one line of JSON, and says of other files what they are', () => {
  const model = join(import.meta.dirname, '../onnx/official/test_batchnorm_epsilon/model.onnx');
  const shown = batchnorm('inspect', model);
  assert.equal(shown.status, 0, shown.stderr);
  assert.match(shown.stdout, /│ input +│ x +│ float32 │ \[2, 3, 4, 5\] +│/);
  assert.match(shown.stdout, /│ 0 │ BatchNormalization │ +│ y +│ \[2, 3, 4, 5\] │/);
  assert.match(shown.stdout, /\ny: unknown channels, epsilon 0\.01, momentum 0\.9/);
  assert.match(
    shown.stdout,
    /No values: gamma "s": expected a constant, found an input of the graph\./,
  );
  assert.match(shown.stdout, /Not foldable: /);
  const lines = batchnorm('inspect', model, '--json').stdout.trimEnd().split('\n');
  assert.equal(lines.length, 1);
  const { event, nodes, batchNorms } = JSON.parse(lines[0]);
  assert.deepEqual([event, nodes.length, batchNorms.length], ['inspection', 1, 1]);
  const other = batchnorm('inspect', file);
  assert.deepEqual([other.status, other.stdout], [1, '']);
  assert.equal(
    other.stderr,
    `${file}: expected an ONNX model, found text, which a download that failed often leaves: download or export the model again\n`,
  );
});

test('export --fold says what was folded and what was kept, and the file validates', () => {
  const twice = file.replace('moons', 'twice');
  writeFileSync(
    twice,
    readFileSync(file, 'utf8').replace('  - relu\n', '  - relu\n  - batchnorm\n'),
  );
  const { status, stderr, cwd } = batchnorm('train', twice, '--out', 'out');
  assert.equal(status, 0, stderr);
  const run = join(cwd, 'out');
  const model = join(cwd, 'folded.onnx');
  const told = batchnorm('export', run, '--onnx', model, '--fold');
  assert.equal(told.status, 0, told.stderr);
  assert.match(
    told.stdout,
    /^batchnorm1 is folded into dense1\.\nbatchnorm2 is kept: relu1 stands/,
  );
  assert.match(told.stdout, /onnxruntime agrees/);
  const json = batchnorm('export', run, '--onnx', model, '--fold', '--json');
  const { outcome, folding } = JSON.parse(json.stdout);
  assert.equal(outcome, 'validated');
  assert.deepEqual(folding.folded, [{ batchnorm: 'batchnorm1', into: 'dense1' }]);
  assert.equal(folding.kept[0].batchnorm, 'batchnorm2');
  const validated = batchnorm('validate', model);
  assert.equal(validated.status, 0, validated.stderr);
  // Without a normalization there is nothing to fold, and nothing wrong.
  const { cwd: plain } = batchnorm('train', file, '--variant', 'without-batchnorm', '--out', 'out');
  const none = batchnorm('export', join(plain, 'out'), '--onnx', model, '--fold');
  assert.equal(none.status, 0, none.stderr);
  assert.match(none.stdout, /^There is no batch normalization to fold\.\n/);
});

test('export takes the form of the model, and says what int8 was calibrated on', () => {
  const { status, stderr, cwd } = batchnorm('train', file, '--out', 'out');
  assert.equal(status, 0, stderr);
  const run = join(cwd, 'out');
  const model = join(cwd, 'form.onnx');
  const words = ['export', run, '--onnx', model, '--probabilities', '--opset', '21'];
  const told = batchnorm(...words, '--precision', 'int8');
  assert.equal(told.status, 0, told.stderr);
  assert.match(
    told.stdout,
    /^batchnorm1 is folded into dense1\.\nCalibrated on all [\d,]+ training examples\./,
  );
  assert.match(told.stdout, /% as trained, .*% in the engine, .*% in onnxruntime/);
  const json = JSON.parse(batchnorm(...words, '--precision', 'float16', '--json').stdout);
  assert.equal(json.outcome, 'validated');
  assert.equal(typeof json.certificate.trainedAccuracy, 'number');
  assert.deepEqual(json.notes, []);
  const validated = batchnorm('validate', model);
  assert.equal(validated.status, 0, validated.stderr);
  const old = batchnorm('export', run, '--onnx', model, '--precision', 'int8', '--opset', '9');
  assert.equal(old.status, 1);
  assert.match(old.stderr, /^precision int8: expected opset 10 or newer, .* found opset 9\n$/);
});

test('eject writes a program for a run or for a variant of a network file', () => {
  const { status, stderr, cwd } = batchnorm('train', file, '--out', 'out');
  assert.equal(status, 0, stderr);
  const told = batchnorm('eject', join(cwd, 'out'), '--out', join(cwd, "it's ejected"));
  assert.equal(told.status, 0, told.stderr);
  assert.match(told.stdout, /train\.py, initial\.safetensors, trained\.safetensors/);
  assert.ok(existsSync(join(cwd, "it's ejected/data/train-inputs.npy")));
  const [, path] = /Run it with: python3 (.*)/.exec(told.stdout)!;
  assert.equal(spawnSync('sh', ['-c', `test -f ${path}`]).status, 0, path);
  const words = ['eject', file, '--variant', 'without-batchnorm', '--out', 'lone', '--json'];
  const { stdout, cwd: elsewhere } = batchnorm(...words);
  const { event, variant, folder, files } = JSON.parse(stdout);
  assert.deepEqual({ event, variant }, { event: 'ejected', variant: 'without-batchnorm' });
  assert.equal(folder, join(realpathSync(elsewhere), 'lone'));
  assert.equal(files[0], 'train.py');
  const misplaced = batchnorm('eject', join(cwd, 'out'), '--variant', 'base', '--out', 'more');
  assert.equal(misplaced.status, 1);
  assert.match(misplaced.stderr, /expected --variant with a network file/);
});

test('with --json standard output is JSON lines and nothing else', () => {
  const { status, stdout, cwd } = batchnorm(
    ...['train', file, '--json', '--statistics-every', '1', '--out', 'out', '--seed', '3'],
  );
  assert.equal(status, 0);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const of = (event: string) => lines.filter((line) => line.event === event);
  for (const line of lines) {
    assert.equal(line.variant, 'base');
    assert.equal(typeof line.step, 'number');
  }
  assert.deepEqual(
    of('evaluation').map(({ step }) => step),
    [30, 60],
  );
  const statistics = of('statistics').filter(({ layer }) => layer === 'batchnorm1');
  assert.deepEqual(
    statistics.map(({ step }) => step),
    Array.from({ length: 60 }, (_, i) => i + 1),
  );
  for (const name of ['batchMean', 'batchVariance', 'runningMean', 'runningVariance']) {
    assert.equal(statistics[0][name].length, 8, name);
  }
  // momentum 0.1 is the weight of the new batch: the first step moves the mean from 0 by a tenth.
  const [first] = statistics;
  assert.ok(Math.abs(first.runningMean[0] - 0.1 * first.batchMean[0]) < 1e-6);
  const [, probe] = of('probe');
  assert.equal(probe.step, 60);
  assert.deepEqual(
    probe.activations.map(({ layer, percentiles }: { layer: string; percentiles: number[][] }) => [
      layer,
      percentiles.map(({ length }) => length),
    ]),
    [['relu1', [8, 8, 8]]],
  );
  assert.ok(probe.shifts[1].wasserstein > 0 && probe.gaps[0].deviationWorst > 0);
  const [finished] = of('finished');
  assert.equal(finished.weights, join(cwd, 'out', 'weights.safetensors'));
  assert.ok(existsSync(finished.weights));
});

test('the folder of a run is exported as its ensemble, that of a run without one is refused', () => {
  const { stdout, status, cwd } = batchnorm(
    'train',
    ensemble,
    '--all-variants',
    '--json',
    '--out',
    'out',
  );
  assert.equal(status, 0);
  const run = join(realpathSync(cwd), 'out');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const reports = lines.filter(({ event }) => event === 'finished').map(({ report }) => report);
  assert.deepEqual(reports, Array(4).fill(join(run, 'report.json')));
  const model = join(cwd, 'ensemble.onnx');
  const exported = batchnorm('export', run, '--onnx', model);
  assert.equal(exported.status, 0, exported.stderr);
  assert.match(exported.stdout, /onnxruntime agrees/);
  const validated = batchnorm('validate', model);
  assert.equal(validated.status, 0, validated.stderr);
  const { cwd: other } = batchnorm('train', file, '--all-variants', '--out', 'out');
  const refused = batchnorm('export', join(other, 'out'), '--onnx', model);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /found a run of base, without-batchnorm\. Name the folder of one/);
});

test('--init goes on from given weights', () => {
  const trained = (...words: string[]) => {
    const { status, stderr, cwd } = batchnorm('train', file, '--json', '--out', 'out', ...words);
    assert.equal(status, 0, stderr);
    const path = join(cwd, 'out', 'weights.safetensors');
    const { weights } = decodeSafetensors(readFileSync(path), path);
    return { path, values: weights.get('dense2.weight')!.values };
  };
  const distance = (a: Float32Array, b: Float32Array) =>
    Math.hypot(...a.map((value, index) => value - b[index]));
  const long = trained();
  const further = trained('--init', long.path, '--steps', '1');
  const fresh = trained('--steps', '1');
  assert.ok(distance(long.values, further.values) < 0.1 * distance(long.values, fresh.values));
});

test('wrong usage is exit status 2, a failure it explains 1, never a stack trace', () => {
  const expected: [number, RegExp, ...string[]][] = [
    [2, /unknown command/i, 'trian'],
    [2, /unknown option/i, 'train', file, '--setps', '3'],
    [2, /whole number/, 'train', file, '--steps', 'many'],
    [2, /whole number/, 'train', file, '--steps', '0'],
    [2, /missing required argument/i, 'train'],
    [2, /--onnx/, 'export', 'somewhere'],
    [2, /Expected 9 to 26, found 8\./, 'export', 'run', '--onnx', 'x.onnx', '--opset', '8'],
    [2, /whole number/, 'export', 'run', '--onnx', 'x.onnx', '--opset', '15.5'],
    [2, /float32, float16, int8/, 'export', 'run', '--onnx', 'x.onnx', '--precision', 'int4'],
    [2, /--statistics-every needs --json/, 'train', file, '--statistics-every', '2'],
    [2, /cannot be used with/, 'train', file, '--all-variants', '--variant', 'base'],
    [1, /none\.bn\.yaml: expected a file that can be read/, 'train', 'none.bn.yaml'],
    [1, /expected a variant of this file, found "x"/, 'train', file, '--variant', 'x'],
    [1, /expected a place that can be written/, 'train', file, '--out', join(file, 'out')],
    [
      1,
      /seed: expected a whole number from 0 to 4,294,967,295, found/,
      'train',
      file,
      '--seed',
      '4294967296',
    ],
    [1, /run\.json: expected a file of a run/, 'export', 'somewhere', '--onnx', 'x.onnx'],
    [1, /expected an ONNX file that can be read/, 'validate', 'none.onnx'],
    [1, /expected an ONNX file that can be read/, 'snippet', 'none.onnx', '--language', 'python'],
    [2, /--language/, 'snippet', 'none.onnx'],
    [
      2,
      /Allowed choices are javascript, python, csharp/,
      'snippet',
      'a.onnx',
      '--language',
      'perl',
    ],
  ];
  for (const [status, message, ...words] of expected) {
    const result = batchnorm(...words);
    assert.equal(result.status, status, `${words.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, message);
    assert.doesNotMatch(result.stderr, /\n\s+at .*:\d+:\d+/);
    assert.equal(result.stdout, '');
  }
});

test('a run that is interrupted is saved, and its exit status names the signal', async () => {
  const { child, folder, ended } = start('--steps', '900000000', '--json');
  child.stdout.once('data', () => child.kill('SIGINT'));
  assert.equal(await ended, 130);
  assert.equal(readRun(folder).results.state, 'stopped');
});

test('a run whose reader goes away is saved and ends without a stack trace', async () => {
  const { child, folder, ended, errors } = start(
    ...['--steps', '900000000', '--json', '--statistics-every', '1'],
  );
  child.stdout.once('data', () => child.stdout.destroy());
  assert.equal(await ended, 141);
  assert.equal(readRun(folder).results.state, 'stopped');
  assert.equal(errors(), '');
});

test('a run whose reports for people nobody reads any more is saved as well', async () => {
  const { child, folder, ended } = start('--steps', '900000000');
  child.stderr.on('data', (chunk) => {
    if (/[1-9]\d*\/900000000 steps/.test(String(chunk))) child.stderr.destroy();
  });
  assert.equal(await ended, 141);
  assert.equal(readRun(folder).results.state, 'stopped');
});

test('an output that cannot be written ends the run saved, and says so', {
  skip: existsSync('/dev/full') ? false : 'needs /dev/full',
}, () => {
  const full = openSync('/dev/full', 'w');
  const out = join(temporaryFolder('batchnorm-out'), 'out');
  const words = ['train', file, '--steps', '900000000', '--json', '--out', out];
  const { status, stderr } = spawnSync(process.execPath, [cli, ...words], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  assert.equal(status, 1);
  assert.match(stderr, /^The output could not be written: .*no space left/);
  assert.equal(readRun(out).results.state, 'stopped');
});

/** Training in a process that goes on meanwhile. */
function start(...words: string[]) {
  const folder = join(temporaryFolder('batchnorm-out'), 'out');
  const child = spawn(process.execPath, [cli, 'train', file, '--out', folder, ...words]);
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { child, folder, ended, errors: () => text };
}

function readRun(folder: string) {
  return JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
}

test('what is wrong with a run is told when it is found, at its end, and in its file', () => {
  const cold = file.replace('moons', 'cold');
  writeFileSync(
    cold,
    `data: { moons: { examples: 400, noise: 0.1 } }
network:
  - repeat: { times: 2, layers: [dense: 16, batchnorm: { momentum: 0.001 }, relu] }
  - dense: 2
initialization: { gaussian: 3 }
train: { learningRate: 0.2, batchSize: 50, steps: 300, evaluateEvery: 100 }
`,
  );
  const words = ['train', cold, '--out', 'out'];
  const { stdout, cwd } = batchnorm(...words, '--json');
  const [found, ...others] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'finding');
  assert.deepEqual(others, []);
  assert.deepEqual([found.variant, found.step], ['base', 200]);
  assert.deepEqual([found.kind, found.layer], ['evaluation-gap', 'batchnorm1']);
  const [saved] = readRun(join(cwd, 'out')).results.findings;
  assert.deepEqual([saved.kind, saved.step], ['evaluation-gap', 300]);
  const { stderr, status } = batchnorm(...words);
  assert.equal(status, 0);
  for (const part of [saved.measured, saved.matters, saved.remedy, saved.reference.url]) {
    assert.ok(stderr.includes(part), part);
  }
  assert.ok(stderr.includes(`\nbase: warning at step 300: ${saved.title}.\n`), stderr);
});

test('help and version are no failures', () => {
  assert.match(batchnorm('--help').stdout, /train/);
  assert.match(batchnorm('--version').stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal(batchnorm('--help').status, 0);
});
