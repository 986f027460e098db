import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportPage } from '../../../extension/report/html.ts';
import { bodyStyles } from '../../../sidecar/report/styles.ts';

const view = { html: '<article>body</article>', styles: bodyStyles, files: null };
const page = reportPage(view, 'abc');

test('the policy lets in the page’s own style and nothing else, scripts least of all', () => {
  const [, policy] = page.match(/Content-Security-Policy" content="([^"]+)"/)!;
  assert.deepEqual(policy.split('; '), ["default-src 'none'", "style-src 'nonce-abc'"]);
  assert.match(page, /<style nonce="abc">/);
  assert.doesNotMatch(page, /<script|\ssrc=/);
});

test('gives every variable that the report’s style sheet asks for', () => {
  const [theme] = page.split('.bn-figure');
  const asked = new Set([...bodyStyles.matchAll(/var\((--bn-[\w-]+)/g)].map(([, name]) => name));
  assert.ok(asked.size > 10);
  for (const name of asked) assert.ok(theme.includes(`${name}:`), name);
});

test('takes its colours from the theme alone', () => {
  assert.doesNotMatch(page, /#[0-9a-f]{3,8}\b|rgb\(/i);
});
