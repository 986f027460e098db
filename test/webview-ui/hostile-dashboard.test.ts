/** A run and a report whose every text is hostile. The tests' own check adds that no policy was violated. */
import { test } from 'node:test';
import type { RunSnapshot } from '../../sidecar/protocol/statistics.ts';
import type { ReportDocument } from '../../sidecar/report/document.ts';
import { renderBody } from '../../sidecar/report/html.ts';
import { bodyStyles } from '../../sidecar/report/styles.ts';
import { Feed } from './feed.ts';
import { assertAtEveryWidth, hostileTexts } from './hostile.ts';
import { pagesOfTests } from './pages.ts';

const open = pagesOfTests();

/** A run with this text for its names, those of variants and layers, and in all that is said of it. */
function hostileRun(text: string): RunSnapshot {
  const feed = new Feed({
    steps: 200,
    hiddenLayers: 1,
    variants: [text, `${text} without-batchnorm`],
    rename: (layer) => `${layer} ${text}`,
  });
  const reference = { title: text, url: `javascript:window.broken=1//${text}` };
  const finding = { kind: 'evaluation-gap', layer: null, step: 3, severity: 'error' } as const;
  const said = { title: text, measured: text, matters: text, remedy: text, reference };
  const snapshot = feed.snapshot(100, { error: text, note: text, state: 'failed' });
  const variants = snapshot.run.variants.map((each) => ({
    ...each,
    findings: [{ ...finding, ...said }],
  }));
  return { ...snapshot, run: { ...snapshot.run, name: text, saveError: text, variants } };
}

/** A report with this text in every kind of block, as the sidecar writes it. */
function hostileReport(text: string): ReportDocument {
  const table = {
    kind: 'table',
    caption: text,
    head: [text, text],
    numbers: [false, true],
    rows: [[text, text]],
  } as const;
  return {
    title: text,
    blocks: [
      { kind: 'heading', text },
      { kind: 'paragraph', text: [text, { code: text }] },
      { kind: 'list', items: [text] },
      table,
      { kind: 'details', summary: text, content: { kind: 'code', text } },
    ],
  };
}

for (const [what, text] of Object.entries(hostileTexts)) {
  test(`a run whose every text is ${what}`, async () => {
    const dashboard = await open();
    const { page } = dashboard;
    await dashboard.send({ type: 'snapshot', snapshot: hostileRun(text) });
    await page
      .getByRole('button', { name: /findings?$/ })
      .first()
      .press('Enter');
    for (const each of await page.locator('.findings summary').all()) await each.press('Enter');
    await dashboard.send({ type: 'refused', what: 'control', reason: text });
    await page.locator('.plot').first().press('ArrowLeft');
    await assertAtEveryWidth(dashboard, what);
  });

  test(`a report whose every text is ${what}`, async () => {
    const dashboard = await open();
    await dashboard.send({ type: 'snapshot', snapshot: new Feed().snapshot(10) });
    await dashboard.page.getByRole('button', { name: 'Report' }).press('Enter');
    const html = String(renderBody(hostileReport(text)));
    await dashboard.send({ type: 'report', report: { html, styles: bodyStyles, files: null } });
    // A report is as long as what there is to read.
    await assertAtEveryWidth(dashboard, what, { most: Number.POSITIVE_INFINITY });
  });
}
