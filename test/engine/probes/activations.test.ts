/** What a probe says of activations, normalizations and losses, against the network in float64. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derivativeOf } from '../../../sidecar/engine/probes/derivatives.ts';
import type { Network } from '../../../sidecar/network/types.ts';
import { betweenDense, networks } from '../cases.ts';
import { assertClose } from '../close.ts';
import { batchnorm, conv, dense, examplesFor, networkOf } from '../networks.ts';
import { lossOf, momentsOf, type Rows } from '../reference.ts';
import { createProbed } from './probed.ts';

const probing = { probe: 'activations', batchSize: 8, learningRate: 0.05 } as const;

for (const [name, layers] of Object.entries(betweenDense)) {
  const operations = [dense(11), ...layers, dense(3)];
  test(`${name}: as in float64, before training and after some steps`, () =>
    check(networkOf(5, operations, probing)));
}

for (const [name, { input, layers }] of Object.entries(networks)) {
  test(`${name}: as in float64, before training and after some steps`, () =>
    check(networkOf(input, [...layers, dense(3)], probing)));
}

for (const loss of ['softmax-cross-entropy', 'binary-cross-entropy'] as const) {
  test(`${loss}: loss and accuracy of the batch both ways`, async () => {
    const layers = [dense(9), batchnorm(), { kind: 'tanh' } as const, dense(3)];
    const network = networkOf(5, layers, { ...probing, loss });
    const { trainer, prober, train, outputs } = await createProbed(network);
    for (let i = 0; i < 5; i++) trainer.step();
    const { batch, running } = prober(0.1);
    for (const [mode, found] of [
      ['training', batch],
      ['inference', running],
    ] as const) {
      const rows = outputs(mode).get('dense2')!;
      const right = rows.filter(
        (row, i) => row.indexOf(Math.max(...row)) === train.targets[i],
      ).length;
      assert.equal(found.accuracy, right / rows.length, mode);
    }
    assert.notEqual(batch.loss, running.loss);
  });
}

async function check(network: Network): Promise<void> {
  const probed = await createProbed(network);
  for (const steps of [0, 3]) {
    for (let i = 0; i < steps; i++) probed.trainer.step();
    const { activations, gaps, batch, running } = probed.prober(0.1);
    const outputs = probed.outputs('training');
    const names = network.layers.filter((layer) => derivativeOf(layer)).map(({ name }) => name);
    assert.deepEqual(
      activations.map(({ layer }) => layer),
      names,
    );
    for (const activation of activations) checkActivation(network, activation, outputs);
    checkGaps(network, gaps, outputs, probed.values());
    const { targets } = probed.train;
    const last = network.layers.at(-1)!.name;
    const near = { relative: 1e-4 };
    assertClose([batch.loss], [lossOf('mse', outputs.get(last)!, targets)], near, 'batch loss');
    const inferred = probed.outputs('inference').get(last)!;
    assertClose([running.loss], [lossOf('mse', inferred, targets)], near, 'running loss');
    assert.deepEqual([batch.accuracy, running.accuracy], [null, null]);
  }
}

type Measures = Awaited<ReturnType<Awaited<ReturnType<typeof createProbed>>['prober']>>;

function checkActivation(
  network: Network,
  found: Measures['activations'][number],
  outputs: ReadonlyMap<string, Rows>,
): void {
  const layer = network.layers.find(({ name }) => name === found.layer)!;
  const { at, largest } = derivativeOf(layer)!;
  const units = valuesByUnit(outputs.get(layer.inputs[0])!, layer.input[0]);
  const all = units.flatMap((values) => [...values]);
  const slopes = all.map(at);
  const near = { absolute: 1e-5 };
  const mean = slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length;
  // A value close to the kink of a ReLU may be on either side of it.
  const one = { absolute: 1.5 / all.length };
  assertClose([found.derivative], [mean], { absolute: 1e-5 + 1 / all.length }, 'derivative');
  const flat = slopes.filter((slope) => Math.abs(slope) < 0.1 * largest).length;
  assertClose([found.saturated], [flat / all.length], one, 'saturated');
  const mostlyFlat = units.filter(
    (own) => 2 * own.filter((u) => Math.abs(at(u)) < 0.1 * largest).length > own.length,
  );
  // Of few values one may decide for its unit.
  const oneUnit = { absolute: 1.5 / units.length };
  assertClose([found.saturatedUnits], [mostlyFlat.length / units.length], oneUnit, 'units');
  const dead = units.filter((values) => values.every((u) => Math.abs(at(u)) < 0.001 * largest));
  assert.equal(found.dead, dead.length / units.length, 'dead');
  const expected = [0.15, 0.5, 0.85].flatMap((share) => units.map((u) => percentile(u, share)));
  assertClose(found.percentiles, expected, { ...near, ofLargest: 1e-4 }, `${layer.name}: bands`);
  const { counts, below, above } = found.histogram;
  assert.equal(
    counts.reduce((a, b) => a + b, below + above),
    all.length,
  );
}

/** Values of each unit over examples and locations. */
function valuesByUnit(rows: Rows, units: number): Float64Array[] {
  const pixels = rows[0].length / units;
  return Array.from({ length: units }, (_, unit) =>
    Float64Array.from(
      rows.flatMap((row) => [...row.subarray(unit * pixels, (unit + 1) * pixels)]),
    ).sort(),
  );
}

/** By weights of the two neighbours. */
function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const weight = at % 1;
  const i = at - weight;
  return weight === 0 ? sorted[i] : (1 - weight) * sorted[i] + weight * sorted[i + 1];
}

function checkGaps(
  network: Network,
  found: Measures['gaps'],
  outputs: ReadonlyMap<string, Rows>,
  values: ReadonlyMap<string, Float64Array>,
): void {
  const norms = network.layers.filter((layer) => layer.kind === 'batchnorm');
  assert.deepEqual(
    found.map(({ layer }) => layer),
    norms.map(({ name }) => name),
  );
  for (const [i, { name, inputs, input, epsilon }] of norms.entries()) {
    const { mean, variance } = momentsOf(outputs.get(inputs[0])!, input[0]);
    const deviations = Float64Array.from(variance, (v) => Math.sqrt(v + epsilon));
    const means = values
      .get(`${name}.running_mean`)!
      .map((running, unit) => Math.abs(running - mean[unit]) / deviations[unit])
      .sort();
    const ratios = values
      .get(`${name}.running_var`)!
      .map((running, unit) => Math.sqrt(running + epsilon) / deviations[unit])
      .sort();
    const far = (ratio: number) => Math.abs(Math.log(ratio));
    const worst = ratios.reduce((a, b) => (far(b) > far(a) ? b : a));
    const { meanLargest, meanMedian, deviationWorst, deviationMedian } = found[i];
    assertClose(
      [meanLargest, meanMedian, deviationWorst, deviationMedian],
      [means.at(-1)!, percentile(means, 0.5), worst, percentile(ratios, 0.5)],
      { relative: 1e-3, absolute: 1e-4 },
      `${name}: gaps`,
    );
  }
}

test('a unit that nothing wakes is dead, one that a single location wakes is not', async () => {
  const network = networkOf([1, 40, 40], [conv(2, [1, 1]), { kind: 'relu' }, dense(1)], {
    ...{ ...probing, batchSize: 60 },
  });
  const train = examplesFor(network, 60);
  train.inputs.fill(-1);
  train.inputs[1600 * 7 + 800] = 1;
  const { prober, trainer } = await createProbed(network, train);
  const weights = new Map(trainer.weights());
  const share = (bias: number) => {
    weights.set('conv2d1.weight', { shape: [2, 1, 1, 1], values: Float32Array.of(1, 1) });
    weights.set('conv2d1.bias', { shape: [2], values: Float32Array.of(0, bias) });
    trainer.load(weights);
    return prober(0.1).activations[0].dead;
  };
  assert.equal(share(0), 0);
  assert.equal(share(-1.5), 0.5);
});

test('values that are not finite do not count, and break nothing', async () => {
  const layers = [dense(4), batchnorm(), { kind: 'sigmoid' } as const, dense(2)];
  for (const probe of ['activations', 'gradients'] as const) {
    const network = networkOf(3, layers, { ...probing, probe });
    const { prober, trainer } = await createProbed(network);
    const weights = trainer.weights();
    const first = weights.get('dense1.weight')!.values;
    first.fill(Number.NaN, 0, 3);
    trainer.load(weights);
    const { activations, gaps, batch } = prober(0.1);
    assert.ok(Number.isFinite(activations[0].derivative) && activations[0].derivative > 0);
    assert.equal(activations[0].dead, 0);
    assert.deepEqual([...activations[0].percentiles.subarray(0, 2)].map(Number.isNaN), [
      true,
      false,
    ]);
    assert.ok(Object.values(gaps[0]).every((value) => !Number.isNaN(value)));
    assert.ok(Number.isNaN(batch.loss));
    for (const { values } of weights.values()) values.fill(Number.POSITIVE_INFINITY);
    trainer.load(weights);
    assert.deepEqual(prober(0.1).gaps, []);
    prober(0.1);
  }
});
