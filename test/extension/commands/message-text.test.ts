import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageText } from '../../../extension/commands/message-text.ts';

test('a name out of a file cannot become a link that runs a command', () => {
  const text = messageText('Folded [all](command:workbench.action.quit) of m.onnx.');
  assert.doesNotMatch(text, /\]\(/);
  assert.match(text, /workbench\.action\.quit/);
});

test('what does not show or turns the text around is left out', () => {
  assert.equal(messageText('a\u202eb\u0000c\u2028d'), 'a b c d');
  assert.equal(messageText('two\nlines'), 'two\nlines');
});

test('a message has an end', () => {
  assert.equal(messageText('x'.repeat(100_000)).length, 1200);
});
