import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupLetter, nearGroups } from '../../webview-ui/mark-layer.ts';

const groups = (steps: readonly number[], apart: number) =>
  nearGroups(
    steps.map((step) => ({ step })),
    apart,
  ).map((group) => group.map(({ step }) => step));

test('marks whose letters would cover each other are one', () => {
  assert.deepEqual(groups([10, 19, 20, 31], 10), [[10, 19], [20], [31]]);
  assert.deepEqual(groups([5, 5, 5], 1), [[5, 5, 5]]);
  assert.deepEqual(groups([], 10), []);
});

test('a group has the letter of all, or says how many it is', () => {
  const marks = (letters: string) =>
    [...letters].map((letter) => ({ step: 1, letter, text: letter }));
  assert.equal(groupLetter(marks('SSS')), 'S');
  assert.equal(groupLetter(marks('PSC')), '3');
});

test('a row of single steps does not grow into one mark', () => {
  const steps = Array.from({ length: 40 }, (_, step) => step);
  assert.deepEqual(
    groups(steps, 10).map(({ length }) => length),
    [10, 10, 10, 10],
  );
});
