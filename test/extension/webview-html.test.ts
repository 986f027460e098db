import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webviewPage } from '../../extension/webview-html.ts';

const page = webviewPage({
  title: 'BatchNorm',
  cspSource: 'https://webview.test',
  script: 'https://webview.test/dashboard.js',
  style: 'https://webview.test/dashboard.css',
  nonce: 'abc',
});

test('the policy lets in the style and the script by nonce, nothing else', () => {
  const [, policy] = page.match(/Content-Security-Policy" content="([^"]+)"/)!;
  assert.deepEqual(policy.split('; '), [
    "default-src 'none'",
    'style-src https://webview.test',
    "script-src 'nonce-abc'",
  ]);
});

test('nothing is inline', () => {
  assert.doesNotMatch(page, /<style|style=|<script(?![^>]*src=)|\son\w+=/);
  assert.match(page, /<script nonce="abc" src="https:\/\/webview\.test\/dashboard\.js">/);
});
