/** Ejecting runs as they are in memory and on disk, and network files; the program trains as the run did. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { before, describe, test } from 'node:test';
import {
  ejectableVariant,
  ejectVariant,
  savedEjectable,
  untrainedEjectable,
} from '../../sidecar/runs/eject-run.ts';
import { prepareRun, type RunRequest } from '../../sidecar/runs/prepare.ts';
import { Run } from '../../sidecar/runs/run.ts';
import { decodeSafetensors } from '../../sidecar/safetensors.ts';
import { temporaryFolder } from '../temporary.ts';

const python = '/usr/bin/python3';
const hasTorch = spawnSync(python, ['-c', 'import torch, numpy']).status === 0;
const skip = hasTorch ? false : `needs PyTorch and NumPy in ${python}`;

const folder = temporaryFolder('batchnorm-ejected');
/** Early stopping ends it; exact statistics are those of the weights that are kept. */
const text = `
data: { moons: { examples: 200, noise: 0.3, validation: 0.2 } }
network:
  - dense: 8
  - batchnorm: { statistics: exact, momentum: 0.3 }
  - tanh
  - dense: { units: 2, name: last-layer }
train: { learningRate: 1, batchSize: 16, steps: 600, evaluateEvery: 15, earlyStopping: { patience: 2 } }
variants:
  lone: { remove: batchnorm }
`;
const request: RunRequest = { uri: 'moons.bn.yaml', place: 'moons.bn.yaml', text, folder };

function weightsIn(place: string) {
  return decodeSafetensors(readFileSync(place), place).weights;
}

async function trained(request: RunRequest, out: string): Promise<Run> {
  const prepared = await prepareRun(request);
  const clock = () => performance.now();
  const run = new Run({ id: '1', prepared, folder: join(folder, out), listener: {}, clock });
  await run.train();
  return run;
}

describe('a run with a validation part, early stopping and exact statistics', () => {
  let run: Run;
  const target = join(folder, 'ejected');

  before(async () => {
    run = await trained(request, 'run');
    await ejectVariant(ejectableVariant(run, 'base'), target);
  });

  test('is ejected with the weights it began with and those it came to', () => {
    const { prepared, trained } = run.find('base')!;
    assert.deepEqual(weightsIn(join(target, 'initial.safetensors')), sorted(prepared.initial));
    assert.deepEqual(weightsIn(join(target, 'trained.safetensors')), sorted(trained!.weights));
  });

  test('is ejected from disk as from memory', async () => {
    const again = join(folder, 'again');
    const { files } = await ejectVariant(await savedEjectable(join(folder, 'run')), again);
    assert.deepEqual(files.slice(0, 3), ['train.py', 'initial.safetensors', 'trained.safetensors']);
    assert.equal(files.filter((name) => name.startsWith('data/')).length, 6);
    for (const name of files) {
      assert.ok(readFileSync(join(again, name)).equals(readFileSync(join(target, name))), name);
    }
  });

  test('ends in PyTorch at the same evaluation with the same weights', { skip }, () => {
    const { status, stdout, stderr } = spawnSync(python, [join(target, 'train.py')], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const { evaluations } = run.find('base')!;
    assert.ok(evaluations.length * 15 < 600, 'expected it to end early');
    const evaluated = [...stdout.matchAll(/^step (\d+): validation loss ([\d.]+)/gm)];
    assert.deepEqual(
      evaluated.map(([, step]) => Number(step)),
      evaluations.map(({ step }) => step),
    );
    evaluated.forEach(([, , loss], i) => {
      assert.ok(Math.abs(Number(loss) - evaluations[i].validationLoss!) < 1e-4, loss);
    });
    const found = weightsIn(join(target, 'weights.safetensors'));
    for (const [name, { values }] of run.find('base')!.trained!.weights) {
      const theirs = found.get(name)!.values;
      values.forEach((value, i) => {
        assert.ok(Math.abs(value - theirs[i]) < 1e-3, `${name} ${i}: ${value} and ${theirs[i]}`);
      });
    }
  });

  test('has a program that measures the trained weights', { skip }, () => {
    const words = [join(target, 'train.py'), '--evaluate', join(target, 'trained.safetensors')];
    const { stdout, stderr } = spawnSync(python, words, { encoding: 'utf8' });
    const { testAccuracy } = run.summary().variants[0];
    assert.match(
      stdout,
      new RegExp(`test loss .*accuracy ${(100 * testAccuracy!).toFixed(2)}%`),
      stderr,
    );
  });

  test('does not overwrite what somebody may have changed', async () => {
    const program = readFileSync(join(target, 'train.py'));
    await assert.rejects(
      ejectVariant(ejectableVariant(run, 'base'), target),
      /expected a new or an empty folder, found \S+ in it/,
    );
    assert.ok(readFileSync(join(target, 'train.py')).equals(program));
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await assert.rejects(
      ejectVariant(ejectableVariant(run, 'base'), join(file, 'below')),
      /expected a place that can be written/,
    );
    assert.throws(
      () => ejectableVariant(run, 'none'),
      /Expected a variant of this run, found "none"/,
    );
  });

  test('what began with given weights is ejected with those, also from disk', async () => {
    const weights = run.find('base')!.trained!.weights;
    const init = { weights, place: 'weights.safetensors' };
    await trained({ ...request, init, overrides: { steps: 20 } }, 'continued');
    const { initial } = await savedEjectable(join(folder, 'continued'));
    assert.deepEqual(sorted(initial), sorted(weights));
  });
});

test('a network file is ejected without any run, one variant at a time', async () => {
  const target = join(folder, 'file-alone');
  mkdirSync(target);
  const { files } = await ejectVariant(
    await untrainedEjectable({ ...request, variants: ['lone'] }),
    target,
  );
  assert.ok(!files.includes('trained.safetensors'));
  const program = readFileSync(join(target, 'train.py'), 'utf8');
  assert.doesNotMatch(program, /BatchNorm[12]d|trained\.safetensors/);
  assert.ok(existsSync(join(target, 'data/validation-inputs.npy')));
  await assert.rejects(
    untrainedEjectable({ ...request, variants: 'all' }),
    /expected one variant, found base, lone/,
  );
});

/** In the order of a file. */
function sorted(weights: ReadonlyMap<string, unknown>) {
  return new Map([...weights].sort(([a], [b]) => (a < b ? -1 : 1)));
}
