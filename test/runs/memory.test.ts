import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTraining } from '../../sidecar/engine/plan.ts';
import { planProbe } from '../../sidecar/engine/probes/plan.ts';
import { readNetworkFile } from '../../sidecar/network/file.ts';
import { resolveVariant } from '../../sidecar/network/resolve.ts';
import type { DataSummary, Network } from '../../sidecar/network/types.ts';
import { MemoryFigures } from '../../sidecar/runs/memory.ts';

const data: DataSummary = {
  name: 'points',
  input: [2],
  classes: ['0', '1'],
  trainExamples: 1000,
  testExamples: 100,
};

function network(units: number, train: string): Network {
  const text = `data: moons\nnetwork: [dense: ${units}, batchnorm, relu, dense: 2]\ntrain: { probe: none, ${train} }\n`;
  return resolveVariant(readNetworkFile(text), 'base', data).network!;
}

test('the figure is that of the plan, and follows units, batch and optimizer', () => {
  const figures = new MemoryFigures();
  const networks = [
    network(50, 'batchSize: 32'),
    network(500, 'batchSize: 32'),
    network(500, 'batchSize: 320'),
    network(500, 'batchSize: 320, optimizer: adam'),
  ];
  const bytes = networks.map((each) => figures.of(each));
  assert.deepEqual(
    bytes,
    networks.map((each) => planTraining(each).bytes),
  );
  assert.deepEqual(
    bytes,
    bytes.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(bytes).size, bytes.length);
});

test('where probes take more than training, the figure is theirs', () => {
  const wide = network(2000, 'batchSize: 2');
  const probed: Network = { ...wide, train: { ...wide.train, probe: 'gradients' } };
  const figures = new MemoryFigures();
  const { bytes } = planTraining(wide);
  assert.equal(figures.of(wide), bytes);
  assert.equal(figures.of(probed), planProbe(probed, 1000, bytes)!.plan.bytes);
  assert.ok(figures.of(probed) > bytes);
});

test('what changes nothing of the layout has the figure that is known', () => {
  const figures = new MemoryFigures();
  const once = figures.of(network(20, 'batchSize: 10'));
  assert.equal(figures.of(network(20, 'batchSize: 10, learningRate: 3, steps: 7')), once);
  // Many others in between push it out; it is planned anew.
  for (let units = 1; units <= 70; units++) figures.of(network(units, 'batchSize: 2'));
  assert.equal(figures.of(network(20, 'batchSize: 10')), once);
});
