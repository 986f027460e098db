import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartCsv } from '../../webview-ui/chart-csv.ts';
import { planLayers, planOverview } from '../../webview-ui/plan.ts';
import { Store } from '../../webview-ui/store.ts';
import { Feed } from './feed.ts';

const diverging = new Feed({
  ...{ steps: 100, every: 5, hiddenLayers: 1, variants: ['base', 'a, "b"'] },
  diverges: { variant: 'base', step: 60 },
});
const store = new Store();
store.replace(diverging.snapshot(diverging.rowCount));

/** Values of a simple CSV: no cell of a body line holds a comma here. */
const cellsOf = (csv: string) =>
  csv
    .trimEnd()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(','));

test('every recorded step of the window has its line, exact in float32', () => {
  const [, batchnorm] = planLayers(store.variants);
  const chart = batchnorm.charts.find(({ title }) => title === 'Output variance')!;
  const rows = cellsOf(chartCsv(chart.traces, [20, 80]));
  assert.deepEqual(
    rows.map(([step]) => Number(step)),
    [20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80],
  );
  for (const [step, ...cells] of rows) {
    const expected = diverging.variants.flatMap(({ columns, rows: all }) => {
      const row = all.find((each) => each[0] === Number(step))!;
      return columns.flatMap(({ layer, quantity }, index) =>
        layer === 'batchnorm1' && quantity === 'outputVariance' ? [row[index + 1]] : [],
      );
    });
    assert.deepEqual(
      cells.map((cell) => Math.fround(Number(cell))),
      expected,
    );
  }
});

test('a figure that was not recorded at a step is empty, one that is not finite says so', () => {
  const [loss] = planOverview(store.variants);
  const csv = chartCsv(loss.traces, [0, 100]);
  const [heading] = csv.split('\r\n');
  assert.equal(heading, 'step,base training,base test,"a, ""b"" training","a, ""b"" test"');
  const rows = new Map(cellsOf(csv).map(([step, ...cells]) => [Number(step), cells]));
  assert.equal(rows.get(65)![0], 'NaN');
  assert.notEqual(rows.get(55)![0], 'NaN');
  const sparse = new Feed({ steps: 100, every: 1, hiddenLayers: 1 });
  const other = new Store();
  other.replace(sparse.snapshot(50));
  const [, accuracy] = planOverview(other.variants);
  assert.ok(cellsOf(chartCsv(accuracy.traces, [0, 100])).every(([step]) => Number(step) % 5 === 0));
});
