import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Tensor, Weights } from '../../sidecar/network/types.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  SafetensorsError,
} from '../../sidecar/safetensors.ts';

const weights: Weights = new Map([
  ['b', { shape: [2], values: Float32Array.of(1, -2) }],
  ['a', { shape: [1, 1], values: Float32Array.of(0.5) }],
]);

/** What the reference implementation writes for `weights`, by hand: length, header padded to 8, values. */
const header =
  '{"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}';
const values = [0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0];

function file(text: string, data: readonly number[] = values): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(bytes.length), true);
  return Uint8Array.from([...length, ...bytes, ...data]);
}

function refuses(bytes: Uint8Array, message: string | RegExp): void {
  assert.throws(() => decodeSafetensors(bytes, 'w'), { name: 'SafetensorsError', message });
}

describe('encodeSafetensors', () => {
  test('writes the bytes of the format, sorted by name', () => {
    assert.equal(header.length % 8, 6);
    assert.deepEqual(encodeSafetensors(weights), file(`${header}  `));
    const reversed = new Map([...weights].reverse());
    assert.deepEqual(encodeSafetensors(reversed), encodeSafetensors(weights));
  });

  test('writes metadata first, sorted by name', () => {
    const bytes = encodeSafetensors(new Map(), { z: '1', format: 'pt' });
    assert.deepEqual(bytes, file('{"__metadata__":{"format":"pt","z":"1"}}', []));
  });

  test('writes a view of shared memory', () => {
    const memory = new Float32Array(new SharedArrayBuffer(16));
    memory.set([9, 1, -2, 9]);
    const shared = new Map(weights).set('b', { shape: [2], values: memory.subarray(1, 3) });
    assert.deepEqual(encodeSafetensors(shared), encodeSafetensors(weights));
  });

  test('refuses a shape that does not fit its values', () => {
    const wrong = new Map([['a', { shape: [3], values: Float32Array.of(1) }]]);
    assert.throws(() => encodeSafetensors(wrong), /^SafetensorsError: a: expected 3 values/);
  });
});

describe('decodeSafetensors', () => {
  test('gives back any weights and metadata, NaN, scalars and empty tensors included', () => {
    const tensor = fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) =>
      fc
        .array(fc.float(), {
          minLength: shape.reduce((a, b) => a * b, 1),
          maxLength: shape.reduce((a, b) => a * b, 1),
        })
        .map((numbers): Tensor => ({ shape, values: Float32Array.from(numbers) })),
    );
    const name = fc.string({ unit: 'binary' }).filter((text) => text !== '__metadata__');
    const names = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([text]) => text });
    const metadata = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });
    fc.assert(
      fc.property(names, metadata, (tensors, told) => {
        const decoded = decodeSafetensors(encodeSafetensors(new Map(tensors), told), 'w');
        assert.deepEqual(decoded, { weights: new Map(tensors), metadata: told });
      }),
      { seed: 1 },
    );
  });

  test('reads tensors in any order and a file at an odd place in memory', () => {
    const swapped =
      '{"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}';
    const buffer = Buffer.concat([Buffer.from('x'), file(swapped)]).subarray(1);
    assert.deepEqual(decodeSafetensors(buffer, 'w').weights, weights);
  });

  test('refuses files cut at any byte', () => {
    const whole = encodeSafetensors(weights);
    for (let length = 0; length < whole.length; length += 1) {
      refuses(whole.subarray(0, length), /^w: /);
    }
    refuses(whole.subarray(0, -1), /^w: tensor "b": expected values up to byte 12, found 11 bytes/);
  });

  test('refuses what does not follow the format, naming the place', () => {
    const entry = (dtype: string, shape: string, offsets: string) =>
      file(`{"a":{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}}`, values);
    refuses(file('[1]'), 'w: expected a JSON object as header, found [1]');
    refuses(file('{"a":'), 'w: expected a header in JSON, found something else');
    refuses(file('{"a":3}'), 'w: tensor "a": expected dtype "F32", found nothing');
    refuses(entry('"F64"', '[3]', '[0,12]'), 'w: tensor "a": expected dtype "F32", found "F64"');
    refuses(entry('"F32"', '[-3]', '[0,12]'), /expected a shape such as \[10, 100\], found \[-3\]/);
    refuses(entry('"F32"', '[1.5]', '[0,12]'), /expected a shape/);
    refuses(
      entry('"F32"', '[3]', '[12,0]'),
      /expected data_offsets \[begin, end\], found \[12,0\]/,
    );
    refuses(entry('"F32"', '[3]', '[0]'), /expected data_offsets/);
    refuses(entry('"F32"', '[4]', '[0,12]'), /expected 16 bytes for the shape \[4\], found 12/);
    refuses(entry('"F32"', '[1]', '[0,4]'), 'w: expected 4 bytes of values, found 12');
    refuses(file('{"__metadata__":{"a":1}}', []), /expected __metadata__ to map names to texts/);
    refuses(Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255, 0]), /truncated or no safe/);
  });

  test('refuses tensors that overlap or leave a gap', () => {
    refuses(
      file(header.replace('[0,4]', '[4,8]')),
      'w: tensor "a": expected values from byte 0, found 4, which leaves a gap',
    );
    refuses(
      file(header.replace('[2]', '[3]').replace('[4,12]', '[0,12]')),
      'w: tensor "b": expected values from byte 4, found 0, which overlaps the one before',
    );
  });

  test('explains random damage', () => {
    const whole = encodeSafetensors(weights, { seed: '1' });
    const edit = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const bytes = whole.slice();
        for (const [at, value] of edits) bytes[at] = value;
        try {
          decodeSafetensors(bytes, 'w');
        } catch (error) {
          assert.ok(error instanceof SafetensorsError, String(error));
        }
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
});
