/** The explaining views as a person has them: in a browser, under the webview's strict policy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { count, figure, percent } from '../../../webview-ui/format.ts';
import { Feed } from '../feed.ts';
import type { DashboardPage, PageOptions } from '../page.ts';
import { pagesOfTests } from '../pages.ts';

const feed = new Feed({ steps: 400, every: 1, hiddenLayers: 2 });
const open = pagesOfTests();

async function openRun(rows = 201, run = feed, options?: PageOptions): Promise<DashboardPage> {
  const dashboard = await open({ height: 3000, ...options });
  await dashboard.send({ type: 'snapshot', snapshot: run.snapshot(rows) });
  return dashboard;
}

async function openPanel({ page }: DashboardPage, name: string) {
  await page.getByRole('button', { name, exact: true }).click();
  return page.getByRole('region', { name, exact: true });
}

/** The probe of a variant at or before a step, as simulated. */
function probeAt(variant: number, step: number) {
  return feed.variants[variant].probes.findLast((probe) => probe.step <= step)!;
}

/** Texts of a table's body by row. */
function cellsOf(dashboard: DashboardPage, name: string): Promise<string[][]> {
  return dashboard.page
    .getByRole('table', { name, exact: true })
    .locator('tbody tr')
    .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
}

/** The share of a canvas that is not empty. */
function inked({ page }: DashboardPage, name: string): Promise<number> {
  return page
    .getByRole('group', { name, exact: true })
    .locator('canvas')
    .evaluate((element) => {
      const { width, height } = element as HTMLCanvasElement;
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      context.drawImage(element as HTMLCanvasElement, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      let filled = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at] > 0) filled++;
      return filled / (width * height);
    });
}

test('rows offer what there is to explain of their layer, and nothing is open', async () => {
  const { page } = await openRun();
  const offered = await page
    .locator('.layers .row')
    .evaluateAll((rows) =>
      rows.map((row) => [
        row.querySelector('h2')!.textContent,
        ...[...row.querySelectorAll('.opener:not([hidden])')].map((each) => each.textContent),
      ]),
    );
  assert.deepEqual(offered.slice(0, 3), [
    ['dense1', 'How far its input shifts', 'Every unit'],
    ['batchnorm1', 'Every unit'],
    ['sigmoid1', 'Why it saturates', 'Every unit'],
  ]);
  assert.equal(await page.locator('.panel:visible').count(), 0);
});

test('a run without probes is shown as it always was', async () => {
  const dashboard = await openRun();
  const { run, variants } = feed.snapshot(100);
  const bare = variants.map(({ probes: _, unitFields: __, ...variant }) => variant);
  await dashboard.send({ type: 'snapshot', snapshot: { run, variants: bare } });
  assert.equal(await dashboard.page.locator('.opener:visible').count(), 0);
  const derivative = dashboard.page.getByRole('group', { name: 'Mean derivative by depth' });
  assert.ok(await derivative.isHidden());
});

test('views appear with the first probe of a run that is on', async () => {
  const dashboard = await openRun(0);
  const opener = dashboard.page.getByRole('button', { name: 'Why sigmoid2 saturates' });
  assert.ok(await opener.isHidden());
  await dashboard.send({ type: 'frame', frame: feed.frame(0, 30) });
  assert.ok(await opener.isVisible());
});

test('a panel that was opened is open after a reload, and closed is gone', async () => {
  const dashboard = await openRun();
  await openPanel(dashboard, 'Why sigmoid2 saturates');
  await dashboard.load();
  await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(260) });
  const panel = dashboard.page.getByRole('region', { name: 'Why sigmoid2 saturates', exact: true });
  assert.ok(await panel.getByText('u is what flows').isVisible());
  await dashboard.page.getByRole('button', { name: 'Why sigmoid2 saturates' }).click();
  assert.ok(await panel.isHidden());
  assert.equal(await dashboard.page.locator('.panel .chart').count(), 0);
});

test('the table behind a distribution has the probe’s figures and every value once', async () => {
  const dashboard = await openRun(201);
  await openPanel(dashboard, 'Why sigmoid2 saturates');
  const name = 'Distribution of the input u of sigmoid2';
  await dashboard.page.getByRole('button', { name: `Table of ${name}` }).click();
  const [saturated, units, derivative, ...bins] = await cellsOf(dashboard, name);
  const probes = [0, 1].map((variant) => probeAt(variant, 200).activations[1]);
  assert.deepEqual(saturated, ['saturated', ...probes.map((probe) => percent(probe.saturated))]);
  assert.deepEqual(units, [
    'saturated units',
    ...probes.map((probe) => percent(probe.saturatedUnits)),
  ]);
  assert.deepEqual(derivative, [
    'mean derivative',
    ...probes.map((probe) => figure(probe.derivative)),
  ]);
  for (const column of [1, 2]) {
    const sum = bins.reduce((total, cells) => total + Number.parseFloat(cells[column]), 0);
    assert.ok(Math.abs(sum - 100) < 0.5, `${sum} %`);
  }
});

test('a distribution and its legend are of the step at the cursor', async () => {
  const dashboard = await openRun(201);
  const { page } = dashboard;
  await openPanel(dashboard, 'Why sigmoid1 saturates');
  const chart = page.getByRole('group', { name: 'Distribution of the input u of sigmoid1' });
  await chart.getByText('step 200').waitFor();
  const loss = page.getByRole('slider', { name: 'Loss, cursor over steps' });
  await loss.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('PageUp');
  await dashboard.settled();
  const { step } = probeAt(0, 50);
  await chart.getByText(`step ${step}`).waitFor();
  assert.ok((await inked(dashboard, 'Distribution of the input u of sigmoid1')) > 0.1);
});

test('arrow keys move over the bins of a distribution and say every variant’s share', async () => {
  const dashboard = await openRun(201);
  const { page } = dashboard;
  await openPanel(dashboard, 'Why sigmoid2 saturates');
  await dashboard.settled();
  const picture = page.getByRole('slider', { name: /^Distribution of the input u of sigmoid2/ });
  await picture.focus();
  await page.keyboard.press('ArrowRight');
  await dashboard.settled();
  assert.match(
    (await picture.getAttribute('aria-valuetext'))!,
    /^u from \S+ to \S+, base \S+ %, without-batchnorm \S+ %$/,
  );
  await page.keyboard.press('Escape');
  await page.locator('.tooltip').waitFor({ state: 'hidden' });
});

test('shares over steps are the probes’', async () => {
  const dashboard = await openRun(401);
  await openPanel(dashboard, 'Why sigmoid1 saturates');
  const { page } = dashboard;
  for (const [title, share, say] of [
    ['Saturated share', 'saturated', percent],
    ['Mean derivative', 'derivative', figure],
  ] as const) {
    const name = `${title} of sigmoid1`;
    await page.getByRole('button', { name: `Table of ${name}` }).click();
    const rows = await cellsOf(dashboard, name);
    assert.ok(rows.length > 5);
    for (const [step, ...cells] of rows) {
      const expected = [0, 1].map((v) => say(probeAt(v, Number(step)).activations[0][share]));
      assert.deepEqual(cells, expected);
    }
  }
});

test('percentiles are of the unit that is asked for, kept, and of one there is', async () => {
  const dashboard = await openRun(401);
  const { page } = dashboard;
  await openPanel(dashboard, 'Why sigmoid2 saturates');
  await page.getByText('nearest to its layer’s median').waitFor();
  const unit = page.getByRole('spinbutton', { name: 'Unit of sigmoid2' });
  await unit.fill('7');
  await unit.press('Tab');
  const name = 'Percentiles of u of one unit of sigmoid2';
  await page.getByRole('button', { name: `Table of ${name}` }).click();
  const rows = await cellsOf(dashboard, name);
  for (const [step, ...cells] of rows) {
    const expected = [0, 1].flatMap((variant) => {
      const { percentiles } = probeAt(variant, Number(step)).activations[1];
      const values = new Float32Array(Uint8Array.from(Buffer.from(percentiles, 'base64')).buffer);
      return [7, 107, 207].map((at) => figure(values[at]));
    });
    assert.deepEqual(cells, expected);
  }
  await unit.fill('1000');
  await unit.press('Tab');
  assert.equal(await unit.inputValue(), '99');
  await dashboard.load();
  await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(401) });
  assert.equal(await unit.inputValue(), '99');
});

test('gradients by depth are those of the history, and follow the cursor', async () => {
  const dashboard = await openRun(201);
  const { page } = dashboard;
  await page.getByRole('button', { name: 'Table of Gradient norm by depth' }).click();
  const { columns, rows } = feed.variants[0];
  const norm = (layer: string, row: number) => {
    const at = columns.findIndex((c) => c.layer === layer && c.quantity === 'gradientNorm');
    return figure(rows[row][at + 1]);
  };
  const table = await cellsOf(dashboard, 'Gradient norm by depth');
  assert.deepEqual(
    table.map(([layer, base]) => [layer, base]),
    ['dense1', 'dense2', 'dense3'].map((layer) => [layer, norm(layer, 200)]),
  );
  await page.getByRole('slider', { name: 'Loss, cursor over steps' }).focus();
  await page.keyboard.press('Home');
  await page
    .getByRole('group', { name: 'Gradient norm by depth' })
    .getByText(/, step 0$/)
    .waitFor();
});

test('the derivatives by depth come with their product from the last layer on', async () => {
  const dashboard = await openRun(201);
  await dashboard.page.getByRole('button', { name: 'Table of Mean derivative by depth' }).click();
  const table = await cellsOf(dashboard, 'Mean derivative by depth');
  const own = (variant: number) => probeAt(variant, 200).activations.map((a) => a.derivative);
  const row = (layer: number) =>
    [0, 1].flatMap((variant) => {
      const product = own(variant)
        .slice(layer)
        .reduce((all, each) => all * each, 1);
      return [figure(own(variant)[layer]), figure(product)];
    });
  assert.deepEqual(table, [
    ['sigmoid1', ...row(0)],
    ['sigmoid2', ...row(1)],
  ]);
});

test('the shift of a layer is plotted in three senses, and its words say who disputes it', async () => {
  const dashboard = await openRun(401);
  const panel = await openPanel(dashboard, 'How far the input of dense2 shifts');
  const link = panel.getByRole('link', { name: 'Santurkar et al. (2018, arXiv 1805.11604)' });
  assert.equal(await link.getAttribute('href'), 'https://arxiv.org/abs/1805.11604');
  for (const [title, measure] of [
    ['Input shift (deviations)', 'wasserstein'],
    ['Gradient angle (degrees)', 'gradientAngle'],
    ['Gradient distance (relative)', 'gradientDistance'],
  ] as const) {
    const name = `${title} of dense2`;
    await panel.getByRole('button', { name: `Table of ${name}` }).click();
    const [latest] = await cellsOf(dashboard, name);
    const expected = [0, 1].map((variant) => {
      const shift = probeAt(variant, 400).shifts.find(({ layer }) => layer === 'dense2')!;
      return figure(shift[measure]!);
    });
    assert.deepEqual(latest, ['400', ...expected]);
  }
});

/** The simulated value of a unit. */
function unitValue(variant: number, layer: string, quantity: string, unit: number, step: number) {
  const { unitFields } = feed.variants[variant];
  const field = unitFields.find((each) => each.layer === layer && each.quantity === quantity)!;
  const { units } = probeAt(variant, step);
  const bytes = Uint8Array.from(Buffer.from(units!, 'base64'));
  return new Float32Array(bytes.buffer)[field.offset + unit];
}

test('the cell under the pointer says its step, unit and value, and marks its step everywhere', async () => {
  const dashboard = await openRun(201);
  const { page } = dashboard;
  await openPanel(dashboard, 'Every unit of dense2');
  await dashboard.settled();
  const map = page.getByRole('slider', {
    name: /^Output mean of every unit of dense2, without-batchnorm/,
  });
  await map.hover({ position: { x: 120, y: 40 } });
  await dashboard.settled();
  const said = await page.locator('.tooltip p').textContent();
  const [, step, unit] = said!.match(/^step (\d+), unit (\d+)$/)!;
  const value = unitValue(1, 'dense2', 'outputMean', Number(unit), Number(step));
  assert.equal(
    await page
      .locator('.tooltip td')
      .allInnerTexts()
      .then((cells) => cells.join(' ')),
    `without-batchnorm ${figure(value)}`,
  );
  const loss = page.getByRole('group', { name: 'Loss', exact: true });
  assert.equal(await loss.locator('.readout .at').textContent(), `step ${count(Number(step))}`);
});

test('arrow keys move over the cells of a heat map, and narrow the steps', async () => {
  const dashboard = await openRun(201);
  const { page } = dashboard;
  await openPanel(dashboard, 'Every unit of dense2');
  await dashboard.settled();
  const map = page.getByRole('slider', { name: /^Output variance of every unit of dense2, base/ });
  await map.focus();
  for (const key of ['End', 'ArrowUp', 'ArrowUp', 'ArrowLeft']) await page.keyboard.press(key);
  await dashboard.settled();
  const value = figure(unitValue(0, 'dense2', 'outputVariance', 2, 180));
  assert.equal(await map.getAttribute('aria-valuetext'), `step 180, unit 2, base ${value}`);
  await page.keyboard.press('+');
  await page.getByRole('button', { name: /^Steps \d+ to \d+/ }).waitFor();
});

test('dragging over a heat map narrows the steps of all charts', async () => {
  const dashboard = await openRun(401);
  const { page } = dashboard;
  await openPanel(dashboard, 'Every unit of dense1');
  await dashboard.settled();
  const map = page.getByRole('slider', { name: /^Output mean of every unit of dense1, base/ });
  const { x, y } = (await map.boundingBox())!;
  await page.mouse.move(x + 80, y + 40);
  await page.mouse.down();
  await page.mouse.move(x + 180, y + 60, { steps: 4 });
  await page.mouse.up();
  const all = page.getByRole('button', { name: /^Steps \d+ to \d+/ });
  await all.waitFor();
  await map.dblclick();
  await all.waitFor({ state: 'hidden' });
});

test('units are sorted by their latest value when asked', async () => {
  const dashboard = await openRun(201);
  const { page } = dashboard;
  const panel = await openPanel(dashboard, 'Every unit of dense2');
  const name = 'Output mean of every unit of dense2, base';
  await page.getByRole('button', { name: `Table of ${name}` }).click();
  const units = async () => (await cellsOf(dashboard, name)).map(([unit]) => Number(unit));
  assert.deepEqual(
    await units(),
    Array.from({ length: 100 }, (_, index) => 99 - index),
  );
  await panel.getByLabel('Units by').selectOption('latest value');
  // The table is made anew at most once a second.
  await page.waitForFunction(() => document.querySelector('.panel tbody th')!.textContent !== '99');
  const values = (await units()).map((unit) => unitValue(0, 'dense2', 'outputMean', unit, 200));
  assert.deepEqual(
    values,
    values.toSorted((a, b) => b - a),
  );
});

test('beside the units of a batchnorm stand those that a variant without it has there', async () => {
  const dashboard = await openRun(201);
  const panel = await openPanel(dashboard, 'Every unit of batchnorm2');
  await panel.getByText('without-batchnorm: dense2, not normalized').first().waitFor();
  const maps = panel.getByRole('slider');
  assert.equal(await maps.count(), 4);
  await panel.getByLabel('Show').selectOption('gamma and beta');
  await maps.nth(2).waitFor({ state: 'detached' });
  assert.equal(await maps.count(), 2);
});

test('pictures are drawn in every theme, and anew when it changes', async () => {
  const dashboard = await openRun(201);
  await openPanel(dashboard, 'Every unit of dense2');
  const name = 'Output mean of every unit of dense2, base';
  const picture = () =>
    dashboard.page
      .getByRole('group', { name, exact: true })
      .locator('canvas')
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const seen = new Set<string>();
  for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const) {
    await dashboard.setTheme(theme);
    await dashboard.settled();
    assert.ok((await inked(dashboard, name)) > 0.3);
    seen.add(await picture());
  }
  assert.equal(seen.size, 4);
});

test('a hidden variant leaves every view', async () => {
  const dashboard = await openRun(201);
  const { page } = dashboard;
  await openPanel(dashboard, 'Every unit of dense2');
  await openPanel(dashboard, 'Why sigmoid2 saturates');
  await dashboard.settled();
  const chart = page.getByRole('group', { name: 'Distribution of the input u of sigmoid2' });
  const tall = (await chart.boundingBox())!.height;
  await page.locator('.chip', { hasText: 'without-batchnorm' }).click();
  await page
    .getByRole('slider', { name: /^Output mean of every unit of dense2, without/ })
    .waitFor({ state: 'hidden' });
  await chart.getByRole('button', { name: /^Table/ }).click();
  const heads = chart.getByRole('columnheader');
  assert.deepEqual(await heads.allInnerTexts(), ['u', 'base, step 200']);
  assert.ok(tall > 150);
});

test('beside an editor no open panel is wider than the window', async () => {
  for (const width of [360, 700, 1100]) {
    const dashboard = await openRun(201, feed, { width });
    for (const name of [
      'Why sigmoid2 saturates',
      'How far the input of dense2 shifts',
      'Every unit of batchnorm2',
    ]) {
      await openPanel(dashboard, name);
    }
    await dashboard.settled();
    const overflow = await dashboard.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0, `at ${width}`);
  }
});

test('pictures are saved as drawings and as the figures behind them', async () => {
  const dashboard = await openRun(201);
  const { page } = dashboard;
  await openPanel(dashboard, 'Why sigmoid2 saturates');
  await openPanel(dashboard, 'Every unit of dense2');
  await dashboard.settled();
  const saved = async (name: string, what: string) => {
    const before = (await dashboard.posted()).length;
    await page.getByRole('button', { name: `Save ${name}`, exact: true }).click();
    await page.getByRole('menuitem', { name: what }).click();
    await page.waitForFunction((count) => posted.length > count, before);
    const message = (await dashboard.posted()).at(-1)!;
    assert.equal(message.type, 'save');
    return (message as { content: string }).content;
  };
  for (const name of [
    'Gradient norm by depth',
    'Distribution of the input u of sigmoid2',
    'Output mean of every unit of dense2, base',
  ]) {
    const svg = await saved(name, 'Save as SVG');
    const shapes = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      return [
        parsed.querySelectorAll('path').length,
        parsed.querySelectorAll('parsererror').length,
      ];
    }, svg);
    assert.ok(shapes[0] > 5 && shapes[1] === 0, `${name}: ${shapes}`);
    assert.ok(!/NaN|undefined/.test(svg), name);
    assert.ok(svg.includes('>base</text>'), `${name} names its variant`);
  }
  const csv = await saved('Output mean of every unit of dense2, base', 'Save figures as CSV');
  const [heading, ...rows] = csv
    .trimEnd()
    .split('\r\n')
    .map((row) => row.split(','));
  assert.deepEqual([heading.length, heading[0], heading[100]], [101, 'step', 'unit 99']);
  const [step, ...values] = rows.at(-1)!.map(Number);
  values.forEach((value, unit) => {
    const expected = unitValue(0, 'dense2', 'outputMean', unit, step);
    assert.equal(Math.fround(value), expected);
  });
});

declare const posted: { readonly type: string }[];
