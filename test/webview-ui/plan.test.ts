import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planLayers, planOverview } from '../../webview-ui/plan.ts';
import { readAt, sayAll, snapToRecorded, stepBy } from '../../webview-ui/reading.ts';
import { Store } from '../../webview-ui/store.ts';
import { tableContent } from '../../webview-ui/table-content.ts';
import { Feed } from './feed.ts';

const feed = new Feed({ steps: 400, every: 2, hiddenLayers: 1 });
const store = new Store();
store.replace(feed.snapshot(feed.rowCount));
const layers = planLayers(store.variants);
const batchnorm = layers.find(({ name }) => name === 'batchnorm1')!;

function namesOf(chart: { traces: readonly { variant: { name: string }; label: string }[] }) {
  return chart.traces.map(({ variant, label }) => `${variant.name}: ${label}`);
}

test('there is a row for every layer of any variant', () => {
  const names = layers.map(({ name }) => name);
  assert.deepEqual(names, ['dense1', 'batchnorm1', 'sigmoid1', 'dense2']);
});

test('a dense layer shows the mean and variance of its output in every variant', () => {
  const [mean, variance] = layers[0].charts;
  assert.equal(layers[0].charts.length, 2);
  assert.deepEqual(namesOf(mean), ['base: output', 'without-batchnorm: output']);
  assert.equal(mean.log, 'never');
  assert.equal(variance.log, 'auto');
});

test('batch normalization shows batch beside running, and what flows there without it', () => {
  const [inputMean, , outputMean] = batchnorm.charts;
  assert.deepEqual(namesOf(inputMean), [
    'base: batch',
    'base: running',
    'without-batchnorm: dense1, not normalized',
  ]);
  assert.deepEqual(namesOf(outputMean), [
    'base: normalized',
    'without-batchnorm: dense1, not normalized',
  ]);
  assert.equal(batchnorm.comparisons[0].shown, 'dense1');
});

test('the comparison reads the other variant’s own tensor', () => {
  const compared = batchnorm.charts[0].traces.at(-1)!;
  const { variant } = compared;
  const column = variant.history.indexOf('dense1', 'outputMean', 'mid');
  assert.equal(compared.read().mid[7], variant.history.values(column)[7]);
});

test('a network without classes has no accuracy to show', () => {
  const regression = store.variants.map((variant) => ({
    ...variant,
    evaluations: variant.evaluations.map((each) => ({ ...each, testAccuracy: null })),
  }));
  const keys = planOverview(regression).map(({ key }) => key);
  assert.deepEqual(keys, ['loss']);
  assert.equal(planOverview(store.variants).length, 2);
});

test('a table has the figures of its steps and ends with the latest', () => {
  const { traces } = layers[0].charts[1];
  const { groups, rows } = tableContent(traces, [0, 400], 'figure');
  assert.deepEqual(groups[0].columns, ['15 %', 'median', '85 %']);
  assert.ok(rows.length >= 5 && rows.length <= 14);
  assert.equal(rows.at(-1)!.step, 400);
  for (const { step, cells } of rows) {
    const { low, mid, high } = traces[0].read();
    const row = step / 2;
    const shown = cells.slice(0, 3).map(Number);
    const expected = [low![row], mid[row], high![row]].map((value) => Number(value.toPrecision(3)));
    assert.deepEqual(shown, expected);
  }
});

test('evaluations in a table name their own step where it is another', () => {
  const accuracy = planOverview(store.variants)[1];
  const { rows } = tableContent(accuracy.traces, [0, 50], 'percent');
  const between = rows.find(({ step }) => step % 20 !== 0);
  for (const cell of between?.cells ?? []) assert.match(cell, / % at \d+$/);
});

test('a line has no value beyond its last step, an evaluation keeps its latest', () => {
  const young = new Store();
  young.replace(feed.snapshot(21));
  const [loss, accuracy] = planOverview(young.variants);
  assert.equal(readAt(loss.traces, 300)[0].step, null);
  assert.equal(readAt(accuracy.traces, 300)[0].step, 40);
});

test('the cursor goes over recorded steps and stays within them', () => {
  const { traces } = layers[0].charts[0];
  assert.equal(snapToRecorded(traces, 101.2), 102);
  assert.equal(stepBy(traces, 100, 1), 102);
  assert.equal(stepBy(traces, 100, -1000), 0);
  assert.equal(stepBy(traces, null, 0), 400);
});

test('all values at a step are one sentence', () => {
  const { traces } = batchnorm.charts[1];
  const said = sayAll(readAt(traces, 100), 100, 'figure');
  assert.match(
    said,
    /^step 100, base batch [\d.]+, base running [\d.]+, without-batchnorm dense1,/,
  );
});
