import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { certificatePage } from '../../sidecar/onnx/certificate-page.ts';
import { defaultForm, type ModelForm } from '../../sidecar/onnx/choices.ts';
import type { Certificate } from '../../sidecar/protocol/onnx.ts';
import { renderBody, renderPage } from '../../sidecar/report/html.ts';
import { find, readMarkup, textOf } from '../report/markup-reader.ts';
import { hostileFacts, hostileNames } from './snippets/hostile.ts';

const certificate: Certificate = {
  validation: {
    outcome: 'validated',
    runtime: 'onnxruntime-node 1.30.0',
    examples: 10_000,
    maxAbsoluteError: 3.2e-6,
    maxRelativeError: 1.1e-6,
    classAgreement: 0.9999,
    nearTies: 1,
    engineAccuracy: 0.978,
    runtimeAccuracy: 0.9781,
    tolerance: 1e-4,
    batchSizes: [1, 60, 61],
  },
  passes: [
    {
      ...{ batchSize: 60, optimization: 'all', examples: 10_000 },
      ...{ maxAbsoluteError: 3.2e-6, maxRelativeError: 1.1e-6 },
      ...{ classAgreement: 0.9999, runtimeAccuracy: 0.9781 },
    },
  ],
  trainedAccuracy: 0.979,
  folding: { maxAbsoluteError: 2e-6, tolerance: 1e-4 },
  batchNorms: [
    { name: 'batchnorm1', fate: 'folded-at-export' },
    { name: '<img src=x onerror=alert(1)>', fate: 'computed' },
  ],
  speed: { latency: 0.123, throughput: 4567, batchSize: 60 },
  bytes: 123_456,
  modelSha256: 'a'.repeat(64),
  sourceSha256: 'b'.repeat(64),
  dataSha256: 'c'.repeat(64),
};

const half: ModelForm = { ...defaultForm, precision: 'float16' };

function textFor(changes: Partial<Certificate> = {}, form = half): string {
  const told = { ...certificate, ...changes };
  const document = certificatePage(hostileFacts(['plain']), form, told);
  return textOf(readMarkup(renderBody(document)));
}

describe('the page of a certificate', () => {
  test('says all figures with their units', () => {
    const text = textFor();
    for (const said of [
      'Certificate of plain.onnx',
      'onnxruntime-node 1.30.0 agrees',
      '10,000 examples',
      '3.20e−6',
      '99.99 %',
      '97.81 %',
      '97.90 %',
      '97.80 % with those in float16',
      'Form: float16 weights, opset 15',
      '2.00e−6',
      'folded into weights at export',
      '0.123 ms',
      '4,567 examples a second in batches of 60',
      '123,456 bytes',
      certificate.modelSha256,
      certificate.sourceSha256,
      certificate.dataSha256,
    ]) {
      assert.ok(text.includes(said), `${said} in ${text}`);
    }
  });

  test('says the accuracy of the stored weights only where they are others than the trained', () => {
    const text = textFor({}, defaultForm);
    assert.match(text, /97\.90 % in the engine .* trained, 97\.81 % under the runtime/);
    assert.doesNotMatch(text, /97\.80 %/);
  });

  test('says what its programs run on', () => {
    const facts = hostileFacts(['plain']);
    const said = (example: typeof facts.example) =>
      textOf(readMarkup(renderBody(certificatePage({ ...facts, example }, half, certificate))));
    assert.match(said({ input: [1], output: [1] }), /on the example that the model carries/);
    assert.match(said(null), /on zeros in the place of an example/);
  });

  test('says what is not known', () => {
    const { validation } = certificate;
    const text = textFor({
      validation: { ...validation, outcome: 'not-validated', reason: 'no binary for this machine' },
      ...{ passes: [], speed: null, folding: null, batchNorms: [{ name: 'b', fate: 'unknown' }] },
    });
    assert.match(text, /not validated.*no binary for this machine/);
    assert.match(text, /does not tell what it makes of it/);
    assert.doesNotMatch(text, /examples a second|agrees/);
  });

  test('says that the runtime does not agree, and why', () => {
    const validation = {
      ...certificate.validation,
      outcome: 'failed',
      reason: 'example 1',
    } as const;
    assert.match(textFor({ validation }), /does not agree.*example 1/);
    const folding = { maxAbsoluteError: 0.5, tolerance: 1e-4 };
    assert.match(textFor({ validation, folding }), /Folded and unfolded, .* different outputs/);
  });

  test('stays a page without a script, whatever names it shows', () => {
    const document = certificatePage(hostileFacts(hostileNames), half, certificate);
    const html = renderPage(document);
    assert.match(html, /default-src 'none'/);
    assert.doesNotMatch(html, /<(script|img|iframe|object|link)\b/i);
    const body = readMarkup(renderBody(document));
    assert.equal(find(body, 'details').length, 3);
    assert.match(textOf(body), /<img src=x onerror=alert\(1\)>/);
  });
});
