/** Ejected programs against our engine, with PyTorch as the judge where it is installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { DataSet } from '../../sidecar/data/types.ts';
import { layerTable } from '../../sidecar/network/layers.ts';
import type { Examples, Weights } from '../../sidecar/network/types.ts';
import { ejectVariant } from '../../sidecar/runs/eject-run.ts';
import type { PreparedRun } from '../../sidecar/runs/prepare.ts';
import { decodeSafetensors } from '../../sidecar/safetensors.ts';
import { examplesFor, identity } from '../engine/networks.ts';
import { createSession } from '../engine/session.ts';
import { temporaryFolder } from '../temporary.ts';
import { type Case, cases, random } from './cases.ts';

const python = '/usr/bin/python3';
const torch = spawnSync(python, ['-c', 'import torch, numpy'], { encoding: 'utf8' });
const skip = torch.status === 0 ? false : `needs PyTorch and NumPy in ${python}`;

const tolerance = 1e-4;
const folder = temporaryFolder('batchnorm-eject');

interface Outcome {
  readonly losses: readonly number[];
  readonly weights: Weights;
  /** On the test set. */
  readonly loss: number;
  readonly accuracy: number | null;
}

function examplesOf({ network, classes }: Case, count: number, seed: number): Examples {
  const examples = examplesFor(network, count, seed);
  if (classes === null || examples.targets instanceof Int32Array) return examples;
  return {
    ...examples,
    targets: Int32Array.from({ length: count }, (_, i) => (i * i) % classes.length),
  };
}

/** What the engine makes of a case. */
async function trainHere(
  { network, normalization }: Case,
  train: Examples,
  test: Examples,
  initial: Weights,
): Promise<Outcome> {
  const { trainer } = await createSession(network, train, { normalization, initial });
  const losses = Array.from({ length: network.train.steps }, () => {
    trainer.step();
    return trainer.loss;
  });
  trainer.settleStatistics();
  const outcome = { losses, weights: trainer.weights(), ...trainer.evaluate(test) };
  trainer.close();
  return outcome;
}

async function eject(
  target: string,
  { network, normalization = identity, classes }: Case,
  train: Examples,
  test: Examples,
  initial: Weights,
) {
  const data = {
    train,
    test,
    validation: null,
    normalization,
    summary: { name: 'made up', classes },
  };
  const prepared = { data: data as unknown as DataSet, request: { place: 'made-up.bn.yaml' } };
  return ejectVariant(
    {
      prepared: prepared as PreparedRun,
      variant: 'base',
      network,
      initial,
      trained: null,
      changes: [],
    },
    target,
  );
}

/** Running statistics other than the usual ones, so that frozen ones matter. */
async function initialFor(one: Case): Promise<Weights> {
  const { trainer, initial } = await createSession(one.network, examplesOf(one, 20, 3));
  trainer.close();
  return new Map(
    [...initial].map(([name, { shape, values }]) => [
      name,
      {
        shape,
        values: name.includes('running_')
          ? values.map((value, i) => value + 0.1 * ((i % 5) + 1))
          : values,
      },
    ]),
  );
}

function readLosses(target: string): number[] {
  const [, ...lines] = readFileSync(join(target, 'history.csv'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => Number(line.split(',')[1]));
}

function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  assert.equal(theirs.length, ours.length);
  let largest = 0;
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i] - theirs[i]);
    assert.ok(Number.isFinite(difference), `found ${ours[i]} and ${theirs[i]} at ${i}`);
    largest = Math.max(largest, difference);
  }
  return largest;
}

function compare(target: string, ours: Outcome): void {
  const difference = largestDifference(ours.losses, readLosses(target));
  assert.ok(difference <= tolerance, `losses differ by ${difference}`);
  const place = join(target, 'weights.safetensors');
  const { weights } = decodeSafetensors(readFileSync(place), place);
  assert.deepEqual([...weights.keys()].sort(), [...ours.weights.keys()].sort());
  for (const [name, { values }] of ours.weights) {
    const found = largestDifference(values, weights.get(name)!.values);
    assert.ok(found <= 1e-3, `${name} differs by ${found}`);
  }
}

test('the cases have every kind of layer whose training draws no random numbers', () => {
  const had = new Set<string>(
    Object.values(cases).flatMap(({ network }) => network.layers.map(({ kind }) => kind)),
  );
  const all = [...Object.keys(layerTable), 'concat', 'add'];
  assert.deepEqual(
    all.filter((kind) => !had.has(kind)),
    ['dropout'],
  );
});

describe('ejected programs, 50 steps of each', { skip }, () => {
  const expected = new Map<string, Outcome>();
  let said: Record<string, string> = {};

  before(async () => {
    for (const [name, one] of Object.entries(cases)) {
      const [train, test] = [examplesOf(one, 61, 1), examplesOf(one, 23, 2)];
      const initial = await initialFor(one);
      expected.set(name, await trainHere(one, train, test, initial));
      await eject(join(folder, name), one, train, test, initial);
    }
    // One process for all: starting PyTorch takes longer than training.
    const script = `
import contextlib, io, json, runpy, sys
import torch
torch.set_num_threads(1)
said = {}
for name in sys.argv[2:]:
    sys.argv = ["train.py"]
    with contextlib.redirect_stdout(io.StringIO()) as output:
        runpy.run_path(f"${folder}/{name}/train.py", run_name="__main__")
    said[name] = output.getvalue()
print(json.dumps(said))
`;
    const { stdout, stderr, status } = spawnSync(python, ['-c', script, '', ...expected.keys()], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    said = JSON.parse(stdout);
  });

  for (const name of Object.keys(cases)) {
    test(`${name}: losses within ${tolerance} of the engine's, and so the weights and the evaluation`, () => {
      const ours = expected.get(name)!;
      compare(join(folder, name), ours);
      const last = said[name].trimEnd().split('\n').at(-1)!;
      const [, loss, accuracy] = last.match(/test loss ([\d.]+)(?:, accuracy ([\d.]+)%)?$/)!;
      assert.ok(Math.abs(Number(loss) - ours.loss) < 1e-3, `${last}, expected ${ours.loss}`);
      if (ours.accuracy === null) assert.equal(accuracy, undefined);
      else assert.equal(accuracy, (100 * ours.accuracy).toFixed(2));
    });
  }

  test('augmentation moves and mirrors whole images, with zeros from outside, and dropout trains', async () => {
    const target = join(folder, 'random');
    const [train, test] = [examplesOf(random, 20, 1), examplesOf(random, 8, 2)];
    await eject(target, random, train, test, await initialFor(random));
    const program = readFileSync(join(target, 'train.py'), 'utf8');
    assert.match(program, /dropout and augmentation by PyTorch uses random numbers of its own/);
    // Every image that comes out is the original somewhere on a canvas of zeros, perhaps mirrored.
    const script = `
import sys
sys.path.insert(0, sys.argv.pop())
import torch, train
import torch.nn.functional as F
torch.manual_seed(3)
image = torch.arange(1.0, 61.0).reshape(2, 6, 5)
seen = set()
for changed in train.augment(image.repeat(300, 1, 1, 1)):
    for flip in (False, True):
        canvas = F.pad(image.flip(-1) if flip else image, (3, 3, 3, 3))
        for top in range(7):
            for left in range(7):
                inside = canvas[:, top : top + 6, left : left + 5]
                common = changed != 0
                if common.any() and torch.equal(inside[common], changed[common]):
                    seen.add((flip, top, left))
                    break
            else:
                continue
            break
        else:
            continue
        break
    else:
        raise SystemExit(f"no such image: {changed}")
assert {flip for flip, _, _ in seen} == {False, True}, seen
assert {top for _, top, _ in seen} == set(range(7)) == {left for _, _, left in seen}, seen
train.main()
`;
    const { status, stderr } = spawnSync(python, ['-c', script, target], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(readLosses(target).filter(Number.isFinite).length, 5);
  });

  test('two processes under torchrun, with a batch that they cannot share evenly, give the same losses', () => {
    const target = join(folder, 'images');
    rmSync(join(target, 'history.csv'));
    rmSync(join(target, 'weights.safetensors'));
    // What PyTorch 1.13 has for these two by default fails under Python 3.11.
    const usual = ['--redirects', '1', '--tee', '1'];
    const { status, stderr, stdout } = spawnSync(
      python,
      ['-m', 'torch.distributed.run', ...usual, '--nproc_per_node', '2', join(target, 'train.py')],
      // Processes that wait for each other would never end.
      { encoding: 'utf8', timeout: 120_000, env: { ...process.env, OMP_NUM_THREADS: '1' } },
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /CpuSyncBatchNorm does its work here/);
    compare(target, expected.get('images')!);
  });
});
