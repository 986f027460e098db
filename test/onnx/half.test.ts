/** Against Float16Array of the Node that runs the tests, which the product cannot count on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitsHalf, fromHalf, toHalf } from '../../sidecar/onnx/half.ts';
import { seededRandom } from '../../sidecar/random.ts';

interface Halves {
  readonly buffer: ArrayBuffer;
  readonly length: number;
  [index: number]: number;
}
type HalfArray = new (source: ArrayBuffer | Float32Array) => Halves;
const { Float16Array } = globalThis as { Float16Array?: HalfArray };
const skip = Float16Array === undefined && 'needs a Node with Float16Array';

const patterns = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);

test('every bit pattern means what it means to Float16Array, and is found again', { skip }, () => {
  const values = fromHalf(patterns);
  const known = new Float16Array!(patterns.buffer);
  for (let bits = 0; bits < known.length; bits += 1)
    assert.ok(Object.is(values[bits], known[bits]));
  const finite = patterns.filter((bits) => ((bits >> 10) & 31) < 31);
  assert.deepEqual(toHalf(fromHalf(finite)), finite);
});

test('float32 is rounded as Float16Array rounds it, ties and what is next to them too', {
  skip,
}, () => {
  const random = seededRandom(5, 'halves');
  const positive = fromHalf(patterns.subarray(0, 31 * 1024));
  const between = [...positive.subarray(1)].flatMap((value, index) => {
    const middle = (value + positive[index]) / 2;
    return [middle, middle * (1 + 2 ** -22), middle * (1 - 2 ** -22)];
  });
  const anywhere = Array.from(
    { length: 20_000 },
    () => random.normal() * 2 ** (random.below(60) - 45),
  );
  const values = Float32Array.from([...between, ...anywhere].flatMap((value) => [value, -value]));
  const fitting = values.filter((value) => fitsHalf(Float32Array.of(value)));
  assert.ok(fitting.length > 100_000);
  const known = new Uint16Array(new Float16Array!(fitting).buffer);
  const off = toHalf(fitting).findIndex((bits, index) => bits !== known[index]);
  assert.equal(off, -1, `${fitting[off]}`);
});

test('what would be rounded to infinity does not fit', () => {
  assert.ok(fitsHalf(Float32Array.of(65_504, -65_519.996)));
  for (const value of [65_520, -65_520, 1e30, Number.NaN]) {
    assert.ok(!fitsHalf(Float32Array.of(0, value)), String(value));
  }
});
