import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelList } from '../../webview-ui/model/channel-marks.ts';
import { cut, head, visible } from '../../webview-ui/model/words.ts';

test('what does not show is written out', () => {
  assert.equal(visible('a\u0000b\nc'), 'a␀b␊c');
  assert.equal(visible('a\u202eb\u200bc\u2066'), 'a‹U+202E›b‹U+200B›c‹U+2066›');
  assert.equal(visible('\ud800 and 😀 and שלום'), '‹U+D800› and 😀 and שלום');
  assert.equal(visible('one\n\ttwo\u0007', 'lines'), 'one\n\ttwo␇');
});

test('a name is cut in its middle, never within a pair', () => {
  assert.equal(cut('short', 10), 'short');
  assert.equal(cut('x'.repeat(60) + 'y'.repeat(60), 10), 'xxxxxx…yyy');
  for (let most = 1; most < 12; most++) {
    const text = cut('😀'.repeat(50), most);
    assert.ok(text.length <= most, `${most}: ${text.length}`);
    assert.doesNotMatch(text, /\p{Cs}/u);
  }
  assert.equal(head('ab😀', 3), 'ab');
});

test('channels are listed as far as there is room', () => {
  assert.equal(channelList([4]), '4');
  assert.equal(channelList([4, 7]), '4 and 7');
  assert.equal(channelList([1, 2, 3, 4, 5, 6, 7]), '1, 2, 3, 4, 5, 6 and 7');
  assert.equal(channelList([1, 2, 3, 4, 5, 6, 7, 8]), '1, 2, 3, 4, 5, 6 and 2 more');
});
