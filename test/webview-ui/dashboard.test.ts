/** The dashboard as a person has it: in a browser, under the webview's strict policy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSnapshot } from '../../sidecar/protocol/statistics.ts';
import { figure } from '../../webview-ui/format.ts';
import { Feed } from './feed.ts';
import type { DashboardPage, PageOptions } from './page.ts';
import { pagesOfTests } from './pages.ts';

const feed = new Feed({ steps: 400, every: 1, hiddenLayers: 2 });
const open = pagesOfTests();

async function openRun(rows = 200, run = feed, options?: PageOptions): Promise<DashboardPage> {
  const dashboard = await open(options);
  await dashboard.send({ type: 'snapshot', snapshot: run.snapshot(rows) });
  return dashboard;
}

/** A column's value as simulated. */
function simulated(
  variant: number,
  layer: string,
  quantity: string,
  statistic: string,
  row: number,
): number {
  const { columns, rows } = feed.variants[variant];
  const index = columns.findIndex(
    (each) => each.layer === layer && each.quantity === quantity && each.statistic === statistic,
  );
  return rows[row][index + 1];
}

/** The pixels of every canvas of traces, on black. */
async function pictures({ page }: DashboardPage): Promise<Buffer[]> {
  const encoded = await page.$$eval('canvas.traces', (all) =>
    all.map((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      context.fillRect(0, 0, width, height);
      context.drawImage(canvas as HTMLCanvasElement, 0, 0);
      const bytes = new Uint8Array(context.getImageData(0, 0, width, height).data.buffer);
      return (bytes as Uint8Array & { toBase64(): string }).toBase64();
    }),
  );
  return encoded.map((picture) => Buffer.from(picture, 'base64'));
}

/**
 * Share of the bytes that differ visibly. Edges are smoothed a little differently in a clipped drawing, which changes
 * single pixels; a wrong strip changes hundreds.
 */
function difference(picture: Buffer, other: Buffer): number {
  assert.equal(picture.length, other.length);
  const differing = picture.reduce(
    (sum, byte, at) => sum + Number(Math.abs(byte - other[at]) > 16),
    0,
  );
  return differing / picture.length;
}

function assertSame(actual: readonly Buffer[], expected: readonly Buffer[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((picture, index) => {
    const share = difference(picture, expected[index]);
    assert.ok(share < 2e-4, `canvas ${index} differs in ${share} of its bytes`);
  });
}

test('no run yet: one sentence and a button that trains', async () => {
  const dashboard = await open();
  await dashboard.send({ type: 'snapshot', snapshot: null });
  await dashboard.page.getByRole('main').getByText('No run yet').waitFor();
  await dashboard.page.getByRole('button', { name: 'Train' }).click();
  assert.deepEqual(await dashboard.posted(), [{ type: 'ready' }, { type: 'train' }]);
});

test('a snapshot and frames show the latest figures', async () => {
  const dashboard = await openRun(200);
  await dashboard.send({ type: 'frame', frame: feed.frame(200, 260) });
  const { page } = dashboard;
  const status = await page.locator('.status').textContent();
  assert.equal(
    status!.replaceAll('\u00a0', ' '),
    'training · step 259 of 400 · 61,200 examples/s · 0.3 s left',
  );
  const readout = page.getByRole('group', { name: 'Input variance of batchnorm1' });
  const batch = figure(simulated(0, 'batchnorm1', 'inputVariance', 'mid', 259));
  const without = figure(simulated(1, 'dense1', 'outputVariance', 'mid', 259));
  assert.deepEqual(await readout.locator('.readout span[title] span').allInnerTexts(), [
    batch,
    without,
  ]);
  const layers = await page.locator('.layers h2').allInnerTexts();
  assert.deepEqual(layers, [
    ...['dense1', 'batchnorm1', 'sigmoid1', 'dense2', 'batchnorm2', 'sigmoid2', 'dense3'],
  ]);
});

test('drawn frame by frame or at once, the picture is the same', async () => {
  const byFrames = await openRun(100);
  for (const [from, to] of [
    [100, 101],
    [101, 117],
    [117, 118],
    [118, 149],
  ]) {
    await byFrames.send({ type: 'frame', frame: feed.frame(from, to) });
  }
  const atOnce = await openRun(149);
  const drawn = await pictures(byFrames);
  assert.ok(drawn.length >= 4);
  assertSame(drawn, await pictures(atOnce));
});

test('a frame after a gap makes the page ask for everything again, once', async () => {
  const dashboard = await openRun(100);
  await dashboard.send({ type: 'frame', frame: feed.frame(120, 130) });
  await dashboard.send({ type: 'frame', frame: feed.frame(130, 140) });
  assert.deepEqual(await dashboard.posted(), [{ type: 'ready' }, { type: 'ready' }]);
  await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(140) });
  assert.match((await dashboard.page.locator('.status').textContent())!, /139/);
});

test('a chip hides its variant from charts and figures, and shows it again', async () => {
  const dashboard = await openRun();
  const { page } = dashboard;
  const chip = page.locator('.chip', { hasText: 'without-batchnorm' });
  const values = page
    .getByRole('group', { name: 'Output mean of dense1' })
    .locator('.readout span[title]');
  const before = await pictures(dashboard);
  await chip.click();
  await page.waitForFunction(() => document.querySelectorAll('.note:not([hidden])').length === 0);
  assert.equal(await chip.getAttribute('aria-pressed'), 'false');
  await values.nth(1).waitFor({ state: 'detached' });
  assert.equal(await values.count(), 1);
  await chip.click();
  await values.nth(1).waitFor();
  await page.mouse.move(0, 0);
  await chip.evaluate((element) => (element as HTMLElement).blur());
  await dashboard.send({ type: 'frame', frame: feed.frame(200, 200) });
  assertSame(await pictures(dashboard), before);
});

test('the table behind a chart has the simulated figures', async () => {
  const { page } = await openRun(201);
  await page.getByRole('button', { name: 'Table of Output variance of dense1' }).click();
  const table = page.getByRole('table', { name: 'Output variance of dense1' });
  const rows = await table
    .locator('tbody tr')
    .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.equal(rows[0][0], '200');
  assert.ok(rows.length >= 5);
  for (const [step, ...cells] of rows) {
    const expected = [0, 1].flatMap((variant) =>
      ['low', 'mid', 'high'].map((statistic) =>
        figure(simulated(variant, 'dense1', 'outputVariance', statistic, Number(step))),
      ),
    );
    assert.deepEqual(cells, expected);
  }
});

test('arrow keys move one cursor over all charts and say its values', async () => {
  const dashboard = await openRun(201);
  const { page } = dashboard;
  const chart = page.getByRole('slider', { name: 'Input mean of batchnorm1, cursor over steps' });
  await chart.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowLeft');
  const batch = figure(simulated(0, 'batchnorm1', 'inputMean', 'mid', 189));
  await dashboard.settled();
  assert.equal(await page.locator('.tooltip p').textContent(), 'step 189');
  assert.ok(
    (await chart.getAttribute('aria-valuetext'))!.startsWith(`step 189, base batch ${batch},`),
  );
  assert.equal(await chart.getAttribute('aria-valuenow'), '189');
  const other = page.getByRole('group', { name: 'Output mean of dense1' });
  assert.equal(await other.locator('.readout .at').textContent(), 'step 189');
  await page.keyboard.press('Escape');
  await page.locator('.tooltip').waitFor({ state: 'hidden' });
});

test('keys narrow the window of steps on all charts, and the heading shows all again', async () => {
  const { page } = await openRun(401);
  await page.getByRole('slider', { name: 'Loss, cursor over steps' }).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('+');
  const all = page.getByRole('button', { name: 'Steps 0 to 200' });
  await all.click();
  await all.waitFor({ state: 'hidden' });
});

test('the pointer marks the same step in every chart', async () => {
  const { page } = await openRun(401);
  await page
    .locator('.plot .u-over')
    .nth(2)
    .hover({ position: { x: 100, y: 40 } });
  const heading = await page.locator('.tooltip p').textContent();
  assert.match(heading!, /^step \d+$/);
  const marked = await page.locator('.readout .at').allInnerTexts();
  const seen = marked.filter((text) => text !== '');
  assert.ok(seen.length >= 4);
  assert.ok(seen.every((text) => text === heading));
});

test('buttons post what they say', async () => {
  const dashboard = await openRun();
  const { page } = dashboard;
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByLabel('Variant to export').selectOption('without-batchnorm');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('button', { name: 'batchnorm2', exact: true }).click();
  await page.getByRole('button', { name: 'Train' }).click({ force: true });
  assert.deepEqual((await dashboard.posted()).slice(1), [
    { type: 'stop' },
    { type: 'export', variant: 'without-batchnorm' },
    { type: 'reveal', layer: 'batchnorm2' },
  ]);
});

test('the layer at the cursor is lit and in view', async () => {
  const dashboard = await openRun(200, feed, { height: 500 });
  await dashboard.page.emulateMedia({ reducedMotion: 'reduce' });
  await dashboard.send({ type: 'highlight', layer: 'sigmoid2' });
  const lit = dashboard.page.locator('.row.lit');
  assert.equal(await lit.getAttribute('data-layer'), 'sigmoid2');
  const { top, bottom } = await lit.evaluate((row) => row.getBoundingClientRect());
  assert.ok(top >= 0 && bottom <= 500, `${top} to ${bottom}`);
  await dashboard.send({ type: 'highlight', layer: null });
  assert.equal(await lit.count(), 0);
});

test('one kind of layer is shown alone, with the layer at the cursor', async () => {
  const dashboard = await openRun();
  const { page } = dashboard;
  const shown = () => page.locator('.layers .row:visible').locator('h2').allInnerTexts();
  await page.getByLabel('Layers shown').selectOption({ label: 'batchnorm, 2' });
  assert.deepEqual(await shown(), ['batchnorm1', 'batchnorm2']);
  await dashboard.send({ type: 'highlight', layer: 'dense2' });
  assert.deepEqual(await shown(), ['batchnorm1', 'dense2', 'batchnorm2']);
  await dashboard.send({ type: 'highlight', layer: null });
  await dashboard.load();
  await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(260) });
  assert.deepEqual(await shown(), ['batchnorm1', 'batchnorm2']);
  const bare = new Feed({
    ...{ steps: 50, hiddenLayers: 1, runId: 'other' },
    normalized: () => false,
  });
  await dashboard.send({ type: 'snapshot', snapshot: bare.snapshot(10) });
  assert.deepEqual(await shown(), ['dense1', 'sigmoid1', 'dense2']);
  await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(260) });
  await page.getByLabel('Layers shown').selectOption({ label: 'all 7' });
  assert.equal((await shown()).length, 7);
});

test('the run of another file is shown from its top', async () => {
  const dashboard = await openRun(200, feed, { height: 500 });
  const { page } = dashboard;
  const scroll = async (to: number) => {
    await page.evaluate((y) => scrollTo(0, y), to);
    await page.waitForFunction((y) => {
      const { uri, files } = JSON.parse(sessionStorage.getItem('state')!);
      return files[uri].scroll === y;
    }, to);
  };
  await scroll(300);
  const again = new Feed({ ...{ steps: 400, every: 1, hiddenLayers: 2 }, runId: 'again' });
  await dashboard.send({ type: 'snapshot', snapshot: again.snapshot(200) });
  assert.equal(await page.evaluate(() => scrollY), 300);
  const other = new Feed({ ...{ steps: 400, hiddenLayers: 2 }, runId: 'other', name: 'other' });
  await dashboard.send({ type: 'snapshot', snapshot: other.snapshot(200) });
  assert.equal(await page.evaluate(() => scrollY), 0);
});

test('a heading lists no values when there are more than fit', async () => {
  const variants = ['base', 'a', 'b', 'c', 'd'];
  for (const most of [4, 5]) {
    const many = new Feed({
      steps: 50,
      every: 1,
      hiddenLayers: 1,
      variants: variants.slice(0, most),
    });
    const { page } = await openRun(40, many);
    const loss = page.getByRole('group', { name: 'Loss', exact: true });
    assert.equal(await loss.locator('.readout span[title]').count(), most === 4 ? 4 : 0);
    assert.equal(await loss.locator('.legend').innerText(), 'line training, dots test');
  }
});

test('a value in a heading is there whole, and its legend makes way', async () => {
  for (const width of [700, 900, 1000, 1100, 1232, 1400]) {
    const { page } = await openRun(200, feed, { width });
    await page
      .locator('.plot .u-over')
      .nth(2)
      .hover({ position: { x: 90, y: 40 } });
    const cut = await page.locator('.readout').evaluateAll(
      (all) =>
        all.filter((readout) =>
          [...readout.children].some((value) => {
            const { top, width } = value.getBoundingClientRect();
            return width > 0 && top >= readout.getBoundingClientRect().bottom;
          }),
        ).length,
    );
    assert.equal(cut, 0, `at ${width}`);
  }
});

test('hidden and shown again, nothing of what was chosen is lost', async () => {
  const dashboard = await openRun(200, feed, { height: 500 });
  const { page } = dashboard;
  await page.locator('.chip').nth(1).click();
  await page.getByRole('button', { name: 'Table of Output mean of dense1' }).click();
  await page.getByRole('button', { name: 'Logarithmic axis of Loss' }).click();
  await page.evaluate(() => scrollTo(0, 300));
  await page.waitForFunction(() => {
    const { uri, files } = JSON.parse(sessionStorage.getItem('state')!);
    return files[uri].scroll === 300;
  });
  await dashboard.load();
  await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(260) });
  assert.equal(await page.locator('.chip').nth(1).getAttribute('aria-pressed'), 'false');
  assert.ok(await page.getByRole('table', { name: 'Output mean of dense1' }).isVisible());
  assert.equal(await page.evaluate(() => scrollY), 300);
  const log = page.getByRole('button', { name: 'Logarithmic axis of Loss' });
  assert.equal(await log.getAttribute('aria-pressed'), 'true');
});

test('names are text, whatever they hold', async () => {
  const hostile = '<img src=x onerror="window.broken=1">"\'&\u202e';
  const run = new Feed({
    ...{ steps: 50, every: 1, hiddenLayers: 1, name: `${hostile}net` },
    variants: [`${hostile}base`, `without-${hostile}`],
    rename: (layer) => `${hostile}${layer}`,
  });
  const dashboard = await openRun(40, run);
  const { page } = dashboard;
  await page
    .locator('.plot .u-over')
    .nth(2)
    .hover({ position: { x: 80, y: 40 } });
  await page.getByRole('button', { name: /^Table of Input mean/ }).click();
  assert.equal(await page.locator('.layers h2').first().textContent(), `${hostile}dense1`);
  assert.equal(await page.locator('h1').textContent(), `${hostile}net`);
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.evaluate(() => 'broken' in window), false);
  await page.getByRole('button', { name: `${hostile}dense1`, exact: true }).click();
  assert.deepEqual((await dashboard.posted()).at(-1), {
    type: 'reveal',
    layer: `${hostile}dense1`,
  });
});

test('a failed variant says why, and charts say from which step they are not finite', async () => {
  const error = 'loss is not finite at step 120: dense2 has NaN; a smaller learningRate would do.';
  const diverging = new Feed({
    ...{ steps: 400, every: 1, hiddenLayers: 1 },
    diverges: { variant: 'without-batchnorm', step: 120 },
  });
  const snapshot = diverging.snapshot(200);
  const variants = snapshot.run.variants.map((each, index) =>
    index === 1 ? { ...each, state: 'failed' as const, error } : each,
  );
  const failed: RunSnapshot = { ...snapshot, run: { ...snapshot.run, variants } };
  const dashboard = await open();
  await dashboard.send({ type: 'snapshot', snapshot: failed });
  const { page } = dashboard;
  const alert = await page.getByRole('alert').textContent();
  assert.equal(alert, `without-batchnorm failed: ${error}`);
  const loss = page.getByRole('group', { name: 'Loss', exact: true });
  assert.equal(
    await loss.locator('.warning').textContent(),
    'without-batchnorm not finite from step 120',
  );
});

test('results that are not saved are told, and why early stopping ended a variant', async () => {
  const dashboard = await openRun(200);
  const saveError = '/runs/mnist/001: expected a folder that can be written, found: a file.';
  const note = 'Ended at step 200 of 400: the weights of step 150 are kept.';
  const { run } = feed.frame(200, 200);
  const [base, other] = run.variants;
  const ended = { ...base, state: 'finished' as const, step: 200, note };
  const frame = { run: { ...run, variants: [ended, other], saveError }, variants: [] };
  await dashboard.send({ type: 'frame', frame });
  const { page } = dashboard;
  const alert = await page.getByRole('alert').textContent();
  assert.equal(alert, `The results are not saved: ${saveError}`);
  assert.match((await page.locator('.status').textContent())!, /results\u00a0not\u00a0saved/);
  assert.match((await page.locator('.chip').first().textContent())!, /ended early at step 200$/);
  const notes = page.locator('.notices').getByRole('status');
  assert.deepEqual(await notes.allTextContents(), [`base: ${note}`]);
});

test('charts follow the theme', async () => {
  const dashboard = await openRun();
  const dark = await pictures(dashboard);
  await dashboard.setTheme('high-contrast-light');
  await dashboard.send({ type: 'frame', frame: feed.frame(200, 200) });
  const changed = await pictures(dashboard);
  assert.ok(changed.every((picture, index) => difference(picture, dark[index]) > 1e-3));
  const light = await openRun(200, feed, { theme: 'high-contrast-light' });
  assertSame(await pictures(dashboard), await pictures(light));
});

test('beside an editor nothing is wider than the window', async () => {
  for (const width of [360, 400, 700, 1600]) {
    const { page } = await openRun(200, feed, { width });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0, `at ${width}`);
  }
});
