import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../sidecar/data/error.ts';
import { type Parts, splitExamples } from '../../sidecar/data/split.ts';

/** Together at most 0.7, so that classes of ten always have enough to spare. */
const shares = fc
  .record({
    test: fc.double({ min: 0, max: 0.7, noNaN: true }),
    validation: fc.double({ min: 0, max: 0.7, noNaN: true }),
  })
  .filter(({ test, validation }) => test + validation <= 0.7);

/** Labels of up to six classes in any order, each class with at least ten examples. */
const labels = fc
  .array(fc.integer({ min: 10, max: 60 }), { minLength: 1, maxLength: 6 })
  .chain((sizes) => {
    const all = sizes.flatMap((size, label) => Array<number>(size).fill(label));
    return fc.shuffledSubarray(all, { minLength: all.length }).map((list) => Int32Array.from(list));
  });

function counts(indices: Uint32Array, classes: Int32Array): number[] {
  const result = Array<number>(Math.max(...classes) + 1).fill(0);
  for (const index of indices) result[classes[index]] += 1;
  return result;
}

function everyExampleOnce({ train, validation, test }: Parts, count: number): void {
  const all = [...train, ...validation, ...test].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    Array.from({ length: count }, (_, i) => i),
  );
  for (const part of [train, validation, test]) {
    assert.deepEqual(
      [...part],
      [...part].sort((a, b) => a - b),
      'ascending',
    );
  }
}

test('the parts are disjoint and complete, each class within one of its share', () => {
  fc.assert(
    fc.property(labels, shares, fc.integer(), (classes, share, seed) => {
      const parts = splitExamples(classes.length, classes, share, seed, 'set');
      everyExampleOnce(parts, classes.length);
      const sizes = counts(Uint32Array.from(classes.keys()), classes);
      for (const part of ['test', 'validation'] as const) {
        counts(parts[part], classes).forEach((held, label) => {
          const wanted = sizes[label] * share[part];
          assert.ok(
            Math.abs(held - wanted) <= 1,
            `class ${label}: ${held} of ${wanted} for ${part}`,
          );
        });
      }
      assert.ok(counts(parts.train, classes).every((kept) => kept >= 1));
    }),
  );
});

test('a part has the rounded share of all examples, and at least one when any was asked for', () => {
  const even = Int32Array.from({ length: 30 }, (_, i) => i % 3);
  for (const [share, expected] of [
    [0, 0],
    [0.001, 1],
    [0.05, 2],
    [0.1, 3],
    [1 / 3, 10],
  ]) {
    const parts = splitExamples(30, even, { test: share, validation: share }, 1, 'set');
    assert.equal(parts.test.length, expected);
    assert.equal(parts.validation.length, expected);
  }
});

test('the same seed splits alike, another seed differently, with and without classes', () => {
  const classes = Int32Array.from({ length: 100 }, (_, i) => i % 2);
  for (const labels of [classes, null]) {
    const split = (seed: number) =>
      splitExamples(100, labels, { test: 0.2, validation: 0.2 }, seed, 'set');
    assert.deepEqual(split(5), split(5));
    assert.notDeepEqual(split(5).test, split(6).test);
    assert.notDeepEqual(split(5).validation, split(6).validation);
  }
});

test('asking for a validation part does not change the test part', () => {
  const classes = Int32Array.from({ length: 60 }, (_, i) => i % 3);
  const test = (validation: number) =>
    splitExamples(60, classes, { test: 0.2, validation }, 9, 'set').test;
  assert.deepEqual(test(0.3), test(0));
});

test('every example has the same chance to be held out', () => {
  const held = new Float64Array(20);
  for (let seed = 0; seed < 4000; seed++) {
    const { test } = splitExamples(20, null, { test: 0.25, validation: 0 }, seed, 'set');
    for (const index of test) held[index] += 1;
  }
  // 1000 expected; the deviation of a binomial count is 27.
  for (const count of held) assert.ok(Math.abs(count - 1000) < 6 * 27, `held out ${count} times`);
});

test('regression is split without classes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 300 }), shares, (count, share) => {
      everyExampleOnce(splitExamples(count, null, share, 1, 'set'), count);
    }),
  );
});

test('classes with one example stay in training', () => {
  const classes = Int32Array.of(0, 1, 2, 2, 2, 2);
  const { train, test } = splitExamples(6, classes, { test: 0.3, validation: 0 }, 1, 'set');
  assert.ok(train.includes(0) && train.includes(1));
  assert.ok(test.length > 0);
});

const impossible: readonly [string, Int32Array | null, number, object, RegExp][] = [
  ['one example', null, 1, { test: 0.2, validation: 0 }, /test part.*found 1 in all; add examples/],
  [
    'one example a class',
    Int32Array.of(0, 1, 2),
    3,
    { test: 0.2, validation: 0 },
    /one of each class stays for training\), found 3 in all/,
  ],
  [
    'nothing left to validate with',
    Int32Array.of(0, 0, 1, 1),
    4,
    { test: 0.5, validation: 0.25 },
    /validation part.*found 4 in all; add examples, or set validation: 0/,
  ],
  ['all for testing', null, 9, { test: 1, validation: 0 }, /found test 1 and validation 0/],
  ['together all', null, 9, { test: 0.5, validation: 0.5 }, /together below 1, found test 0.5/],
  ['not a number', null, 9, { test: Number.NaN, validation: 0 }, /found test NaN/],
  ['negative', null, 9, { test: -0.1, validation: 0 }, /found test -0.1/],
];

for (const [title, classes, count, share, message] of impossible) {
  test(`a split that cannot be made is refused: ${title}`, () => {
    assert.throws(
      () => splitExamples(count, classes, share as never, 1, 'set'),
      (error) =>
        error instanceof DataError &&
        error.message.startsWith('set: ') &&
        message.test(error.message),
    );
  });
}

test('more examples than a list can hold', () => {
  const [count, share] = [140_000_000, 1e-6];
  const { train, test } = splitExamples(count, null, { test: share, validation: 0 }, 1, 'set');
  assert.deepEqual([train.length, test.length], [count - 140, 140]);
});
