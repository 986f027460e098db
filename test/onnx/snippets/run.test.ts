/**
 * The programs themselves, each run in a process of its own where its language is to be had, against the engine or a
 * float64 evaluation of the same network. Python's package is seldom there: then numpy and the whole program are real,
 * and `onnxruntime` is a stand-in that hands the work to onnxruntime-node.
 */
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { buildModel, type ModelSource } from '../../../sidecar/onnx/build.ts';
import { certifyModel } from '../../../sidecar/onnx/certificate.ts';
import { defaultForm } from '../../../sidecar/onnx/choices.ts';
import { buildEnsemble } from '../../../sidecar/onnx/ensemble.ts';
import { readModel } from '../../../sidecar/onnx/read.ts';
import { readFacts } from '../../../sidecar/onnx/snippets/facts.ts';
import { writeSnippet } from '../../../sidecar/onnx/snippets/snippet.ts';
import type { SnippetLanguage } from '../../../sidecar/protocol/onnx.ts';
import { exportModel, trainedVariant } from '../../../sidecar/runs/export-run.ts';
import { prepareRun } from '../../../sidecar/runs/prepare.ts';
import { Run } from '../../../sidecar/runs/run.ts';
import { temporaryFolder } from '../../temporary.ts';
import {
  batchnorm,
  dense,
  evaluate,
  type Sample,
  sampleInputs,
  sampleSource,
  sampleTask,
} from '../samples.ts';
import { hostileNames } from './hostile.ts';

const folder = temporaryFolder('batchnorm-snippets');
const root = join(import.meta.dirname, '../../..');
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));

/** A model, and what its program should say of its example. */
interface Case {
  readonly file: string;
  /** Probability of each class; null for a regression. */
  readonly shares: readonly number[] | null;
  readonly labels: readonly string[] | null;
  /** What the model gives. */
  readonly outputs: readonly number[];
}

/** Of one number, the probabilities of two classes. */
function sharesOf(logits: readonly number[]): number[] {
  if (logits.length === 1) return sharesOf([0, logits[0]]);
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

const classes: Sample = {
  title: 'classes',
  input: [3],
  operations: [dense(5, false), batchnorm, { kind: 'tanh' }, dense(3)],
  normalization: 'feature',
};
const single: Sample = {
  ...classes,
  operations: [dense(4), dense(1)],
  loss: 'binary-cross-entropy',
  classes: ['no', 'yes'],
};

async function write(
  file: string,
  model: Uint8Array,
  source: ModelSource,
  outputs: readonly number[],
): Promise<void> {
  const task = { ...sampleTask(source, 1), expected: Float32Array.from(outputs), model };
  const { bytes } = await certifyModel(task, { runtimes: [] });
  writeFileSync(join(folder, file), bytes);
}

async function sampled(
  file: string,
  sample: Sample,
  changes: Partial<ModelSource> = {},
): Promise<Case> {
  const source = { ...sampleSource(sample), ...changes };
  const logits = [...evaluate(source, sampleInputs(source, 1))];
  const shares = source.network.loss === 'mse' ? null : sharesOf(logits);
  const last = logits.length === 1 ? shares?.slice(1) : shares;
  const outputs = source.form.output === 'probabilities' ? last! : logits;
  await write(file, buildModel(source), source, outputs);
  return { file, shares, labels: source.data.classes, outputs };
}

async function ensembled(file: string): Promise<Case> {
  const [a, b] = [sampleSource(classes, 1), sampleSource(classes, 2)];
  const { network, weights, normalization } = a;
  const form = { ...a.form, output: 'probabilities' } as const;
  const members = [a, b].map((each, index) => {
    return { name: `member ${index}`, network, weights: each.weights, steps: 1 };
  });
  const model = buildEnsemble({ ...a, form, members });
  const [one, other] = [weights, b.weights].map((each) =>
    sharesOf([...evaluate({ ...a, weights: each, normalization }, sampleInputs(a, 1))]),
  );
  const shares = one.map((probability, index) => (probability + other[index]) / 2);
  await write(file, model, a, shares);
  return { file, shares, labels: a.data.classes, outputs: shares };
}

/** Trained and exported as a person would. */
async function trained(data: string, rest: string): Promise<Case> {
  const place = `${data}.bn.yaml`;
  const text = `data: ${data}\n${rest}`;
  const prepared = await prepareRun({ uri: place, place, text, folder });
  const clock = () => performance.now();
  const run = new Run({ id: data, prepared, folder: null, listener: {}, clock });
  await run.train();
  const file = `${data}.onnx`;
  await exportModel(trainedVariant(run, 'base'), join(folder, file));
  const { source, metadata } = readModel(readFileSync(join(folder, file)), file);
  const { output } = JSON.parse(metadata['batchnorm.example']);
  return { file, shares: sharesOf(output), labels: source!.data.classes, outputs: output };
}

const data = (labels: readonly string[]) => ({ ...sampleSource(classes).data, classes: labels });
const output = { ...defaultForm, output: 'probabilities' } as const;

const cases: Readonly<Record<string, () => Promise<Case>>> = {
  iris: () => trained('iris', 'network: [{ dense: 3 }]\ntrain: { steps: 50, batchSize: 12 }\n'),
  mnist: () => trained('mnist', 'network: [{ dense: 10 }]\ntrain: { steps: 20, batchSize: 60 }\n'),
  'a regression': () => sampled('regression.onnx', { ...classes, loss: 'mse' }),
  'one logit': () => sampled('logit.onnx', single),
  'one probability': () => sampled('probability.onnx', single, { form: output }),
  probabilities: () => sampled('probabilities.onnx', classes, { form: output }),
  'classes without names': () => {
    return sampled('nameless.onnx', classes, { data: { ...data([]), classes: null } });
  },
  'an ensemble': () => ensembled('ensemble.onnx'),
  'a model of hostile names': () => {
    const many = { ...classes, operations: [dense(hostileNames.length)] };
    const names = { data: data(hostileNames), featureNames: hostileNames.slice(4, 7) };
    return sampled(`hostile "names'\\ $ {0} \u{1f600}.onnx`, many, names);
  },
  'a model of hostile labels': () => {
    const labels = [['*/"\n$', '{0}{1}\\'].join(''), "\u2028'''\u202e#"];
    return sampled('labels.onnx', single, { data: data(labels) });
  },
};

function programOf({ file }: Case, language: SnippetLanguage): string {
  const model = readModel(readFileSync(join(folder, file)), file);
  return writeSnippet(readFacts(model, file, file), language);
}

/** What a program prints must be what the network computes. */
function check(
  { shares, labels, outputs }: Case,
  { status, stdout, stderr }: SpawnSyncReturns<string>,
): void {
  assert.equal(status, 0, stderr);
  const difference = /\nlargest difference from the engine: (\S+)\s*$/.exec(stdout);
  assert.ok(difference !== null && Number(difference[1]) < 1e-4, stdout);
  const said = stdout.slice(0, difference.index);
  if (shares === null) {
    const found = said.replace('prediction: ', '').split(', ').map(Number);
    assert.equal(found.length, outputs.length);
    outputs.forEach((wanted, index) => {
      const bound = 1e-4 * Math.max(1, Math.abs(wanted));
      assert.ok(Math.abs(found[index] - wanted) < bound, said);
    });
    return;
  }
  const best = shares.indexOf(Math.max(...shares));
  const [found, probability] = said.split('\nprobability: ');
  assert.equal(found, `class: ${labels?.[best] ?? best}`);
  assert.ok(Math.abs(Number(probability) - shares[best]) < 1e-5, said);
}

function runIn(command: string, program: string, env = process.env): SpawnSyncReturns<string> {
  return spawnSync(command, [program], { cwd: folder, encoding: 'utf8', env });
}

const made = new Map<string, Case>();

before(async () => {
  for (const [title, make] of Object.entries(cases)) made.set(title, await make());
});

describe('the JavaScript program runs', () => {
  for (const title of Object.keys(cases)) {
    test(`for ${title}`, () => {
      const program = join(folder, `${title}.mjs`);
      writeFileSync(program, programOf(made.get(title)!, 'javascript'));
      check(made.get(title)!, runIn(process.execPath, program));
    });
  }

  test('without an example too', () => {
    const { file } = made.get('iris')!;
    const facts = readFacts(readModel(readFileSync(join(folder, file)), file), file, file);
    const program = join(folder, 'none.mjs');
    writeFileSync(program, writeSnippet({ ...facts, example: null }, 'javascript'));
    const { status, stdout, stderr } = runIn(process.execPath, program);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^class: \w+\nprobability: 0\.\d{6}\n$/);
  });
});

const python = ['python3', '/usr/bin/python3'].find(
  (each) => spawnSync(each, ['-c', 'import numpy']).status === 0,
);
const hasRuntime =
  python !== undefined && spawnSync(python, ['-c', 'import onnxruntime']).status === 0;

describe('the Python program runs', {
  skip: python === undefined ? 'needs python3 with numpy' : false,
}, () => {
  const path = join(folder, 'python');
  before(() => {
    if (hasRuntime) return;
    console.log(
      'onnxruntime for Python is not installed: a stand-in hands its work to onnxruntime-node',
    );
    mkdirSync(path);
    writeFileSync(join(path, 'onnxruntime.py'), standIn);
    writeFileSync(join(folder, 'stand-in.mjs'), standInWork);
  });
  for (const title of Object.keys(cases)) {
    test(`for ${title}`, () => {
      const program = join(folder, `${title}.py`);
      writeFileSync(program, programOf(made.get(title)!, 'python'));
      const stand = { NODE: process.execPath, STAND_IN: join(folder, 'stand-in.mjs') };
      const env = { ...process.env, ...(!hasRuntime && { ...stand, PYTHONPATH: path }) };
      check(made.get(title)!, runIn(python!, program, env));
    });
  }
});

test('the C# program compiles', {
  skip: spawnSync('dotnet', ['--version']).status === 0 ? false : 'needs dotnet',
}, () => {
  const project = join(folder, 'csharp');
  mkdirSync(project);
  const dotnet = (...words: string[]) => {
    const { status, stdout } = spawnSync('dotnet', words, { cwd: project, encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  };
  dotnet('new', 'console', '--force', '--no-restore');
  dotnet('add', 'package', 'Microsoft.ML.OnnxRuntime');
  for (const each of made.values()) {
    writeFileSync(join(project, 'Program.cs'), programOf(each, 'csharp'));
    dotnet('build');
  }
});

/** As much of Python's package as the programs use. */
const standIn = `
import json, os, subprocess
import numpy as np

class InferenceSession:
    def __init__(self, path, providers):
        assert providers == ["CPUExecutionProvider"]
        self.path = path

    def run(self, outputs, feeds):
        assert all(each.dtype == np.float32 for each in feeds.values())
        tensors = {name: [each.ravel().tolist(), each.shape] for name, each in feeds.items()}
        request = json.dumps([self.path, outputs, tensors])
        command = [os.environ["NODE"], os.environ["STAND_IN"]]
        answer = subprocess.run(command, input=request, capture_output=True, text=True, check=True)
        return [np.array(data, dtype=np.float32).reshape(dims) for data, dims in json.loads(answer.stdout)]
`;
const standInWork = `
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
const [path, outputs, tensors] = JSON.parse(readFileSync(0, 'utf8'));
const session = await InferenceSession.create(path);
const feeds = Object.entries(tensors).map(([name, [data, dims]]) => [name, new Tensor('float32', Float32Array.from(data), dims)]);
const results = await session.run(Object.fromEntries(feeds));
console.log(JSON.stringify(outputs.map((name) => [Array.from(results[name].data), results[name].dims])));
`;
