import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberProblem } from '../../../extension/commands/control-text.ts';

test('numbers above 0 are accepted, up to the largest', () => {
  for (const text of ['0.5', '1e-3', ' 2 ', '1000']) assert.equal(numberProblem(text, 1000), null);
  for (const text of ['', ' ', '0', '-1', 'x', '5x', 'NaN', 'Infinity', '1000.1']) {
    assert.equal(
      numberProblem(text, 1000),
      'Expected a number above 0 and at most 1000, such as 0.5 or 1e-3',
      text,
    );
  }
  assert.equal(numberProblem('1e9'), null);
  assert.equal(numberProblem('1e999'), 'Expected a number above 0, such as 0.5 or 1e-3');
});
