import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeLens } from 'vscode-languageserver/node';
import type { RunSummary } from '../../sidecar/protocol/runs.ts';
import { type Client, connect } from './client.ts';
import { hostWith, runOf, trainingVariant } from './fixtures.ts';

const uri = 'file:///net.bn.yaml';
const base = 'data: mnist\nnetwork:\n  - dense: 10\n';
const text = `${base}variants:\n  wide:\n    train: { steps: 5 }\n  "lr x5": {}\n  lr-x5:\n    train: { learningRate: 5x }\n`;

/** A lens as `line title command argument`. */
function lensText({ range, command }: CodeLens): string {
  return `${range.start.line} ${command?.title} ${command?.command} ${JSON.stringify(command?.arguments)}`;
}

async function lensesOf(source: string, run: RunSummary | null = null): Promise<string[]> {
  const client = await connect(hostWith({ run: () => run }));
  await client.open(uri, source);
  const lenses = await client.codeLenses(uri);
  client.dispose();
  return lenses.map(lensText);
}

test('a network can be trained, watched and exported, a variant trained', async () => {
  assert.deepEqual(await lensesOf(text), [
    `1 Train batchnorm.train [{"uri":"${uri}","variant":"base"}]`,
    `1 Train All Variants batchnorm.trainAll [{"uri":"${uri}"}]`,
    `1 Open Dashboard batchnorm.showDashboard [{"uri":"${uri}","variant":"base"}]`,
    `1 Export batchnorm.exportOnnx [{"uri":"${uri}","variant":"base"}]`,
    `4 Train batchnorm.train [{"uri":"${uri}","variant":"wide"}]`,
    `7 Train batchnorm.train [{"uri":"${uri}","variant":"lr-x5"}]`,
  ]);
});

test('without variants there is no training them all', async () => {
  const titles = (await lensesOf(base)).map((lens) => lens.split(' batchnorm.')[0]);
  assert.deepEqual(titles, ['1 Train', '1 Open Dashboard', '1 Export']);
});

test('a text without a network has no lenses', async () => {
  assert.deepEqual(await lensesOf('data: mnist\n'), []);
  assert.deepEqual(await lensesOf(''), []);
});

test('while it trains, a network can be stopped, and says how far it is', async () => {
  const lenses = await lensesOf(text, runOf([trainingVariant('base', 1240, 2000)]));
  assert.deepEqual(lenses.slice(0, 2), [
    `1 Stop · step 1,240 of 2,000 batchnorm.stop [{"uri":"${uri}"}]`,
    `1 Open Dashboard batchnorm.showDashboard [{"uri":"${uri}","variant":"base"}]`,
  ]);
  assert.equal(lenses[3], `4 Train batchnorm.train [{"uri":"${uri}","variant":"wide"}]`);
});

test('variants that train together are counted above the network, each has its own progress', async () => {
  const run = runOf([
    { ...trainingVariant('base', 2000, 2000), state: 'finished' },
    trainingVariant('wide', 2, 5),
    { ...trainingVariant('lr-x5', 0, 2000), state: 'queued' },
  ]);
  const titles = (await lensesOf(text, run)).map((lens) => lens.split(' batchnorm.')[0]);
  assert.deepEqual(titles, [
    '1 Stop · 2 variants · step 2 of 2,005 in all',
    '1 Open Dashboard',
    '1 Export',
    '4 Stop · step 2 of 5',
    '7 Stop · waiting',
  ]);
});

test('a grid is trained as a whole, and says how far all of it is', async () => {
  const source = `${base}variants:\n  g: { grid: { seed: [1, 2, 3] } }\n  h: {}\n`;
  const lenses = await lensesOf(source);
  assert.equal(
    lenses[4],
    `4 Train 3 Variants batchnorm.train [{"uri":"${uri}","variants":["g-seed1","g-seed2","g-seed3"]}]`,
  );
  assert.equal(lenses.length, 6);
  const run = runOf([trainingVariant('g-seed1', 20, 50), trainingVariant('g-seed2', 10, 50)]);
  const titles = (await lensesOf(source, run)).map((lens) => lens.split(' batchnorm.')[0]);
  assert.deepEqual(titles.slice(3), ['4 Stop · 2 variants · step 30 of 100 in all', '5 Train']);
});

test('after a run a network can be trained again', async () => {
  for (const state of ['finished', 'stopped', 'failed'] as const) {
    const lenses = await lensesOf(text, runOf([{ ...trainingVariant('base', 9, 9), state }]));
    assert.match(lenses[0], /^1 Train batchnorm\.train/);
  }
});

async function withClient(
  options: { clock?: () => number; supportsRefresh?: boolean },
  use: (client: Client) => Promise<void>,
): Promise<void> {
  const client = await connect(hostWith(), options);
  try {
    await use(client);
  } finally {
    client.dispose();
  }
}

test('lenses stay while what is typed is not YAML, and go with the network', async () => {
  await withClient({}, async (client) => {
    await client.open(uri, text);
    const before = (await client.codeLenses(uri)).map(lensText);
    await client.edit(uri, `data: [\n${text.slice(text.indexOf('network'))}`);
    assert.deepEqual((await client.codeLenses(uri)).map(lensText), before);
    await client.edit(uri, 'data: mnist\n');
    assert.deepEqual(await client.codeLenses(uri), []);
  });
});

test('lenses are refreshed at once, then once a second, and the last change is not lost', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 5000;
  const pass = (milliseconds: number) => {
    now += milliseconds;
    t.mock.timers.tick(milliseconds);
  };
  await withClient({ clock: () => now }, async (client) => {
    await client.open(uri, text);
    // An answer to a request shows that all the server sent before it has arrived.
    const refreshes = async () => {
      await client.codeLenses(uri);
      return client.refreshes();
    };
    await refreshes();
    client.features.runChanged(uri);
    assert.equal(await refreshes(), 1);
    for (let change = 0; change < 5; change++) {
      pass(150);
      client.features.runChanged(uri);
    }
    assert.equal(await refreshes(), 1);
    pass(249);
    assert.equal(await refreshes(), 1);
    pass(1);
    assert.equal(await refreshes(), 2);
    pass(5000);
    assert.equal(await refreshes(), 2);
    client.features.runChanged('file:///closed.bn.yaml');
    assert.equal(await refreshes(), 2);
    client.features.runChanged(uri);
    assert.equal(await refreshes(), 3);
  });
});

test('a client that cannot refresh lenses still gets them', async () => {
  await withClient({ supportsRefresh: false }, async (client) => {
    await client.open(uri, base);
    client.features.runChanged(uri);
    assert.equal((await client.codeLenses(uri)).length, 3);
    client.features.runChanged(uri);
    assert.equal((await client.codeLenses(uri)).length, 3);
  });
});
