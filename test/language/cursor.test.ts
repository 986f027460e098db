import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cursorAt } from '../../sidecar/language/cursor.ts';

/** The cursor at the `|` in a text, as `path position "word"`; `*` is a list's entry. */
function read(marked: string): string | null {
  const before = marked.slice(0, marked.indexOf('|')).split('\n');
  const line = before.length - 1;
  const cursor = cursorAt(marked.replace('|', ''), line, before[line].length);
  if (!cursor) return null;
  const path = cursor.path.map((step) => step ?? '*').join('.');
  return `${path} ${cursor.position}${cursor.inFlow ? ' in brackets' : ''} "${cursor.word}"`;
}

const positions: readonly [string, string | null][] = [
  ['|', ' key ""'],
  ['da|', ' key "da"'],
  ['data: |', 'data value ""'],
  ['data: mn|', 'data value "mn"'],
  ['data:|', null],
  ['network:\n  -|', null],
  ['network:\n  - |', 'network.* key ""'],
  ['network:\n- ba|', 'network.* key "ba"'],
  ['network:\n  - dense: 100\n  |', 'network key ""'],
  ['network:\n  - dense: 100\n  - ba|\n  - sigmoid', 'network.* key "ba"'],
  ['network:\n  - dense: 100\n    na|', 'network.* key "na"'],
  ['network:\n  - dense:\n      un|', 'network.*.dense key "un"'],
  ['network:\n  - dense: 100 # ten\n\n  # more\ntr|', ' key "tr"'],
  ['train:\n  lear|', 'train key "lear"'],
  ['train:\n  optimizer: { sgd: { mom|', 'train.optimizer.sgd key in brackets "mom"'],
  [
    'train:\n  optimizer: { sgd: { momentum: |',
    'train.optimizer.sgd.momentum value in brackets ""',
  ],
  ['train:\n  optimizer: { sgd: {} }\n  |', 'train key ""'],
  ['train: {\n  batchSize: 3,\n  |', 'train key in brackets ""'],
  ['train: { a\nlo|', ' key "lo"'],
  ['variants:\n  a:\n    remove: [bat|', 'variants.a.remove.* key in brackets "bat"'],
  ['variants:\n  a:\n    train: { learningRate: 5x, |', 'variants.a.train key in brackets ""'],
  ['variants:\n  "a: b":\n    |', 'variants.a: b key ""'],
  ['train:\n  # lear|', null],
  ['a: "it\'s # no": {|', 'a value ""it\'s # no": {"'],
  ['data:\r\n  csv:\r\n    path: |', 'data.csv.path value ""'],
];

for (const [marked, expected] of positions) {
  test(`cursor in ${JSON.stringify(marked)}`, () => assert.equal(read(marked), expected));
}
