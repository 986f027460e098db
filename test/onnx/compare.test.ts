import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Comparison,
  closeCalls,
  type Reference,
  toleranceFor,
} from '../../sidecar/onnx/compare.ts';

/** Two examples with three logits each, classes 2 and 0. */
const reference: Reference = {
  count: 2,
  expected: Float32Array.of(1, 2, 4, 3, -1, 0),
  targets: Int32Array.of(2, 1),
  loss: 'softmax-cross-entropy',
};

function compare(changes: Partial<Reference>, ...passes: readonly number[][]) {
  const comparison = new Comparison({ ...reference, ...changes });
  passes.forEach((logits, index) => {
    comparison.add(0, Float32Array.from(logits), `pass ${index}`);
  });
  return comparison.result();
}

describe('comparing logits', () => {
  test('finds no fault in equal ones', () => {
    assert.deepEqual(compare({}, [1, 2, 4, 3, -1, 0]), {
      maxAbsoluteError: 0,
      maxRelativeError: 0,
      classAgreement: 1,
      nearTies: 0,
      engineAccuracy: 0.5,
      runtimeAccuracy: 0.5,
      tolerance: 1e-4,
      fault: null,
    });
  });

  test('reports the largest error over all passes, relative to the largest logit of its example', () => {
    const delta = 2 ** -15;
    const result = compare(
      {},
      [1 + delta, 2, 4, 3, -1, 0],
      [1, 2, 4, 3, -1, 2 * delta],
      [1, 2, 4, 3, -1, delta],
    );
    assert.equal(result.maxAbsoluteError, 2 * delta);
    assert.equal(result.maxRelativeError, (2 * delta) / 3);
    assert.equal(result.fault, null);
  });

  test('faults a difference above 1e-4, naming example, output and pass', () => {
    const result = compare({}, [1, 2, 4, 3, -1, 0], [1, 2, 4, 3, -1.0625, 0]);
    assert.equal(
      result.fault,
      "example 1, output 1, pass 1: expected the engine's -1 within 0.0001, found -1.0625",
    );
    assert.equal(result.maxAbsoluteError, 0.0625);
    assert.equal(result.classAgreement, 1);
  });

  test('faults numbers that are none on either side, and keeps the errors numbers', () => {
    const runtime = compare({}, [1, 2, Number.NaN, 3, -1, 0]);
    assert.match(runtime.fault!, /^example 0, output 2, pass 0: .* found NaN$/);
    assert.equal(runtime.maxAbsoluteError, 0);
    const infinite = compare({}, [1, 2, Number.POSITIVE_INFINITY, 3, -1, 0]);
    assert.match(infinite.fault!, /found Infinity$/);
    const expected = Float32Array.of(Number.NaN, 2, 4, 3, -1, 0);
    const engine = compare({ expected }, [1, 2, 4, 3, -1, 0]);
    assert.match(engine.fault!, /^example 0, output 0, pass 0: expected the engine's NaN/);
  });

  test('faults a class that differs by more than a tie', () => {
    const result = compare({}, [1, 4.5, 4, 3, -1, 0]);
    assert.equal(result.classAgreement, 0.5);
    assert.equal(result.nearTies, 0);
    assert.equal(result.engineAccuracy, 0.5);
    assert.equal(result.runtimeAccuracy, 0);
    assert.notEqual(result.fault, null);
  });

  test('counts near ties once an example, and finds no fault in them', () => {
    const expected = Float32Array.of(1, 4 - 2 ** -16, 4, 3, -1, 0);
    const flipped = [1, 4 + 2 ** -16, 4, 3, -1, 0];
    const result = compare({ expected }, flipped, flipped);
    assert.equal(result.nearTies, 1);
    assert.equal(result.classAgreement, 0.5);
    assert.equal(result.fault, null);
  });

  test('takes a single logit as class 1 when it is positive, with its own ties', () => {
    const changes: Partial<Reference> = {
      count: 3,
      expected: Float32Array.of(-1, 1, 2 ** -16),
      targets: Int32Array.of(0, 1, 0),
      loss: 'binary-cross-entropy',
    };
    const result = compare(changes, [-1, 1, -(2 ** -16)]);
    assert.equal(result.engineAccuracy, 2 / 3);
    assert.equal(result.runtimeAccuracy, 1);
    assert.equal(result.nearTies, 1);
    assert.equal(result.fault, null);
  });

  test('takes a single probability as class 1 when it is above a half, with its own ties', () => {
    const changes: Partial<Reference> = {
      count: 3,
      expected: Float32Array.of(0.25, 0.75, 0.5 + 2 ** -16),
      targets: Int32Array.of(0, 1, 0),
      loss: 'binary-cross-entropy',
      output: 'probabilities',
    };
    const result = compare(changes, [0.25, 0.75, 0.5 - 2 ** -16]);
    assert.equal(result.engineAccuracy, 2 / 3);
    assert.equal(result.runtimeAccuracy, 1);
    assert.equal(result.nearTies, 1);
    assert.equal(result.fault, null);
    assert.equal(closeCalls({ ...reference, ...changes }), 1);
  });

  test('knows no classes in a regression', () => {
    const changes: Partial<Reference> = { targets: reference.expected, loss: 'mse' };
    const result = compare(changes, [1, 2, 4, 3, -1, 0]);
    assert.equal(result.classAgreement, null);
    assert.equal(result.engineAccuracy, null);
    assert.equal(result.runtimeAccuracy, null);
  });
});

test('the bound grows with the predictions of a regression alone', () => {
  const large = Float32Array.of(-2000, 5);
  assert.equal(toleranceFor('softmax-cross-entropy', large), 1e-4);
  assert.equal(toleranceFor('binary-cross-entropy', large), 1e-4);
  assert.equal(toleranceFor('mse', Float32Array.of(0.1)), 1e-4);
  assert.equal(toleranceFor('mse', large), 0.2);
});

describe('comparing int8', () => {
  /** A hundred examples of two classes, all of them right. */
  const expected = Float32Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 1 : 0));
  const classes: Reference = {
    ...{ count: 100, expected, targets: new Int32Array(100) },
    ...{ loss: 'softmax-cross-entropy', precision: 'int8' },
  };
  /** With so many examples in the other class. */
  const wrong = (count: number) =>
    expected.map((value, index) => (index < 2 * count ? 1 - value : value + 0.2));

  function judge(about: Reference, outputs: Float32Array) {
    const comparison = new Comparison(about);
    comparison.add(0, outputs, 'a pass');
    return comparison.result();
  }

  test('lets values differ, and one right answer in a hundred be lost', () => {
    const one = judge(classes, wrong(1));
    assert.equal(one.fault, null);
    assert.deepEqual([one.bounds, one.tolerance], ['accuracy', 0.01]);
    assert.equal(one.maxAbsoluteError, 1);
    assert.equal(one.classAgreement, 0.99);
    assert.equal(
      judge(classes, wrong(2)).fault,
      "int8: expected an accuracy of at least 99.0 %, 1.00 % below the engine's before, found 98.0 %",
    );
  });

  test('counts from the accuracy of the trained weights, where they are known', () => {
    const stored = { ...classes, expected: wrong(1), trained: expected };
    assert.equal(judge(stored, wrong(1)).fault, null);
    assert.match(judge(stored, wrong(2)).fault!, /at least 99\.0 %/);
    assert.equal(judge({ ...stored, trained: undefined }, wrong(2)).fault, null);
  });

  test('faults numbers that are none', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const { fault } = judge(classes, expected.with(3, value));
      assert.equal(fault, `example 1, output 1, a pass: expected a finite number, found ${value}`);
    }
  });

  test('holds a regression to a share of the range of its predictions', () => {
    const predictions = Float32Array.from({ length: 50 }, (_, index) => 10 * index);
    const regression: Reference = {
      ...{ count: 50, expected: predictions, targets: predictions },
      ...{ loss: 'mse', precision: 'int8' },
    };
    const near = judge(
      regression,
      predictions.map((value) => value + 9),
    );
    assert.equal(near.fault, null);
    assert.deepEqual([near.bounds, near.tolerance], ['range', 0.02]);
    assert.equal(
      judge(
        regression,
        predictions.map((value) => value - 10),
      ).fault,
      'int8: expected a mean difference of at most 2.00 % of the range of predictions, found 2.04 %',
    );
    // Predictions that are all the same have no range, so their size stands for it.
    const same = { ...regression, expected: predictions.map(() => 100) };
    assert.equal(
      judge(
        same,
        predictions.map(() => 101),
      ).fault,
      null,
    );
    assert.notEqual(
      judge(
        same,
        predictions.map(() => 103),
      ).fault,
      null,
    );
  });
});
