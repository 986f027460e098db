/** The page of an ONNX file as a person has it: in a browser, under the webview's strict policy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../sidecar/protocol/inspect.ts';
import { certificate, inspection, packed } from './model-fixture.ts';
import type { ModelPage, PageOptions } from './page.ts';
import { modelPagesOfTests } from './pages.ts';

const open = modelPagesOfTests();

async function openModel(
  more: Partial<Inspection> = {},
  options?: PageOptions,
  isTrusted = true,
): Promise<ModelPage> {
  const model = await open(options);
  const shown = { ...inspection, ...more };
  await model.send({ type: 'model', name: 'mnist.onnx', inspection: shown, isTrusted });
  return model;
}

const textOf = ({ page }: ModelPage, selector: string) => page.locator(selector).innerText();

test('the heading says what the file is and what flows in and out', async () => {
  const model = await openModel();
  const heading = await textOf(model, '.heading');
  assert.match(heading, /mnist\.onnx/);
  assert.match(heading, /48\.9 kB · by batchnorm-lab 0\.1\.0 · opset 15 · IR 8/);
  assert.match(heading, /input \[N, 1, 28, 28\] float32 → dense1_out \[N, 10\] float32/);
});

test('a row says into what a batch normalization folds, or why not, and what the runtime does', async () => {
  const { page } = await openModel();
  const rows = await page.locator('.batchnorm').allInnerTexts();
  assert.equal(rows.length, 3);
  assert.match(rows[0], /batchnorm1.*32 channels.*ε 1e−5.*goes into conv1.*folds it by itself/s);
  assert.match(rows[1], /2 dead.*1 zero variance.*1 negative variance.*1 not finite/s);
  assert.match(
    rows[1],
    /not possible: relu1, which is not linear.*computes it: onnxruntime folds/s,
  );
});

test('a row opens to charts of all four statistics, each with its table', async () => {
  const model = await openModel();
  const { page } = model;
  await page.getByRole('button', { name: 'batchnorm2', exact: true }).click();
  for (const title of ['Gamma', 'Beta', 'Running mean', 'Running variance']) {
    const chart = page.getByRole('group', { name: `${title} of batchnorm2`, exact: true });
    await chart.getByRole('button', { name: /^Table/ }).click();
    await model.settled();
    const rows = await chart.getByRole('row').allInnerTexts();
    assert.equal(rows.length, 33);
    assert.match(rows[0], new RegExp(`channel\\s+${title}\\s+problem`, 'i'));
    assert.match(rows[4], /^3\s.*\sdead$/);
  }
  const variance = page.getByRole('group', { name: 'Running variance of batchnorm2' });
  const table = await variance.getByRole('row').allInnerTexts();
  assert.match(table[10], /^9\s+0\s+zero variance$/);
  assert.match(table[13], /^12\s+−0\.500\s+negative variance$/);
  assert.match(table[21], /^20\s+not finite\s+not finite$/);
  const words = await textOf(model, '.problems');
  assert.match(words, /gamma of 2 channels is near 0.*Channels 3 and 27\./s);
});

test('a chart is read with the arrow keys', async () => {
  const model = await openModel();
  const { page } = model;
  await page.getByRole('button', { name: 'batchnorm2', exact: true }).click();
  const gamma = page.getByRole('slider', { name: /^Gamma of batchnorm2/ });
  await gamma.focus();
  for (let presses = 0; presses < 4; presses++) await page.keyboard.press('ArrowRight');
  await model.settled();
  assert.equal(await gamma.getAttribute('aria-valuetext'), 'channel 3, 1.00e−9 dead');
  await page.keyboard.press('End');
  await model.settled();
  assert.match((await gamma.getAttribute('aria-valuetext')) ?? '', /^channel 31, /);
});

/** Sums of the pixels of every column of the first chart, which has 50 CSS pixels at its left and 18 at its right. */
function columnsOf({ page }: ModelPage): Promise<number[]> {
  return page
    .locator('.picture canvas')
    .first()
    .evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const context = (canvas as HTMLCanvasElement).getContext('2d')!;
      const { data } = context.getImageData(0, 0, width, height);
      const sums = Array.from({ length: width }, () => 0);
      data.forEach((value, at) => {
        sums[(at >> 2) % width] += value;
      });
      return sums;
    });
}

test('a marked channel is drawn where it lies', async () => {
  const one = { ...inspection.batchNorms[1], channels: 4 };
  const values = packed([1, 1, 1, 1]);
  const flat = { gamma: values, beta: values, mean: values, variance: values };
  const drawn = async (channels: readonly number[]) => {
    const problems = channels.length > 0 ? [{ ...one.problems[0], channels }] : [];
    const model = await openModel({ batchNorms: [{ ...one, values: flat, problems }] });
    await model.page.getByRole('button', { name: 'batchnorm2', exact: true }).click();
    await model.settled();
    return columnsOf(model);
  };
  const [plain, marked] = [await drawn([]), await drawn([2])];
  const changed = plain.flatMap((sum, column) => (sum === marked[column] ? [] : [column]));
  assert.ok(changed.length > 4);
  for (const column of changed) {
    const channel = ((column - 50) / (plain.length - 68)) * 4;
    assert.ok(channel > 2 && channel < 3, `column ${column}`);
  }
});

test('what has no values says why', async () => {
  const missing = 'gamma is computed in the graph by Mul “scale”.';
  const without = { ...inspection.batchNorms[0], values: null, channels: null, missing };
  const model = await openModel({ batchNorms: [without] });
  await model.page.getByRole('button', { name: 'batchnorm1', exact: true }).click();
  assert.match(await textOf(model, '.batchnorm'), /channels unknown.*gamma is computed/s);
});

test('values that are not as many as channels are told, not drawn', async () => {
  const wrong = { ...inspection.batchNorms[0], channels: 7 };
  const model = await openModel({ batchNorms: [wrong] });
  await model.page.getByRole('button', { name: 'batchnorm1', exact: true }).click();
  assert.match(await textOf(model, '.batchnorm'), /not shown: .*expected 28 bytes, found 128/s);
});

test('the graph is filtered by every word', async () => {
  const model = await openModel();
  const { page } = model;
  const graph = page.locator('[data-table="graph"]');
  assert.match(await graph.innerText(), /8 nodes/);
  assert.match(await graph.innerText(), /conv1\.weight float32 \[32, 1, 3, 3\]/);
  await graph.getByRole('searchbox').fill('BATCHNORMALIZATION conv2');
  await graph.getByText('1 of 8 nodes').waitFor();
  assert.deepEqual(await graph.getByRole('rowheader').allInnerTexts(), ['5']);
  await graph.getByRole('searchbox').fill('nowhere');
  await graph.getByText('none of 8 nodes').waitFor();
});

test('a graph of 50,000 nodes is shown a page at a time', async () => {
  const nodes = Array.from({ length: 50_000 }, (_, index) => ({
    ...inspection.nodes[index % 8],
    name: `node${index}`,
  }));
  const { page } = await openModel({ nodes });
  const graph = page.locator('[data-table="graph"]');
  await graph.getByText('1 to 50 of 50,000 nodes').waitFor();
  assert.equal(await graph.getByRole('row').count(), 51);
  await graph.getByRole('button', { name: 'Next nodes' }).click();
  await graph.getByText('51 to 100 of 50,000 nodes').waitFor();
  await graph.getByRole('searchbox').fill('node4999');
  await graph.getByText('11 of 50,000 nodes').waitFor();
  assert.ok((await page.locator('*').count()) < 3000);
});

test('tensors come by size, and their values are asked for once', async () => {
  const model = await openModel();
  const { page } = model;
  const tensors = page.locator('[data-table="tensors"]');
  const names = await tensors.getByRole('rowheader').allInnerTexts();
  assert.deepEqual(names.slice(0, 3), ['conv2.weight', 'dense1.weight', 'conv1.weight']);
  assert.match(await tensors.getByRole('row').nth(1).innerText(), /36\.9 kB\s+90\.2 %/);
  const opener = tensors.getByRole('button', { name: 'conv2.weight' });
  await opener.click();
  const summary = {
    ...{ count: 9216, minimum: -0.31, maximum: 0.29, mean: 0.0012, deviation: 0.071 },
    ...{ zeros: 17, nonFinite: 0 },
  };
  await model.send({ type: 'tensor', tensor: 'conv2.weight', summary, reason: null });
  assert.match(await tensors.innerText(), /smallest\s+−0\.310.*zeros\s+17/s);
  await opener.click();
  await opener.click();
  assert.deepEqual(await model.posted(), [
    { type: 'ready' },
    { type: 'summarize', tensor: 'conv2.weight' },
  ]);
});

test('a tensor whose values cannot be had says why', async () => {
  const model = await openModel();
  await model.page.getByRole('button', { name: 'conv2.weight' }).click();
  const reason = 'weights.bin: expected a file beside the model, found none.';
  await model.send({ type: 'tensor', tensor: 'conv2.weight', summary: null, reason });
  assert.match(await textOf(model, '[data-table="tensors"]'), /expected a file beside the model/);
});

test('a certificate is said in words, with a table of its passes', async () => {
  const model = await openModel();
  const text = await textOf(model, '[data-part="certificate"]');
  assert.match(text, /computes what the training engine computes: on 10,000 examples/);
  assert.match(text, /Accuracy was 97\.1 % as trained and is 97\.1 %/);
  const rows = model.page.getByRole('region', { name: 'Passes' }).getByRole('row');
  assert.equal(await rows.count(), 1 + certificate.passes.length);
});

test('a certificate of a failure looks and reads like one', async () => {
  const validation = { ...certificate.validation, outcome: 'failed' as const };
  const model = await openModel({ certificate: { ...certificate, validation } });
  const verdict = model.page.locator('.verdict[data-severity="error"]');
  assert.match(await verdict.innerText(), /does not compute what the training engine computes/);
});

test('a certificate of int8 bounds the accuracy, not the errors', async () => {
  const validation = {
    ...certificate.validation,
    ...{ maxAbsoluteError: 0.4, tolerance: 0.01, bounds: 'accuracy' as const },
  };
  const model = await openModel({ certificate: { ...certificate, validation } });
  assert.doesNotMatch(await textOf(model, '.verdict'), /bound/);
  const text = await textOf(model, '[data-part="certificate"]');
  assert.match(text, /no bound of their own; accuracy may fall by 1\.00 % at most/);
});

test('a part that is empty says so', async () => {
  const model = await openModel({ nodes: [], batchNorms: [], tensors: [], metadata: [] });
  const parts = await model.page.locator('.part .body').allInnerTexts();
  assert.deepEqual(parts.slice(1), [
    'This model has no BatchNormalization node.',
    'This model has no nodes.',
    'This model has no tensors.',
    'This model has no metadata entries.',
  ]);
});

test('where it is narrow, lines part the nodes and not what is said of one', async () => {
  const model = await openModel({}, { width: 500 });
  const lines = await model.page
    .locator('[data-table="graph"] tbody tr')
    .nth(1)
    .evaluate((row) => [row, ...row.children].map((each) => getComputedStyle(each).borderTopWidth));
  assert.deepEqual(new Set(lines.slice(1)), new Set(['0px']));
  assert.notEqual(lines[0], '0px');
});

test('what can be done asks the extension', async () => {
  const model = await openModel();
  for (const name of ['Fold BatchNorm…', 'Validate Again', 'Copy snippet in Python'])
    await model.page.getByRole('button', { name }).click();
  assert.deepEqual(await model.posted(), [
    { type: 'ready' },
    { type: 'fold' },
    { type: 'validate' },
    { type: 'snippet', language: 'python' },
  ]);
});

test('without trust, or without a reason to, nothing is run', async () => {
  const model = await openModel({}, {}, false);
  const fold = model.page.getByRole('button', { name: 'Fold BatchNorm…' });
  assert.equal(await fold.getAttribute('aria-disabled'), 'true');
  await fold.click({ force: true });
  assert.deepEqual(await model.posted(), [{ type: 'ready' }]);
  await model.send({ type: 'trusted' });
  assert.equal(await fold.getAttribute('aria-disabled'), 'false');

  const foreign = await openModel({ certificate: null, batchNorms: [] });
  for (const name of ['Fold BatchNorm…', 'Validate Again']) {
    const target = foreign.page.getByRole('button', { name });
    assert.equal(await target.getAttribute('aria-disabled'), 'true');
  }
  assert.equal(await foreign.page.getByRole('group', { name: 'Copy a snippet' }).count(), 0);
});

test('a broken file says what is broken, and offers another editor', async () => {
  const model = await open();
  const reason = 'broken.onnx: expected an ONNX model, found 12 bytes of text.';
  await model.send({ type: 'broken', name: 'broken.onnx', reason });
  await model.page.getByRole('alert').getByText(reason).waitFor();
  await model.page.getByRole('button', { name: 'Open With…' }).click();
  await model.page.getByRole('button', { name: 'Try Again' }).click();
  assert.deepEqual(await model.posted(), [
    { type: 'ready' },
    { type: 'open-with' },
    { type: 'reload' },
  ]);
});

test('what was opened and looked for outlives a reload', async () => {
  const model = await openModel();
  const { page } = model;
  await page.getByRole('button', { name: 'batchnorm3', exact: true }).click();
  await page.locator('h2').getByRole('button', { name: 'Certificate' }).click();
  await page.locator('[data-table="graph"]').getByRole('searchbox').fill('relu');
  await page.getByText(/of 8 nodes/).waitFor();
  await model.load();
  await model.send({ type: 'model', name: 'mnist.onnx', inspection, isTrusted: true });
  const isOpen = (name: string, exact = true) =>
    page.getByRole('button', { name, exact }).first().getAttribute('aria-expanded');
  assert.equal(await isOpen('batchnorm3'), 'true');
  assert.equal(await isOpen('batchnorm1'), 'false');
  assert.equal(await page.locator('h2 button').first().getAttribute('aria-expanded'), 'false');
  assert.equal(await page.getByRole('searchbox', { name: 'Filter nodes' }).inputValue(), 'relu');
});

test('the certificate is turned to when asked for, even when it is closed', async () => {
  const model = await openModel();
  await model.page.locator('h2').getByRole('button', { name: 'Certificate' }).click();
  await model.send({ type: 'show', part: 'certificate' });
  assert.match(await textOf(model, '[data-part="certificate"]'), /examples of the test set/);
});

test('a file that changes is shown anew, with what was open', async () => {
  const model = await openModel();
  await model.page.getByRole('button', { name: 'batchnorm1', exact: true }).click();
  const next = { ...inspection, bytes: 1234, batchNorms: inspection.batchNorms.slice(0, 1) };
  await model.send({ type: 'model', name: 'mnist.onnx', inspection: next, isTrusted: true });
  assert.match(await textOf(model, '.heading'), /1\.23 kB/);
  assert.equal(await model.page.locator('.batchnorm .chart').count(), 4);
});

test('every control is reached by Tab and has a name', async () => {
  const { page } = await openModel();
  await page.getByRole('button', { name: 'batchnorm2', exact: true }).click();
  const nameless = await page.$$eval('button, input, [tabindex="0"]', (all) =>
    all
      .filter((each) => !each.getAttribute('aria-label') && !each.textContent?.trim())
      .map((each) => each.outerHTML),
  );
  assert.deepEqual(nameless, []);
});

test('from 360 pixels up nothing is wider than the page, in any theme', async () => {
  for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const) {
    const model = await openModel({}, { theme, width: 360 });
    await model.page.getByRole('button', { name: 'batchnorm2', exact: true }).click();
    for (const width of [360, 700, 1280]) {
      await model.page.setViewportSize({ width, height: 800 });
      await model.settled();
      const overflow = await model.page.evaluate(
        () => document.documentElement.scrollWidth - innerWidth,
      );
      assert.ok(overflow <= 0, `${theme} at ${width}: ${overflow} too wide`);
    }
  }
});
