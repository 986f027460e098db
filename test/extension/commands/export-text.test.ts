import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportText, modelName, validationText } from '../../../extension/commands/export-text.ts';
import type {
  Certificate,
  Folding,
  Revalidation,
  Validation,
} from '../../../sidecar/protocol/onnx.ts';

const validated: Validation = {
  outcome: 'validated',
  runtime: 'onnxruntime-node 1.30.0',
  examples: 10_000,
  maxAbsoluteError: 3.14159e-6,
  maxRelativeError: 0.00020001,
  classAgreement: 1,
  nearTies: 0,
  engineAccuracy: 0.915,
  runtimeAccuracy: 0.915,
  tolerance: 1e-4,
  batchSizes: [1, 60, 37],
};

const certificate: Certificate = {
  ...{ validation: validated, passes: [], trainedAccuracy: 0.921, folding: null, batchNorms: [] },
  ...{ speed: null, bytes: 1, modelSha256: 'a', sourceSha256: 'b', dataSha256: 'c' },
};

const notes: readonly string[] = [];

function revalidated(
  validation: Validation,
  { certified = null, broken = [] }: Partial<Revalidation> = {},
): Revalidation {
  return { found: certifiedWith(validation), certified, broken };
}

function certifiedWith(validation: Validation): Certificate {
  return { ...certificate, validation };
}

test('a validated export says how well onnxruntime agrees', () => {
  assert.deepEqual(exportText({ path: '/networks/mnist.onnx', certificate, notes }, 'float32'), {
    severity: 'info',
    text: 'Exported mnist.onnx. onnxruntime-node 1.30.0 agrees on 10,000 examples, largest error 3.14e-6 absolute (bound 1e-4), 2e-4 relative, same class for 100 %, accuracy 91.5 %.',
  });
});

test('an export that was to be folded says what was, and why the rest was not', () => {
  const text = (folding: Folding) =>
    exportText({ path: 'm.onnx', certificate, folding, notes }, 'float32').text;
  const folded = [{ batchnorm: 'batchnorm1', into: 'dense1' }];
  const reason = 'batchnorm2 is kept: relu1 stands before it.';
  assert.match(
    text({ folded, kept: [{ batchnorm: 'batchnorm2', reason }] }),
    /accuracy 91\.5 %\. Folded into weights: 1 of 2 batch normalizations\. batchnorm2 is kept: relu1 stands before it\.$/,
  );
  assert.match(text({ folded, kept: [] }), /Folded into weights: 1 of 1 batch normalizations\.$/);
  assert.match(text({ folded: [], kept: [] }), /There was no batch normalization to fold\.$/);
});

test('an export of which many nodes are kept says why of a few', () => {
  const kept = Array.from({ length: 5 }, (_, at) => ({
    batchnorm: `b${at}`,
    reason: `Why ${at}.`,
  }));
  const result = { path: 'm.onnx', certificate, notes };
  assert.match(
    exportText({ ...result, folding: { folded: [], kept } }, 'float32').text,
    /Why 2\. 2 more are kept; the model's editor says why\.$/,
  );
});

test('what else there is to say of the form is said', () => {
  const note = 'Calibrated on all 800 training examples.';
  const result = { path: 'm.onnx', certificate, notes: [note] };
  assert.ok(exportText(result, 'int8').text.endsWith(note));
});

test('a smaller precision says what it cost in accuracy', () => {
  const result = { path: 'm.onnx', certificate, notes };
  assert.match(exportText(result, 'int8').text, /Accuracy 92\.1 % as trained, 91\.5 % in int8\.$/);
  assert.doesNotMatch(exportText(result, 'float32').text, /as trained/);
  const regression = certifiedWith({ ...validated, runtimeAccuracy: null });
  const told = { ...result, certificate: regression };
  assert.doesNotMatch(exportText(told, 'float16').text, /as trained/);
});

test('an export that failed says under which name it was kept', () => {
  const validation: Validation = { ...validated, outcome: 'failed', maxAbsoluteError: 0.5 };
  const { severity, text } = exportText(
    { path: 'c:\\m.failed.onnx', certificate: certifiedWith(validation), notes },
    'float32',
  );
  assert.equal(severity, 'error');
  assert.match(text, /kept as m\.failed\.onnx\. .*does not agree .*0\.5 absolute/);
});

test('without a runtime the reason is given', () => {
  const validation: Validation = { ...validated, outcome: 'not-validated', reason: 'no binary' };
  const { severity, text } = exportText(
    { path: 'm.onnx', certificate: certifiedWith(validation), notes },
    'float32',
  );
  assert.deepEqual(
    [severity, text],
    ['warning', 'Exported m.onnx, which could not be validated: no binary'],
  );
  const again = validationText('m.onnx', revalidated(validation));
  assert.match(again.text, /could not be validated: no binary/);
});

test('a regression has no classes to agree on', () => {
  const validation = { ...validated, classAgreement: null, runtimeAccuracy: null };
  const { text } = validationText('m.onnx', revalidated(validation));
  assert.doesNotMatch(text, /class|accuracy/);
});

test('a validation says whether the certificate holds', () => {
  const holds = validationText('m.onnx', revalidated(validated, { certified: certificate }));
  assert.equal(holds.severity, 'info');
  assert.match(holds.text, /^m\.onnx is valid\. .* Its certificate holds\.$/);
  assert.match(validationText('m.onnx', revalidated(validated)).text, /carries no certificate/);
  const bare = certifiedWith({ ...validated, outcome: 'not-validated' });
  const later = validationText('m.onnx', revalidated(validated, { certified: bare }));
  assert.match(later.text, /certificate has no figures to hold/);
  const reason = 'Accuracy: expected 90 %, found 80 %.';
  const failed: Validation = { ...validated, outcome: 'failed', reason };
  const changed = { certified: certificate, broken: [reason] };
  const { severity, text } = validationText('m.onnx', revalidated(failed, changed));
  assert.equal(severity, 'error');
  assert.equal(text, `The certificate of m.onnx no longer holds. ${reason}`);
});

test('errors of int8 have no bound', () => {
  const int8: Validation = { ...validated, tolerance: 0.01, bounds: 'accuracy' };
  assert.doesNotMatch(validationText('m.onnx', revalidated(int8)).text, /bound/);
});

test('a name is the last part of a path of either system', () => {
  assert.equal(modelName('/a/b.onnx'), 'b.onnx');
  assert.equal(modelName('c:\\a\\b.onnx'), 'b.onnx');
});
