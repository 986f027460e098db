import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchText } from '../../sidecar/diagnosis/non-finite.ts';
import { examplesOf } from '../../sidecar/engine/sampler.ts';
import type { Network } from '../../sidecar/network/types.ts';
import { diagnosed } from './train.ts';

const network = (learningRate: number) => `
data: { moons: { examples: 100, noise: 0.1, test: 0.2 } }
network:
  - dense: 8
  - dense: 8
  - dense: 8
  - dense: 2
train: { learningRate: ${learningRate}, batchSize: 30, steps: 200 }
`;

test('a run that diverges names layer, tensor, step and batch', async () => {
  const { variant, findings, told } = await diagnosed(network(1000));
  assert.equal(findings.length, 1);
  const [{ kind, layer, step, severity, measured, title }] = findings;
  assert.deepEqual([kind, severity], ['non-finite', 'error']);
  assert.match(layer!, /^dense\d$/);
  assert.equal(step, variant.step);
  assert.ok(title.includes(`Step ${step} `) && title.includes(layer!), title);
  // Of 80 examples, in batches of 30.
  const epoch = Math.floor(((step - 1) * 30) / 80);
  const batch = step - Math.ceil((80 * epoch) / 30);
  assert.ok(measured.includes(`batch ${batch} of epoch ${epoch + 1}`), measured);
  const examples = examplesOf(variant.prepared.network, 80, step - 1);
  assert.ok(measured.includes(`examples: #${examples[0]}, #${examples[1]}, `), measured);
  assert.match(variant.summary().error!, new RegExp(`^Step ${step} \\(batch ${batch} of epoch`));
  assert.deepEqual(told, findings);
});

test('a run that stays finite has no such finding', async () => {
  const { findings } = await diagnosed(network(0.05));
  assert.deepEqual(findings, []);
});

test('batches are counted within their epoch', () => {
  const texts = (batchSize: number, examples: number, steps: number) =>
    Array.from({ length: steps }, (_, i) => {
      const text = batchText(i + 1, { train: { batchSize } } as Network, examples);
      return text.match(/\d+/g)?.join(' of ');
    });
  assert.deepEqual(texts(2, 4, 5), ['1 of 1', '2 of 1', '1 of 2', '2 of 2', '1 of 3']);
  // The batch with the last of one epoch and the first of the next belongs to the former.
  assert.deepEqual(texts(3, 5, 6), ['1 of 1', '2 of 1', '1 of 2', '2 of 2', '1 of 3', '1 of 4']);
});
