import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RunFrame, RunSnapshot } from '../../sidecar/protocol/statistics.ts';
import { Store } from '../../webview-ui/store.ts';
import { Feed } from './feed.ts';

const feed = new Feed({ steps: 200, every: 1, hiddenLayers: 1 });
const diverging = new Feed({
  steps: 200,
  every: 1,
  hiddenLayers: 1,
  diverges: { variant: 'base', step: 120 },
});

/** All that a store holds, as plain values. */
function contents(store: Store) {
  return {
    run: store.run,
    variants: store.variants.map(({ history, ...variant }) => ({
      ...variant,
      steps: [...history.steps.subarray(0, history.count)],
      columns: history.columns.map((column, index) => ({
        column,
        values: [...history.values(index).subarray(0, history.count)],
        firstNonFinite: history.firstNonFinite(index),
      })),
    })),
  };
}

function storeOf(snapshot: RunSnapshot, ...frames: RunFrame[]): Store {
  const store = new Store();
  store.replace(snapshot);
  for (const frame of frames) assert.ok(store.append(frame));
  return store;
}

for (const [name, run] of [
  ['finite', feed],
  ['diverging', diverging],
] as const) {
  test(`any split of a ${name} history into frames gives the same store`, () => {
    const whole = contents(storeOf(run.snapshot(run.rowCount)));
    const cuts = fc.uniqueArray(fc.nat(run.rowCount), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (places) => {
        const ends = [0, ...places.toSorted((a, b) => a - b), run.rowCount];
        const frames = ends.slice(1).map((end, index) => run.frame(ends[index], end));
        assert.deepEqual(contents(storeOf(run.snapshot(0), ...frames)), whole);
      }),
      { numRuns: 25 },
    );
  });
}

test('the store holds the figures that were simulated', () => {
  const { variants } = storeOf(feed.snapshot(50), feed.frame(50, 130));
  const { history } = variants[1];
  const column = history.indexOf('dense1', 'outputVariance', 'high');
  const sent = feed.variants[1].rows.slice(0, 130).map((row) => row[1 + column]);
  assert.equal(history.count, 130);
  assert.deepEqual([...history.values(column).subarray(0, 130)], sent);
});

test('a snapshot replays what a hidden dashboard has missed', () => {
  const store = storeOf(feed.snapshot(20), feed.frame(20, 40));
  store.replace(feed.snapshot(90));
  assert.deepEqual(contents(store), contents(storeOf(feed.snapshot(90))));
});

test('a frame that overlaps adds each row and evaluation once', () => {
  const store = storeOf(feed.snapshot(60), feed.frame(30, 100));
  assert.deepEqual(contents(store), contents(storeOf(feed.snapshot(100))));
});

test('what a person did and saw while the run was paused is kept, each once', () => {
  const store = storeOf(feed.snapshot(20));
  const evaluation = feed.snapshot(20).variants[0].evaluations.at(-1)!;
  const byBatch = { ...evaluation, testAccuracy: 0.5, statistics: 'batch' as const };
  const event = {
    step: 19,
    action: { kind: 'evaluation-statistics', use: 'batch' } as const,
    effect: 'Evaluated with the statistics of the batch: 50 %.',
  };
  const [variant] = feed.frame(20, 20).variants;
  const probes = [{ ...feed.variants[0].probes[0], step: 19 }];
  const frame = {
    run: feed.run(20),
    variants: [{ ...variant, evaluations: [byBatch], probes, events: [event] }],
  };
  assert.ok(store.append(frame));
  assert.ok(store.append(frame));
  const [base] = store.variants;
  assert.deepEqual(base.events, [event]);
  assert.deepEqual(base.evaluations.slice(-2), [evaluation, byBatch]);
  assert.equal(base.probes.filter(({ step }) => step === 19).length, 1);
});

test('a frame after a gap is refused and leaves the history as it was', () => {
  const store = storeOf(feed.snapshot(20));
  assert.equal(store.append(feed.frame(30, 40)), false);
  assert.equal(store.variants[0].history.count, 20);
});

test('a frame of a run that is not shown, or not any more, changes nothing', () => {
  const store = storeOf(feed.snapshot(20));
  const other = new Feed({ steps: 200, every: 1, hiddenLayers: 1, runId: 'run-2' });
  assert.equal(store.append(other.frame(20, 30)), true);
  assert.deepEqual(contents(store), contents(storeOf(feed.snapshot(20))));
});

test('frames pass by a variant that is still on its way from nothing', () => {
  const { variants, run } = feed.snapshot(20);
  const store = storeOf({ run, variants: variants.slice(0, 1) });
  assert.equal(store.isComplete, false);
  assert.equal(store.append(feed.frame(20, 30)), true);
  const rows = () => store.variants.map(({ history }) => history.count);
  assert.deepEqual(rows(), [30, 0]);
  store.add({ run, variants: feed.snapshot(30).variants.slice(1) }, '');
  assert.deepEqual(rows(), [30, 30]);
});

test('columns say where they first were not finite', () => {
  const { history } = storeOf(diverging.snapshot(200)).variants[0];
  const loss = history.indexOf(null, 'loss', 'value');
  assert.equal(history.steps[history.firstNonFinite(loss)], 120);
});

test('no run leaves an empty store', () => {
  const store = storeOf(feed.snapshot(20));
  store.replace(null);
  assert.equal(store.run, null);
  assert.deepEqual(store.variants, []);
});

const compared = new Feed({ steps: 200, every: 1, hiddenLayers: 1, runId: 'run-0' });

/** Name, colour and number of rows of what is shown. */
function shown(store: Store) {
  return store.variants.map(({ name, index, history }) => [name, index, history.count]);
}

test('a variant of another run stands beside, called by its run, and grows by its own frames', () => {
  const store = storeOf(feed.snapshot(20));
  store.choose({ followed: null, others: [{ runId: 'run-0', variants: ['base'] }] });
  assert.equal(store.isComplete, false);
  store.add(compared.snapshot(30), '#2');
  assert.equal(store.isComplete, true);
  assert.ok(store.append(compared.frame(30, 35)));
  assert.ok(store.append(feed.frame(20, 22)));
  assert.deepEqual(shown(store), [
    ['base', 0, 22],
    ['without-batchnorm', 1, 22],
    ['base · #2', 2, 35],
  ]);
});

test('a series keeps its colour while others come and go, and when the run is sent anew', () => {
  const store = storeOf(feed.snapshot(20));
  const others = [{ runId: 'run-0', variants: ['without-batchnorm', 'base'] }];
  store.choose({ followed: null, others });
  store.add(compared.snapshot(30), '#2');
  store.choose({ followed: ['without-batchnorm'], others: [{ ...others[0], variants: ['base'] }] });
  store.replace(feed.snapshot(40));
  assert.deepEqual(shown(store), [
    ['without-batchnorm', 1, 40],
    ['base · #2', 3, 30],
  ]);
});

test('of very many variants the first are shown until others are chosen', () => {
  const variants = Array.from({ length: 72 }, (_, place) => `v${place}`);
  const grid = new Feed({ steps: 4, every: 1, hiddenLayers: 1, variants });
  const store = storeOf(grid.snapshot(3));
  assert.deepEqual(
    store.variants.map(({ name }) => name),
    variants.slice(0, 12),
  );
  store.choose({ followed: ['v70', 'v3'], others: [] });
  assert.deepEqual(shown(store), [
    ['v70', 0, 0],
    ['v3', 3, 3],
  ]);
  assert.equal(store.isComplete, false);
});

test('evaluations of one step that differ are both there, those that overlap once', () => {
  const snapshot = feed.snapshot(21);
  const [{ evaluations }] = snapshot.variants;
  const last = evaluations.at(-1)!;
  const byBatch = { ...last, testAccuracy: 0.5, statistics: 'batch' as const };
  const { run, variants } = feed.frame(21, 21);
  const [base] = variants;
  const store = storeOf(snapshot);
  const frame = { run, variants: [{ ...base, evaluations: [last, byBatch] }] };
  assert.ok(store.append(frame));
  assert.deepEqual(store.variants[0].evaluations, [...evaluations, byBatch]);
});
