import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../sidecar/data/error.ts';
import { parseNpy, parseNpyHeader } from '../../sidecar/data/npy.ts';
import { npy, npyHeader } from './numpy.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
const count = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

/** Typed arrays write the machine's order, little-endian on all that Node runs on. */
const types = [
  ['|i1', Int8Array],
  ['<i2', Int16Array],
  ['<u2', Uint16Array],
  ['<i4', Int32Array],
  ['<u4', Uint32Array],
  ['<f4', Float32Array],
  ['<f8', Float64Array],
] as const;

for (const [descr, type] of types) {
  test(`${descr} of any shape is read as a typed array of that type writes it`, () => {
    const double = fc.double();
    fc.assert(
      fc.property(
        shapes.chain((shape) =>
          fc.tuple(
            fc.constant(shape),
            fc.array(double, { minLength: count(shape), maxLength: count(shape) }),
          ),
        ),
        ([shape, numbers]) => {
          const values = type.from(numbers);
          const bytes = npy(npyHeader(descr, shape), new Uint8Array(values.buffer));
          const array = parseNpy(bytes, 'x');
          assert.deepEqual(array.values, values);
          assert.deepEqual(array.header.shape, shape);
          const moved = Buffer.concat([Buffer.of(0), bytes]).subarray(1);
          assert.deepEqual(parseNpy(moved, 'x').values, values, 'where no value may begin');
        },
      ),
    );
  });
}

test('bytes in the other order are read without being changed', () => {
  const values = Buffer.of(0, 0, 1, 2, 255, 255, 255, 254);
  const bytes = npy(npyHeader('>i4', [2]), values);
  assert.deepEqual(parseNpy(bytes, 'x').values, Int32Array.of(258, -2));
  assert.deepEqual(bytes.subarray(-8), values);
});

test('Fortran order becomes C order, for bytes and numbers', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }), (shape) => {
      // Value at an index: its digits, so that a wrong place shows.
      const stored = new Uint8Array(count(shape));
      const expected = new Uint8Array(count(shape));
      const visit = (index: number[]) => {
        if (index.length < shape.length) {
          for (let i = 0; i < shape[index.length]; i++) visit([...index, i]);
          return;
        }
        const first = index.reduceRight((sum, i, axis) => sum * shape[axis] + i, 0);
        const last = index.reduce((sum, i, axis) => sum * shape[axis] + i, 0);
        expected[last] = first % 251;
        stored[first] = first % 251;
      };
      visit([]);
      const bytes = npy(npyHeader('|u1', shape, true), stored);
      assert.deepEqual(Array.from(parseNpy(bytes, 'x').values), Array.from(expected));
      const wide = npy(
        npyHeader('<i2', shape, true),
        new Uint8Array(Int16Array.from(stored).buffer),
      );
      assert.deepEqual(Array.from(parseNpy(wide, 'x').values), Array.from(expected));
    }),
  );
});

test('whatever stands in a file, it is read or refused with a DataError', () => {
  const whole = npy(npyHeader('<f4', [3, 2]), new Uint8Array(24));
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 4 }),
      fc.nat(whole.length),
      fc.boolean(),
      (changes, length, cut) => {
        const bytes = new Uint8Array(whole);
        for (const [place, byte] of changes) bytes[place] = byte;
        try {
          parseNpy(cut ? bytes.subarray(0, length) : bytes, 'x');
        } catch (error) {
          assert.ok(error instanceof DataError, String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});

const good = npyHeader('<f4', [2]);
const faults: readonly [title: string, bytes: Uint8Array, message: RegExp][] = [
  ['an empty file', new Uint8Array(), /expected a NumPy array, found 0 bytes/],
  ['another mark', Buffer.from('NUMPY, but not quite'), /expected a NumPy array/],
  ['too few values', npy(good, new Uint8Array(4)), /expected 136 bytes for shape \(2\) of <f4/],
  ['too many values', npy(good, new Uint8Array(12)), /found 140 bytes/],
  ['no shape', npy("{'descr': '<f4', 'fortran_order': False}", Buffer.of()), /a header with descr/],
  [
    'a negative length',
    npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", Buffer.of()),
    /a header with descr/,
  ],
  [
    'a shape that never closes, however many ways there are to read it',
    npy(`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1'.repeat(60)}`, Buffer.of()),
    /a header with descr/,
  ],
  [
    'more axes than NumPy has',
    npy(npyHeader('<f4', Array<number>(65).fill(1)), new Uint8Array(4)),
    /expected at most 64 axes, found 65; /,
  ],
  ['a later version', Buffer.from('\x93NUMPY\x04\x00\0\0\0\0', 'latin1'), /found version 4/],
];

for (const [title, bytes, message] of faults) {
  test(`refuses ${title}`, () => {
    assert.throws(
      () => parseNpy(bytes, 'x'),
      (error) => error instanceof DataError && message.test(error.message),
    );
  });
}

test('a header is read from the first bytes alone', () => {
  const bytes = npy(npyHeader('<f8', [1000, 3]), new Uint8Array(0));
  const { shape, kind, size, start } = parseNpyHeader(bytes, 'x');
  assert.deepEqual(
    { shape, kind, size, start },
    { shape: [1000, 3], kind: 'float', size: 8, start: 128 },
  );
});
