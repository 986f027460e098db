/** Which runs the dashboard is subscribed to, with a made-up sidecar that counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SavedSnapshots } from '../../../extension/dashboard/saved-snapshots.ts';
import { ShownRuns } from '../../../extension/dashboard/shown-runs.ts';
import { Runs } from '../../../extension/runs.ts';
import type { Sidecar } from '../../../extension/sidecar.ts';
import {
  type RunSnapshot,
  type SubscribeParams,
  subscribe,
} from '../../../sidecar/protocol/statistics.ts';
import { Feed } from '../../webview-ui/feed.ts';

const names = Array.from({ length: 30 }, (_, place) => `v${place}`);
const options = { steps: 40, every: 1, hiddenLayers: 1 };
const followed = new Feed({ ...options, variants: names, runId: 'now' });
const earlier = new Feed({ ...options, runId: 'earlier' });
const saved = new Feed({ ...options, runId: 'saved', name: 'iris' });

/** The parts around the shown runs; the sidecar knows two runs, the disk a third. */
function scene() {
  const subscribed = new Set<string>();
  const feeds = new Map([followed, earlier].map((feed) => [feed.run(0).runId, feed]));
  const runs = new Runs();
  for (const feed of [earlier, followed]) runs.update(feed.run(20));
  const sent: number[] = [];
  const sidecar = {
    connection: 'ready',
    async request(type: unknown, { runId, variants = [] }: SubscribeParams) {
      if (type !== subscribe) {
        subscribed.delete(runId);
        return null;
      }
      subscribed.add(runId);
      sent.push(variants.length);
      const whole = feeds.get(runId)?.snapshot(20);
      if (whole === undefined) return null;
      return {
        ...whole,
        variants: whole.variants.filter((each) => variants.includes(each.variant)),
      };
    },
  } as unknown as Sidecar;
  const disk = {
    summaries: async () => [saved.run(41)],
    of: async (uri: string) =>
      [saved, followed].find((feed) => feed.run(0).uri === uri)!.snapshot(20),
  } as unknown as SavedSnapshots;
  const drawn: RunSnapshot[] = [];
  const shown = new ShownRuns(sidecar, runs, disk);
  const show = (wanted: Parameters<ShownRuns['show']>[0]) =>
    shown.show(wanted, 'now', (snapshot) => drawn.push(snapshot));
  const told = () =>
    drawn.splice(0).map(({ run, variants }) => [run.runId, variants.map((each) => each.variant)]);
  return { subscribed, shown, show, told, sent, feeds };
}

test('of very many variants the first twelve come at first, and of frames as well', async () => {
  const { shown, sent } = scene();
  const snapshot = await shown.follow(followed.run(20));
  const first = names.slice(0, 12);
  assert.deepEqual(
    snapshot?.variants.map(({ variant }) => variant),
    first,
  );
  assert.equal(snapshot?.run.variants.length, 30);
  assert.deepEqual(sent, [12], 'the sidecar is asked for no more');
  const frame = shown.add(followed.frame(20, 25));
  assert.deepEqual(
    frame?.variants.map(({ variant }) => variant),
    first,
  );
});

test('others are chosen by name, of the run that is followed and of others', async () => {
  const { shown, show, told, subscribed } = scene();
  await shown.follow(followed.run(20));
  await show([
    { runId: 'now', variants: ['v3', 'v29'] },
    { runId: 'earlier', variants: ['base'] },
    { runId: 'saved', variants: ['without-batchnorm'] },
  ]);
  assert.deepEqual(told(), [
    ['now', ['v3', 'v29']],
    ['earlier', ['base']],
    ['saved', ['without-batchnorm']],
  ]);
  assert.deepEqual([...subscribed].sort(), ['earlier', 'now']);
  assert.equal(shown.add(earlier.frame(20, 22))?.variants.length, 1);
});

test('what the page has already is not sent again', async () => {
  const { shown, show, told } = scene();
  await shown.follow(followed.run(20));
  await show([{ runId: 'now', variants: ['v1', 'v2'] }]);
  assert.deepEqual(told(), []);
  assert.deepEqual(
    shown.add(followed.frame(20, 21))?.variants.map(({ variant }) => variant),
    ['v1', 'v2'],
  );
});

test('a run that is not shown any more is left, and its frames concern nobody', async () => {
  const { shown, show, subscribed } = scene();
  await shown.follow(followed.run(20));
  await show([{ runId: 'earlier', variants: ['base'] }]);
  await show([]);
  assert.deepEqual([...subscribed], ['now']);
  assert.equal(shown.add(earlier.frame(20, 22)), null);
  await shown.unsubscribe();
  assert.deepEqual([...subscribed], []);
});

test('another run that is followed takes the place of all; only what stood beside is kept', async () => {
  const { shown, show, told, subscribed } = scene();
  await shown.follow(saved.run(41));
  await shown.follow(followed.run(20));
  await show([
    { runId: 'now', variants: ['v0'] },
    { runId: 'earlier', variants: ['base'] },
  ]);
  await shown.follow(followed.run(20));
  assert.deepEqual([...subscribed], ['now']);
  assert.equal(shown.get('saved'), undefined);
  assert.notEqual(shown.get('earlier'), undefined);
  told();
  // The page asks again, and gets it from nothing.
  await show([
    { runId: 'now', variants: ['v0'] },
    { runId: 'earlier', variants: ['base'] },
  ]);
  assert.deepEqual(told(), [['earlier', ['base']]]);
  await shown.follow(earlier.run(20));
  assert.equal(shown.get('now'), undefined, 'megabytes of a run that nobody sees');
});

test('variants that were never shown come from the disk once the sidecar is gone', async () => {
  const { shown, show, told, feeds } = scene();
  await shown.follow(followed.run(20));
  feeds.clear();
  await show([{ runId: 'now', variants: ['v0', 'v29'] }]);
  assert.deepEqual(told(), [['now', ['v0', 'v29']]]);
});

test('a run that neither the sidecar nor the disk knows is passed over', async () => {
  const { shown, show, told } = scene();
  await shown.follow(followed.run(20));
  await show([{ runId: 'gone', variants: ['base'] }]);
  assert.deepEqual(told(), []);
});
