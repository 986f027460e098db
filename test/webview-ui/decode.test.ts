import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeFloats } from '../../webview-ui/decode.ts';

/** Little-endian by hand, whatever this machine is. */
function encode(values: readonly number[]): string {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    buffer.writeFloatLE(value, index * 4);
  });
  return buffer.toString('base64');
}

test('every float32 arrives as it was sent, not finite ones included', () => {
  fc.assert(
    fc.property(fc.array(fc.float()), (values) => {
      assert.deepEqual([...decodeFloats(encode(values), values.length)], values);
    }),
  );
});

test('steps up to a million arrive exactly', () => {
  const steps = [0, 1, 999_999, 1_000_000, 2 ** 24];
  assert.deepEqual([...decodeFloats(encode(steps), steps.length)], steps);
});

test('a text of another length than announced is refused with both lengths', () => {
  assert.throws(() => decodeFloats(encode([1, 2]), 3), /expected 12 bytes, found 8/);
});
