/** What stands around the charts: comparing, changing a run, findings, saving, the report, what is remembered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlEvent, VariantControls } from '../../sidecar/protocol/control.ts';
import type { Finding } from '../../sidecar/protocol/findings.ts';
import type { VariantSummary } from '../../sidecar/protocol/runs.ts';
import type { RunSnapshot } from '../../sidecar/protocol/statistics.ts';
import { Feed } from './feed.ts';
import type { DashboardPage, PageOptions } from './page.ts';
import { pagesOfTests } from './pages.ts';

const feed = new Feed({ steps: 400, every: 1, hiddenLayers: 1 });
const earlier = new Feed({ steps: 400, every: 1, hiddenLayers: 1, runId: 'run-0' });
const open = pagesOfTests();

async function openRun(snapshot: RunSnapshot, options?: PageOptions): Promise<DashboardPage> {
  const dashboard = await open(options);
  await dashboard.send({ type: 'snapshot', snapshot });
  return dashboard;
}

function withEvents(snapshot: RunSnapshot, ...events: ControlEvent[]): RunSnapshot {
  const [first, ...rest] = snapshot.variants;
  return { run: snapshot.run, variants: [{ ...first, events }, ...rest] };
}

/** Findings of the first variant. */
function withFindings(snapshot: RunSnapshot, ...findings: Finding[]): RunSnapshot {
  const [first, ...rest] = snapshot.run.variants;
  const variants: VariantSummary[] = [{ ...first, findings }, ...rest];
  return { run: { ...snapshot.run, variants }, variants: snapshot.variants };
}

const finding = (given: Partial<Finding>): Finding => ({
  kind: 'evaluation-gap',
  layer: 'batchnorm1',
  step: 200,
  severity: 'warning',
  title: 'Running statistics lag behind',
  measured: 'Test accuracy is 62.1 % with running statistics.',
  matters: 'What is exported uses them.',
  remedy: 'Recompute them.',
  reference: { title: 'The paper, section 3.1', url: 'https://arxiv.org/abs/1502.03167' },
  ...given,
});

test('runs and variants are found and chosen by name, and stand beside as chips', async () => {
  const dashboard = await openRun(feed.snapshot(200));
  const { page } = dashboard;
  await page.getByRole('button', { name: 'Compare…' }).click();
  const runs = [
    { run: feed.run(200), label: '#3' },
    { run: earlier.run(401), label: '#2' },
  ];
  await dashboard.send({ type: 'runs', runs });
  await page.getByRole('searchbox').fill('#2 without');
  const boxes = page.getByRole('checkbox');
  assert.equal(await boxes.count(), 1);
  await boxes.check();
  assert.deepEqual((await dashboard.posted()).slice(1), [
    { type: 'list' },
    {
      type: 'show',
      shown: [
        { runId: 'run-1', variants: ['base', 'without-batchnorm'] },
        { runId: 'run-0', variants: ['without-batchnorm'] },
      ],
    },
  ]);
  await dashboard.send({ type: 'series', snapshot: earlier.snapshot(401), label: '#2' });
  assert.deepEqual(await page.locator('.chip .name').allInnerTexts(), [
    ...['base', 'without-batchnorm', 'without-batchnorm · #2'],
  ]);
  const loss = page.getByRole('group', { name: 'Loss', exact: true });
  assert.equal(await loss.locator('.readout span[title]').count(), 3);
  // What is shown is asked for again after a reload, and goes when it is not chosen any more.
  await dashboard.load();
  await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(200) });
  assert.equal((await dashboard.posted()).at(-1)?.type, 'show');
  await dashboard.send({ type: 'series', snapshot: earlier.snapshot(401), label: '#2' });
  await dashboard.send({ type: 'runs', runs });
  await boxes.nth(3).uncheck();
  assert.equal(await page.locator('.chip').count(), 2);
});

test('a run followed anew leaves those beside it, which the page asks for again', async () => {
  const dashboard = await openRun(feed.snapshot(200));
  const { page } = dashboard;
  await page.getByRole('button', { name: 'Compare…' }).click();
  await dashboard.send({ type: 'runs', runs: [{ run: earlier.run(100), label: '#2' }] });
  await page.getByRole('searchbox').fill('#2 without');
  await page.getByRole('checkbox').check();
  const shown = (await dashboard.posted()).at(-1);
  await dashboard.send({ type: 'series', snapshot: earlier.snapshot(100), label: '#2' });
  // Frames of either run that do not fit make it ask for everything.
  await dashboard.send({ type: 'frame', frame: earlier.frame(150, 160) });
  assert.deepEqual((await dashboard.posted()).at(-1), { type: 'ready' });
  await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(210) });
  assert.deepEqual((await dashboard.posted()).at(-1), shown);
});

test('a grid of 72 variants starts with twelve, the rest is found by name', async () => {
  const rates = ['0.01', '0.03', '0.1', '0.3', '1', '3'];
  const variants = rates.flatMap((rate) =>
    Array.from({ length: 12 }, (_, place) => `lr=${rate} deviation=${place}`),
  );
  const grid = new Feed({ steps: 10, every: 1, hiddenLayers: 1, variants });
  const dashboard = await openRun(grid.snapshot(8));
  const { page } = dashboard;
  assert.equal(await page.locator('.chip').count(), 12);
  await page.getByRole('button', { name: 'Compare…' }).click();
  assert.equal(await page.getByRole('checkbox').count(), 72);
  await page.getByRole('searchbox').fill('lr=3 7');
  assert.equal(await page.getByRole('checkbox').count(), 1);
  await page.getByRole('checkbox', { name: 'lr=3 deviation=7' }).check();
  assert.equal(await page.locator('.chip').last().locator('.name').innerText(), 'lr=3 deviation=7');
  const looks = await page
    .locator('.chip .swatch')
    .evaluateAll((all) =>
      all.map((swatch) => `${swatch.getAttribute('class')} ${swatch.innerHTML}`),
    );
  assert.equal(new Set(looks).size, 13);
});

test('the last variant of the run that is followed stays', async () => {
  const { page } = await openRun(feed.snapshot(200));
  await page.getByRole('button', { name: 'Compare…' }).click();
  await page.getByRole('checkbox', { name: 'without-batchnorm' }).uncheck();
  assert.ok(await page.getByRole('checkbox', { name: 'base' }).isDisabled());
  assert.equal(await page.locator('.chip').count(), 1);
});

const settings: VariantControls[] = feed.run(200).variants.map(({ variant }) => ({
  variant,
  learningRate: 0.1,
  largestLearningRate: 1000,
  evaluationStatistics: 'running',
  scalableLayers: variant === 'base' ? ['dense1', 'dense2'] : ['dense1'],
}));

test('the base rate is shown to be changed, and beside it what a schedule makes of it', async () => {
  const dashboard = await openRun(feed.snapshot(200));
  const { page } = dashboard;
  const controls = page.getByRole('group', { name: 'Change the run' });
  const rate = page.getByLabel('Base learning rate, applied on Enter');
  const [base, other] = settings;
  await dashboard.send({ type: 'controls', controls: settings });
  assert.doesNotMatch((await controls.textContent())!, /now/);
  const changed = { ...base, evaluationStatistics: 'batch' } as const;
  await dashboard.send({ type: 'controls', controls: [changed, other] });
  const { run } = feed.frame(200, 201);
  const [first, ...rest] = run.variants;
  const frame = {
    ...feed.frame(200, 201),
    run: { ...run, variants: [{ ...first, learningRate: 0.4 }, ...rest] },
  };
  await dashboard.send({ type: 'frame', frame });
  assert.equal(await rate.inputValue(), '');
  assert.equal(await rate.getAttribute('placeholder'), 'several');
  await page.getByLabel('Variant to change').selectOption('base');
  await dashboard.send({ type: 'frame', frame: { run: frame.run, variants: [] } });
  assert.equal(await rate.inputValue(), '0.4');
  assert.match((await controls.textContent())!, /now 0\.1/);
  assert.equal(await page.getByLabel('evaluate with').inputValue(), 'batch');
});

test('weights of a paused layer are scaled in its row, which says what came of it', async () => {
  const effect = 'Weights of dense2 times 10: outputs stay, gradient 0.42 before, 0.042 after.';
  const scaled: ControlEvent = {
    step: 100,
    action: { kind: 'scale-weights', layer: 'dense2', factor: 10 },
    effect,
  };
  const { run, variants } = feed.snapshot(200, { state: 'paused' });
  const dashboard = await openRun({ run, variants });
  const { page } = dashboard;
  const scale = page.getByRole('button', { name: 'Scale the weights of dense2' });
  assert.equal(await scale.count(), 0);
  await dashboard.send({ type: 'controls', controls: settings });
  await page.getByLabel('Factor for the weights of dense2').fill('0,5');
  await scale.click();
  await page.getByRole('button', { name: 'Scale the weights of dense1' }).click();
  const action = { kind: 'scale-weights', layer: 'dense1', factor: 10 };
  assert.deepEqual((await dashboard.posted()).slice(1), [
    {
      type: 'control',
      variant: 'base',
      action: { kind: 'scale-weights', layer: 'dense2', factor: 0.5 },
    },
    { type: 'control', variant: 'base', action },
    { type: 'control', variant: 'without-batchnorm', action },
  ]);
  const news = feed.frame(200, 200).variants[0];
  const frame = { run, variants: [{ ...news, events: [scaled] }] };
  await dashboard.send({ type: 'frame', frame });
  const row = page.locator('[data-layer="dense2"]');
  await row.getByText(`base, step 100: ${effect}`).waitFor();
  // Once training goes on it cannot be done any more; what it did stays to be read.
  await dashboard.send({ type: 'frame', frame: { run: feed.run(200), variants: [] } });
  await scale.waitFor({ state: 'hidden' });
  assert.ok(await row.getByText(effect).isVisible());
});

test('a run is paused, stepped, continued and changed from the heading', async () => {
  const dashboard = await openRun(feed.snapshot(200));
  const { page } = dashboard;
  const controls = page.getByRole('group', { name: 'Change the run' });
  await dashboard.send({ type: 'controls', controls: settings });
  const rate = page.getByLabel('Base learning rate, applied on Enter');
  assert.equal(await rate.inputValue(), '0.1');
  await controls.getByRole('button', { name: 'Step' }).click({ force: true });
  await controls.getByRole('button', { name: 'Pause' }).click();
  await dashboard.send({
    type: 'frame',
    frame: { run: feed.run(200, { state: 'paused' }), variants: [] },
  });
  assert.match((await page.locator('.status').textContent())!, /^paused · step/);
  assert.match((await page.locator('.chip').first().textContent())!, /paused at step 199$/);
  await controls.getByRole('button', { name: 'Step' }).click();
  await controls.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Variant to change').selectOption('without-batchnorm');
  await rate.fill('0.05');
  await rate.press('Enter');
  await page.getByLabel('evaluate with').selectOption('batch');
  const posted = await dashboard.posted();
  assert.deepEqual(
    posted
      .slice(1)
      .map((message) => (message.type === 'control' ? [message.variant, message.action] : message)),
    [
      [null, { kind: 'pause' }],
      [null, { kind: 'step' }],
      [null, { kind: 'continue' }],
      ['without-batchnorm', { kind: 'learning-rate', value: 0.05 }],
      ['without-batchnorm', { kind: 'evaluation-statistics', use: 'batch' }],
    ],
  );
});

test('a learning rate that cannot be meant is not sent, and said', async () => {
  const dashboard = await openRun(feed.snapshot(200));
  const { page } = dashboard;
  await dashboard.send({ type: 'controls', controls: settings });
  const rate = page.getByLabel('Base learning rate, applied on Enter');
  for (const wrong of ['-1', 'fast', '0', '', '1001']) {
    await rate.fill(wrong);
    await rate.press('Enter');
    assert.equal(
      await page.getByRole('alert').textContent(),
      `Learning rate: expected a number above 0 and at most 1000, such as 0.05, found “${wrong}”.`,
    );
  }
  assert.equal((await dashboard.posted()).length, 1);
  await rate.press('Escape');
  assert.equal(await rate.inputValue(), '0.1');
});

test('what the sidecar refuses is said until something else is tried', async () => {
  const dashboard = await openRun(feed.snapshot(200));
  const { page } = dashboard;
  const reason = 'without-batchnorm: expected a paused variant, found one that trains.';
  await dashboard.send({ type: 'refused', what: 'control', reason });
  assert.equal(await page.getByRole('alert').textContent(), reason);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('alert').waitFor({ state: 'hidden' });
});

test('nothing can be changed about a run that has ended', async () => {
  const { page } = await openRun(feed.snapshot(401));
  assert.ok(await page.getByRole('button', { name: 'Pause' }).isHidden());
});

test('a change is a mark in every step chart, in the tooltip and in a list', async () => {
  const change: ControlEvent = {
    step: 100,
    action: { kind: 'learning-rate', value: 0.5 },
    effect: 'The learning rate went from 0.1 to 0.5.',
  };
  const dashboard = await openRun(withEvents(feed.snapshot(201), change));
  const { page } = dashboard;
  const charts = await page.locator('.uplot').count();
  assert.equal(await page.locator('.events .letter', { hasText: 'L' }).count(), charts);
  const overs = page.locator('.plot .u-over');
  const { x, width } = (await overs.first().boundingBox())!;
  const mark = (await page.locator('.event').first().boundingBox())!;
  // The axis ends at the round step 200.
  assert.ok(Math.abs((mark.x - x) / width - 0.5) < 0.01);
  await overs.first().hover({ position: { x: mark.x - x, y: 60 } });
  await page.locator('.tooltip .change').waitFor();
  const text = 'step 100, base: The learning rate went from 0.1 to 0.5.';
  assert.equal(await page.locator('.tooltip .change').textContent(), `L${text}`);
  await page.getByRole('button', { name: '1 change' }).click();
  assert.deepEqual(await page.locator('.changes li').allTextContents(), [`L${text}`]);
  const { run, variants } = feed.frame(201, 201);
  const pause: ControlEvent = { step: 200, action: { kind: 'pause' }, effect: 'Paused.' };
  const frame = { run, variants: [{ ...variants[0], events: [pause] }] };
  await dashboard.send({ type: 'frame', frame });
  assert.match((await page.locator('.changes li').first().textContent())!, /^Pstep 200, base/);
});

test('findings unfold worst first, lead to their layer, and one click acts', async () => {
  const snapshot = withFindings(
    feed.snapshot(200),
    finding({ action: 'recompute-statistics' }),
    finding({ kind: 'non-finite', severity: 'error', layer: 'dense2', title: 'dense2 has NaN' }),
  );
  const dashboard = await openRun(snapshot);
  const { page } = dashboard;
  await page.getByRole('button', { name: '2 findings' }).click();
  const items = page.locator('.findings li');
  assert.match((await items.first().locator('summary').textContent())!, /^error.*dense2 has NaN$/);
  await page.getByRole('button', { name: 'Findings about batchnorm1' }).click();
  const second = items.nth(1);
  for (const text of ['Measured at step 200', 'Why it matters', 'Recompute them.'])
    await second.getByText(text).waitFor();
  await second.getByRole('button', { name: 'Recompute Statistics' }).click();
  await second.getByRole('button', { name: 'Show batchnorm1' }).click();
  await second.getByRole('link', { name: 'The paper, section 3.1' }).click();
  assert.deepEqual((await dashboard.posted()).slice(1), [
    { type: 'control', variant: 'base', action: { kind: 'recompute-statistics' } },
    { type: 'reveal', layer: 'batchnorm1' },
    { type: 'open-link', url: 'https://arxiv.org/abs/1502.03167' },
  ]);
  const none = { run: feed.run(200), variants: [] };
  await dashboard.send({ type: 'frame', frame: none });
  assert.equal(
    await page
      .getByText(/finding/)
      .filter({ visible: true })
      .count(),
    0,
  );
  assert.equal(await page.locator('.badge').count(), 0);
});

test('a finding that is being read stays when another one comes', async () => {
  const dashboard = await openRun(withFindings(feed.snapshot(200), finding({})));
  const { page } = dashboard;
  await page.getByRole('button', { name: '1 finding' }).click();
  const summary = page.locator('.findings summary', { hasText: 'lag behind' });
  await summary.press('Enter');
  const worse = finding({ kind: 'non-finite', severity: 'error', layer: null, title: 'NaN' });
  const { run } = withFindings(feed.snapshot(200), finding({}), worse);
  await dashboard.send({ type: 'frame', frame: { run, variants: [] } });
  assert.equal(await page.locator('.findings li').count(), 2);
  assert.ok(await summary.evaluate((each) => each === document.activeElement));
  assert.ok(await page.getByText('Recompute them.').last().isVisible());
});

test('the axis follows the latest steps, and is remembered', async () => {
  const long = new Feed({ steps: 4000, every: 1, hiddenLayers: 1 });
  const dashboard = await openRun(long.snapshot(2501));
  const { page } = dashboard;
  await page.getByLabel('Steps shown').selectOption({ label: 'last 100 steps' });
  await dashboard.settled();
  const chart = page.getByRole('slider', { name: 'Loss, cursor over steps' });
  await chart.focus();
  await page.keyboard.press('Home');
  await dashboard.settled();
  assert.equal(await page.locator('.tooltip p').textContent(), 'step 2,400');
  await dashboard.send({ type: 'frame', frame: long.frame(2501, 3000) });
  await chart.press('Home');
  await dashboard.settled();
  const first = (await page.locator('.tooltip p').textContent())!.replace(/\D/g, '');
  assert.ok(Number(first) >= 2899 && Number(first) <= 2912, first);
  await dashboard.load();
  await dashboard.send({ type: 'snapshot', snapshot: long.snapshot(2501) });
  const chosen = page.getByLabel('Steps shown').locator('option:checked');
  assert.equal(await chosen.textContent(), 'last 100 steps');
});

/** What a page has posted to be saved. */
async function saved(dashboard: DashboardPage, title: string, format: string) {
  await dashboard.page.getByRole('button', { name: `Save ${title}`, exact: true }).click();
  await dashboard.page.getByRole('menuitem', { name: format }).click();
  await dashboard.page.waitForFunction(() =>
    (window as unknown as { posted: { type: string }[] }).posted.some(
      ({ type }) => type === 'save',
    ),
  );
  const message = (await dashboard.posted()).find(({ type }) => type === 'save');
  assert.ok(message?.type === 'save');
  return message;
}

test('a chart saved as SVG draws the figures that were simulated', async () => {
  const dashboard = await openRun(feed.snapshot(201));
  const { name, content } = await saved(dashboard, 'Loss', 'SVG');
  assert.equal(name, 'mnist Loss');
  const read = await dashboard.page.evaluate((svg) => {
    const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
    const texts = [...parsed.querySelectorAll('text')].map((text) => ({
      text: text.textContent!,
      x: Number(text.getAttribute('x')),
      y: Number(text.getAttribute('y')),
      anchor: text.getAttribute('text-anchor'),
    }));
    const paths = [...parsed.querySelectorAll('path')].map((path) => ({
      d: path.getAttribute('d')!,
      stroke: path.getAttribute('stroke'),
      fill: path.getAttribute('fill'),
    }));
    return {
      texts,
      paths,
      title: parsed.querySelector('title')?.textContent,
      error: parsed.querySelector('parsererror')?.textContent,
    };
  }, content);
  assert.equal(read.error, undefined);
  assert.equal(read.title, 'Loss');
  const said = read.texts.map(({ text }) => text);
  for (const text of ['Loss', 'training step', 'base, training', 'without-batchnorm, test'])
    assert.ok(said.includes(text), text);
  // The axes by their own labels: two ticks make the map from places to figures.
  const axis = (anchor: string, place: 'x' | 'y') => {
    const ticks = read.texts
      .filter((each) => each.anchor === anchor && /^[\d.,−]+$/.test(each.text))
      .map((each) => [each[place], Number(each.text.replaceAll(',', '').replace('−', '-'))]);
    const [from, to] = [ticks[0], ticks.at(-1)!];
    return (at: number) => from[1] + ((at - from[0]) / (to[0] - from[0])) * (to[1] - from[1]);
  };
  const [stepAt, valueAt] = [axis('middle', 'x'), axis('end', 'y')];
  const line = read.paths.find(({ d, stroke }) => stroke === '#0063d3' && d.length > 500)!;
  const rows = feed.variants[0].rows.slice(0, 201);
  const points = [...line.d.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [
    stepAt(Number(x)),
    // Labels stand four pixels below their line.
    valueAt(Number(y) + 16),
  ]);
  assert.ok(points.length >= 201);
  for (const [step, value] of points) {
    const row = rows[Math.round(step)];
    assert.ok(Math.abs(row[1] - value) < 0.01, `step ${step}: ${value}, simulated ${row[1]}`);
  }
});

test('a chart saved as PNG is twice as large as on the page it stands on', async () => {
  const dashboard = await openRun(feed.snapshot(201));
  const { content } = await saved(dashboard, 'Output variance of batchnorm1', 'PNG');
  const bytes = Buffer.from(content, 'base64');
  assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
  assert.equal(bytes.readUInt32BE(16), 1520);
});

test('a chart saved as CSV has a line for every recorded step', async () => {
  const dashboard = await openRun(feed.snapshot(201));
  const { content, format } = await saved(dashboard, 'Test accuracy', 'CSV');
  assert.equal(format, 'csv');
  const [heading, ...lines] = content.trimEnd().split('\r\n');
  assert.equal(heading, 'step,base test accuracy,without-batchnorm test accuracy');
  assert.deepEqual(
    lines.map((line) => line.split(',')[0]),
    feed.snapshot(201).variants[0].evaluations.map(({ step }) => String(step)),
  );
});

test('the menu of a chart is walked by keys and closes without an action', async () => {
  const { page } = await openRun(feed.snapshot(201));
  const opener = page.getByRole('button', { name: 'Save Loss', exact: true });
  await opener.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  assert.equal(await focused(), 'Save as PNG');
  await page.keyboard.press('End');
  assert.equal(await focused(), 'Save figures as CSV');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), 'Save as SVG');
  await page.keyboard.press('Escape');
  assert.equal(await opener.getAttribute('aria-expanded'), 'false');
  assert.ok(await opener.evaluate((element) => element === document.activeElement));
});

test('the report takes the place of the charts, made harmless', async () => {
  const dashboard = await openRun(feed.snapshot(200));
  const { page } = dashboard;
  await page.getByRole('button', { name: 'Report' }).click();
  assert.ok(await page.getByRole('main').isHidden());
  const html = `<h1>Figure 1</h1><script>window.broken = 1</script><p onclick="broken()">Text</p>
    <iframe src="https://elsewhere.test"></iframe><img src="x"><form><input></form>
    <a href="https://arxiv.org/abs/1502.03167">paper</a><a href="javascript:broken()">no</a>
    <svg viewBox="0 0 10 10"><path d="M0 0L10 10" fill="url(https://elsewhere.test)" stroke="red" onload="x()"/>
    <foreignObject><p>hidden</p></foreignObject><clipPath id="root"><rect width="4" height="4"/></clipPath>
    <g clip-path="url(#root)"><use href="#x"/></g></svg>`;
  const files = { markdown: '/r/report.md', json: '/r/report.json', html: '/r/report.html' };
  const styles = 'h1 { color: rgb(1, 2, 3) } .heading { display: none }';
  await dashboard.send({ type: 'report', report: { html, styles, files } });
  const body = page.locator('.report-body');
  assert.equal(await body.getByRole('heading', { name: 'Figure 1' }).count(), 1);
  assert.equal(await body.locator('svg path').getAttribute('stroke'), 'red');
  assert.equal(await body.locator('g').getAttribute('clip-path'), 'url(#root)');
  const title = body.getByRole('heading', { name: 'Figure 1' });
  assert.equal(await title.evaluate((each) => getComputedStyle(each).color), 'rgb(1, 2, 3)');
  assert.ok(await page.locator('.heading').isVisible());
  assert.equal(
    await body.locator('script, iframe, img, form, input, foreignObject, use').count(),
    0,
  );
  const left = await body
    .locator('*')
    .evaluateAll((all) =>
      all.flatMap((each) => [...each.attributes].map(({ name, value }) => `${name}=${value}`)),
    );
  assert.ok(
    left.every((text) => !/^on|^style|javascript|elsewhere/.test(text)),
    left.join(' '),
  );
  await body.getByText('no', { exact: true }).click();
  // VS Code opens links whose clicks reach the window; this one is opened by the extension already.
  await page.evaluate(() => {
    addEventListener('click', () => document.body.classList.add('reached'));
  });
  await body.getByText('paper').click();
  assert.equal(await page.locator('body.reached').count(), 0);
  await page.getByRole('button', { name: 'Open HTML' }).click();
  await page.getByRole('button', { name: 'Open Markdown' }).click();
  assert.deepEqual((await dashboard.posted()).slice(1), [
    { type: 'report' },
    { type: 'open-link', url: 'https://arxiv.org/abs/1502.03167' },
    { type: 'open-report', file: 'html' },
    { type: 'open-report', file: 'markdown' },
  ]);
  // A run that ends meanwhile has more to report; a reload comes back to the report.
  await dashboard.send({ type: 'frame', frame: { run: feed.run(401), variants: [] } });
  assert.deepEqual((await dashboard.posted()).at(-1), { type: 'report' });
  await dashboard.load();
  await dashboard.send({ type: 'snapshot', snapshot: feed.snapshot(200) });
  assert.deepEqual((await dashboard.posted()).at(-1), { type: 'report' });
  await page.getByRole('button', { name: 'Live' }).click();
  assert.ok(await page.getByRole('main').isVisible());
});

test('the page explains itself, and every chart has its sentence', async () => {
  const { page } = await openRun(feed.snapshot(200));
  const ask = page.getByRole('button', { name: 'What am I looking at?' });
  await ask.click();
  await page.getByRole('region', { name: 'What am I looking at?' }).waitFor();
  const seen = page.locator('.chart').filter({ visible: true });
  for (const chart of await seen.all()) assert.ok(await chart.locator('.hint').isVisible());
  const hints = page.locator('.chart .hint');
  await ask.click();
  assert.ok(await hints.first().isHidden());
  const charts = await page.locator('.chart').count();
  const sentences = await hints.allTextContents();
  assert.equal(sentences.length, charts);
  assert.ok(sentences.every((sentence) => sentence.length > 40));
});

test('a page that has lost its layout gets it back from the extension', async () => {
  const dashboard = await openRun(feed.snapshot(200));
  const { page } = dashboard;
  await page.locator('.chip').nth(1).click();
  const remembered = await page.waitForFunction(() =>
    (window as unknown as { posted: { type: string; layout?: unknown }[] }).posted.findLast(
      ({ type, layout }) => type === 'remember' && JSON.stringify(layout).includes('["without'),
    ),
  );
  const { layout } = (await remembered.jsonValue()) as { layout: unknown };
  const fresh = await open();
  await fresh.send({ type: 'snapshot', snapshot: feed.snapshot(200), layout });
  assert.equal(await fresh.page.locator('.chip').nth(1).getAttribute('aria-pressed'), 'false');
});

test('with everything unfolded nothing is wider than the window', async () => {
  const snapshot = withFindings(feed.snapshot(200), finding({}));
  for (const width of [360, 700, 1280]) {
    const { page } = await openRun(snapshot, { width });
    for (const name of ['Compare…', '1 finding', 'What am I looking at?'])
      await page.getByRole('button', { name }).first().click();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0, `at ${width}`);
  }
});
