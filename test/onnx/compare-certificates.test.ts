import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { closeCalls } from '../../sidecar/onnx/compare.ts';
import { compareCertificates } from '../../sidecar/onnx/compare-certificates.ts';
import type { Certificate, CertifiedPass, Validation } from '../../sidecar/protocol/onnx.ts';

const count = 100;
const pass: CertifiedPass = {
  batchSize: 8,
  optimization: 'all',
  examples: count,
  maxAbsoluteError: 3e-6,
  maxRelativeError: 2e-6,
  classAgreement: 1,
  runtimeAccuracy: 0.9,
};
const validation: Validation = {
  outcome: 'validated',
  runtime: 'onnxruntime-node 1.30.0',
  examples: count,
  maxAbsoluteError: 3e-6,
  maxRelativeError: 2e-6,
  classAgreement: 1,
  nearTies: 0,
  engineAccuracy: 0.9,
  runtimeAccuracy: 0.9,
  tolerance: 1e-4,
  batchSizes: [8],
};
const certified: Certificate = {
  validation,
  passes: [pass],
  trainedAccuracy: 0.9,
  folding: { maxAbsoluteError: 1e-6, tolerance: 1e-4 },
  batchNorms: [{ name: 'batchnorm1', fate: 'folded-by-runtime' }],
  speed: { latency: 0.1, throughput: 1000, batchSize: 8 },
  bytes: 1000,
  modelSha256: 'a'.repeat(64),
  sourceSha256: 'b'.repeat(64),
  dataSha256: 'c'.repeat(64),
};

/** All classes are far apart, but for so many examples. */
function referenceWith(close: number) {
  const expected = Float32Array.from({ length: 2 * count }, (_, index) => {
    if (index % 2 === 0) return 1;
    return index < 2 * close ? 1 + 1.5e-4 : 3;
  });
  return {
    count,
    expected,
    targets: new Int32Array(count),
    loss: 'softmax-cross-entropy' as const,
  };
}

function compare(changes: Partial<Certificate>, close = 0) {
  return compareCertificates(certified, { ...certified, ...changes }, referenceWith(close));
}

const withPass = (changes: Partial<CertifiedPass>) => ({ passes: [{ ...pass, ...changes }] });
const withValidation = (changes: Partial<Validation>) => ({
  validation: { ...validation, ...changes },
});

describe('a certificate still holds', () => {
  test('when all is as it was', () => {
    const { found, broken } = compare({});
    assert.deepEqual(broken, []);
    assert.deepEqual(found, certified);
  });

  test('on a machine that is slower, folds in another way, or under another runtime', () => {
    const { broken, found } = compare({
      ...withValidation({ runtime: 'onnxruntime-web 1.30.0' }),
      speed: { latency: 100, throughput: 1, batchSize: 8 },
      batchNorms: [{ name: 'batchnorm1', fate: 'unknown' }],
      folding: null,
    });
    assert.deepEqual(broken, []);
    assert.equal(found.validation.outcome, 'validated');
  });

  test('while errors are of the size that rounding makes, or far below the bound', () => {
    assert.deepEqual(compare(withPass({ maxAbsoluteError: 2.9e-5 })).broken, []);
    assert.deepEqual(compare(withPass({ maxRelativeError: 1.9e-5 })).broken, []);
    const exact = { ...certified, ...withPass({ maxAbsoluteError: 0, maxRelativeError: 0 }) };
    const now = { ...certified, ...withPass({ maxAbsoluteError: 9e-6, maxRelativeError: 9e-6 }) };
    assert.deepEqual(compareCertificates(exact, now, referenceWith(0)).broken, []);
  });

  test('while no more classes differ than rounding may change', () => {
    assert.equal(closeCalls(referenceWith(3)), 3);
    const now = { ...withPass({ runtimeAccuracy: 0.87, classAgreement: 0.97 }) };
    assert.deepEqual(
      compare({ ...now, ...withValidation({ engineAccuracy: 0.87 }) }, 3).broken,
      [],
    );
  });

  test('where nothing could be repeated, though that validates nothing', () => {
    const { found, broken } = compare({
      passes: [],
      ...withValidation({ outcome: 'not-validated', reason: 'no binary', engineAccuracy: null }),
    });
    assert.deepEqual(broken, []);
    assert.equal(found.validation.outcome, 'not-validated');
  });
});

describe('a certificate no longer holds, and says what was expected and found,', () => {
  const cases: readonly [string, Partial<Certificate>, RegExp][] = [
    [
      'when the model has changed',
      { modelSha256: 'd'.repeat(64) },
      /^SHA-256 of the model without its certificate: expected the certified a{64}, found d{64}: its weights/,
    ],
    [
      'when it speaks of other data',
      { dataSha256: 'd'.repeat(64) },
      /^SHA-256 of the data: .* found d{64}/,
    ],
    [
      'when the network file is gone',
      { sourceSha256: '' },
      /^SHA-256 of the network file: .* found none/,
    ],
    [
      'when a runtime computes with a larger error, within the bound',
      withPass({ maxAbsoluteError: 5e-5 }),
      /^batch 8, optimizations all, largest absolute error: expected the certified 0\.000003, or 0\.00003 at most where rounding differs, found 0\.00005\.$/,
    ],
    [
      'when a runtime computes with a larger relative error',
      withPass({ maxRelativeError: 5e-5 }),
      /^batch 8, optimizations all, largest relative error: /,
    ],
    [
      'when the runtime is right less often',
      withPass({ runtimeAccuracy: 0.89 }),
      /^batch 8, optimizations all, accuracy in the runtime: expected the certified 90 %, found 89 %\.$/,
    ],
    [
      'when the runtime finds other classes',
      withPass({ classAgreement: 0.99 }),
      /^batch 8, optimizations all, same class: expected the certified 100 %, found 99 %\.$/,
    ],
    [
      'when the engine is right less often',
      withValidation({ engineAccuracy: 0.89 }),
      /^accuracy in the engine: expected the certified 90 %, found 89 %\.$/,
    ],
    [
      'when the runtime refuses the model',
      {
        passes: [],
        ...withValidation({ outcome: 'failed', reason: 'no such operator', examples: 0 }),
      },
      /^batch 8, optimizations all: expected 100 examples as certified, found no result\.$/,
    ],
    [
      'when a pass of the certificate was not made',
      withPass({ batchSize: 9 }),
      /^batch 8, optimizations all: expected 100 examples as certified, found no result\.$/,
    ],
  ];
  for (const [title, changes, sentence] of cases) {
    test(title, () => {
      const { found, broken } = compare(changes);
      assert.match(broken.at(-1)!, sentence);
      assert.equal(found.validation.outcome, 'failed');
      assert.ok(found.validation.reason!.endsWith(broken.join(' ')));
    });
  }

  test('and the reason of the runtime comes first', () => {
    const { found } = compare({
      passes: [],
      ...withValidation({ outcome: 'failed', reason: 'no such operator', examples: 0 }),
    });
    assert.match(found.validation.reason!, /^no such operator\b/);
  });

  test('when more classes differ than rounding may change', () => {
    assert.equal(compare(withPass({ runtimeAccuracy: 0.86 }), 3).broken.length, 1);
  });
});

test('close calls of a single output lie around its threshold', () => {
  const expected = Float32Array.of(0.5, 0.50015, 0.4, 0, 1e-4, -1);
  const reference = {
    ...{ count: 6, expected, targets: new Int32Array(6) },
    loss: 'binary-cross-entropy',
  } as const;
  assert.equal(closeCalls(reference), 2);
  assert.equal(closeCalls({ ...reference, output: 'probabilities' }), 2);
});
