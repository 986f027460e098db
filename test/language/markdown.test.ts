import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { code, escapeProse, escapeText, table } from '../../sidecar/language/markdown.ts';

test('text that could mean something in Markdown is escaped', () => {
  assert.equal(escapeText('without-batchnorm'), 'without-batchnorm');
  assert.equal(escapeText('[x](command:evil)'), '\\[x\\](command\\:evil)');
  assert.equal(escapeText('<img src=x>'), '\\<img src=x\\>');
  assert.equal(escapeText('a|b'), 'a\\|b');
  assert.equal(escapeText('https://x.example'), 'https\\://x\\.example');
  assert.equal(escapeText('$(alert)'), '\\$(alert)');
  assert.equal(escapeText('one\n\n# two\u202e'), 'one \\# two ');
});

test('every character with a meaning has a backslash before it, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const bare = escapeText(text).replace(/\\./gu, '');
      assert.doesNotMatch(bare, /[\\`*_[\]#|<>~$&:@\n\r]/);
    }),
  );
});

test('a code span outlasts the backticks in it', () => {
  assert.equal(code('dense1'), '`dense1`');
  assert.equal(code('a``b'), '```a``b```');
  assert.equal(code('`x`'), '`` `x` ``');
});

test('very long names are cut', () => {
  assert.equal(escapeText('x'.repeat(500)), `${'x'.repeat(79)}…`);
});

test('sentences are escaped whole', () => {
  assert.equal(escapeProse(`${'x'.repeat(500)}|`), `${'x'.repeat(500)}\\|`);
});

test('a table is one line a row', () => {
  const text = table(['', 'a'], [['mean', '1']]);
  assert.equal(text, '|  | a |\n| :-- | --: |\n| mean | 1 |');
});
