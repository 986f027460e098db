/** A model whose every text is hostile. The tests' own check adds that no policy was violated. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../sidecar/protocol/inspect.ts';
import { assertAtEveryWidth, hostileTexts } from './hostile.ts';
import { certificate, inspection } from './model-fixture.ts';
import { modelPagesOfTests } from './pages.ts';

const open = modelPagesOfTests();

/** The fixture with this text wherever a file may have one. */
function hostile(text: string): Inspection {
  const value = { name: text, type: text, shape: [text, 3, null] };
  const [batchNorm] = inspection.batchNorms;
  return {
    ...inspection,
    opsets: [{ domain: text, version: 15 }],
    producer: { name: text, version: text },
    domain: text,
    modelVersion: text,
    documentation: text,
    graph: text,
    inputs: [value, value],
    outputs: [value],
    nodes: Array.from({ length: 3 }, () => ({
      name: text,
      opType: text,
      domain: text,
      inputs: [text, '', text],
      outputs: [value],
      attributes: [{ name: text, text }],
    })),
    tensors: [
      { name: text, type: text, shape: [2, 3], bytes: 24, external: text, problem: null },
      { name: `${text}2`, type: text, shape: [], bytes: 0, external: null, problem: text },
    ],
    batchNorms: [
      {
        ...batchNorm,
        name: text,
        problems: [{ kind: 'dead', severity: 'error', channels: [0], text }],
        folding: { into: null, reason: text },
        runtime: { folds: false, reason: text },
      },
      {
        ...batchNorm,
        name: text,
        values: null,
        missing: text,
        folding: { into: text, reason: null },
      },
    ],
    metadata: [
      { key: text, value: text },
      { key: 'labels', value: JSON.stringify([text, text]) },
    ],
    certificate: {
      ...certificate,
      validation: { ...certificate.validation, runtime: text, reason: text },
      batchNorms: [{ name: text, fate: 'computed' }],
      sourceSha256: text,
      dataSha256: text,
    },
    notes: [text, text],
  };
}

for (const [what, text] of Object.entries(hostileTexts)) {
  test(`a model whose every text is ${what}`, async () => {
    const model = await open();
    const { page } = model;
    await model.send({
      type: 'model',
      name: `${text}.onnx`,
      inspection: hostile(text),
      isTrusted: true,
    });
    for (const row of await page.locator('.batchnorm h3 button').all()) await row.press('Enter');
    for (const chart of await page.getByRole('button', { name: /^Table of/ }).all())
      await chart.press('Enter');
    await page.locator('th.tensor button').first().press('Enter');
    await model.send({ type: 'tensor', tensor: text, summary: null, reason: text });
    // Each is called otherwise once it is pressed.
    const more = page.getByRole('button', { name: /^Show all/ });
    while ((await more.count()) > 0) await more.first().press('Enter');
    await page.locator('.picture').first().press('ArrowRight');
    await assertAtEveryWidth(model, what);

    await model.send({ type: 'broken', name: text, reason: text });
    await assertAtEveryWidth(model, `a broken file, ${what}`);
  });
}

test('a name that turns text around turns nothing but itself', async () => {
  for (const name of [hostileTexts['right to left'], hostileTexts['turned around']]) {
    const model = await open();
    await model.send({
      type: 'model',
      name: 'net.onnx',
      inspection: hostile(name),
      isTrusted: true,
    });
    const line = model.page.locator('.batchnorm .line').first();
    const left = (selector: string) =>
      line
        .locator(selector)
        .first()
        .evaluate((each) => each.getBoundingClientRect().left);
    assert.ok((await left('h3')) < (await left('span.muted')));
    // The words that follow the name in one paragraph stay at its right.
    const flow = model.page.locator('.flow-line');
    const [named, arrow] = await Promise.all([
      flow.locator('.name').first().boundingBox(),
      flow.getByRole('img', { name: 'to' }).boundingBox(),
    ]);
    assert.ok(named!.x < arrow!.x);
  }
});

test('what does not show in a name is written out', async () => {
  const model = await open();
  const name = hostileTexts['null and controls'];
  await model.send({ type: 'model', name: 'net.onnx', inspection: hostile(name), isTrusted: true });
  const shown = await model.page.locator('.batchnorm h3').first().innerText();
  assert.match(shown, /a␀b␇c␛d␍␊e‹U\+2028›f‹U\+200B›g‹U\+FEFF›h/);
});
