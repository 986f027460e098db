/** Changes to a text: what is changed is what was asked, and nothing else is, above all no comment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { readSource } from '../../sidecar/network/source.ts';
import type { SourceEdits, TextChange } from '../../sidecar/network/source-edits.ts';
import { applied } from './applied.ts';

type Change = (edits: SourceEdits) => TextChange | null;

function edited(text: string, change: Change): string | null {
  const edit = readSource(text).edit(change);
  return edit && applied(text, [edit]);
}

const set: Change = (edits) => edits.set(['a', 'b'], 'x', '1');
const remove: Change = (edits) => edits.remove(['a', 'x']);

const changes: readonly (readonly [string, Change, string | null])[] = [
  ['a: { b: {} }', set, 'a: { b: { x: 1 } }'],
  ['a: { b: { y: 2 } } # c', set, 'a: { b: { y: 2, x: 1 } } # c'],
  ['a: { b: { x: 2, y: 3 } }', set, 'a: { b: { x: 1, y: 3 } }'],
  ['a: { b: { x:, y: 3 } }', set, 'a: { b: { x: 1, y: 3 } }'],
  ['a: { b: }', set, 'a: { b: { x: 1 } }'],
  ['a: b # c', set, 'a: { b: { x: 1 } } # c'],
  ['a: [b]', (edits) => edits.set(['a', 0, 'b'], 'x', '1'), 'a: [b: { x: 1 }]'],
  ['a:\n  - b # c\n', (edits) => edits.set(['a', 0, 'b'], 'x', '1'), 'a:\n  - b: { x: 1 } # c\n'],
  ['a:\n  b:\n', set, 'a:\n  b: { x: 1 }\n'],
  ['a:\n  b:\n    y: 2 # c\n  z: 3\n', set, 'a:\n  b:\n    y: 2 # c\n    x: 1\n  z: 3\n'],
  ['a:\r\n  b:\r\n    y: 2\r\n', set, 'a:\r\n  b:\r\n    y: 2\r\n    x: 1\r\n'],
  ['a:\n  b:\n    y:\n      - 1\n', set, 'a:\n  b:\n    x: 1\n    y:\n      - 1\n'],
  ['a: { b: other }', set, null],
  ['a: &k { b: {} }\nc: *k\n', (edits) => edits.set(['c', 'b'], 'x', '1'), null],
  ['c: 1', (edits) => edits.set(['a'], 'x', '1'), 'c: 1\na:\n  x: 1\n'],
  ['c: 1 # c\n', (edits) => edits.set(['a'], 'x', '1'), 'c: 1 # c\na:\n  x: 1\n'],
  ['a: { x: 1, y: 2 }', remove, 'a: { y: 2 }'],
  ['a: { y: 2, x: 1 }', remove, 'a: { y: 2 }'],
  ['a: { y: 2, # c\n  x: 1 }', remove, 'a: { y: 2 # c\n   }'],
  ['a: { x: 1, # c\n  y: 2 }', remove, 'a: { # c\n  y: 2 }'],
  ['a:\n  x: 1\n  y: 2\n', remove, 'a:\n  y: 2\n'],
  ['a:\n  y: 2\n  x: 1', remove, 'a:\n  y: 2\n'],
  ['a:\n  y: 2\n  x: 1 # c\n', remove, 'a:\n  y: 2\n  # c\n'],
  ['a: { x: 1 }', remove, null],
  ['- x: 1\n  y: 2\n', (edits) => edits.remove([0, 'x']), '- y: 2\n'],
  ['a: [1, 2] # c', (edits) => edits.replace(['a', 1], '7'), 'a: [1, 7] # c'],
  ['a: "1" # c', (edits) => edits.replace(['a'], '7'), 'a: 7 # c'],
  ['a: { b: 1 }', (edits) => edits.replace(['a'], '7'), null],
  ['b: 1', (edits) => edits.replace(['a'], '7'), null],
];

for (const [text, change, expected] of changes) {
  test(`${JSON.stringify(text)} becomes ${JSON.stringify(expected)}`, () => {
    assert.equal(edited(text, change), expected);
  });
}

/** Maps laid out in many ways, with a comment wherever one can stand. */
const layouts = fc
  .record({
    keys: fc.uniqueArray(fc.constantFrom('x', 'y', 'zz', 'w'), { minLength: 1 }),
    isFlow: fc.boolean(),
    indent: fc.constantFrom(1, 2, 4),
    comments: fc.boolean(),
    eol: fc.constantFrom('\n', '\r\n'),
  })
  .map(({ keys, isFlow, indent, comments, eol }) => {
    const comment = (what: string) => (comments ? ` # ${what}` : '');
    if (isFlow) {
      return `top: 1${comment('t')}${eol}a: { ${keys.map((key, i) => `${key}: ${i}`).join(', ')} }${comment('a')}${eol}end: 2${eol}`;
    }
    const lines = keys.map((key, i) => `${' '.repeat(indent)}${key}: ${i}${comment(key)}`);
    return [`top: 1${comment('t')}`, `a:${comment('a')}`, ...lines, 'end: 2', ''].join(eol);
  });

const commentsIn = (text: string) => text.match(/#.*/g) ?? [];

test('whatever the layout, a field is set or removed, all else and every comment stays', () => {
  fc.assert(
    fc.property(layouts, fc.constantFrom('x', 'y', 'new'), fc.boolean(), (text, field, isSet) => {
      const before = parse(text);
      const after = edited(text, (edits) =>
        isSet ? edits.set(['a'], field, '9') : edits.remove(['a', field]),
      );
      const isGone = Object.hasOwn(before.a, field) && Object.keys(before.a).length > 1;
      if (!isSet && !isGone) return assert.equal(after, null);
      const { [field]: _, ...others } = before.a;
      const expected = { ...before, a: isSet ? { ...before.a, [field]: 9 } : others };
      assert.deepEqual(parse(after!), expected);
      assert.deepEqual(commentsIn(after!), commentsIn(text));
      assert.equal(after!.includes('\r\n'), text.includes('\r\n'));
      assert.equal(/(?<!\r)\n/.test(after!), /(?<!\r)\n/.test(text));
    }),
  );
});
