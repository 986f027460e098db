import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  activationExtent,
  index,
  matrixExtent,
  packParameter,
  panelBytes,
  panels,
  unpackParameter,
  unpackRows,
} from '../../sidecar/engine/blocked.ts';

const size = fc.integer({ min: 1, max: 40 });

test('what is packed comes out the same, and lanes that pad hold 0', () => {
  fc.assert(
    fc.property(size, size, (units, inputs) => {
      const place = { ...matrixExtent(units, inputs), offset: 64 };
      const memory = new Float32Array(16 + (panels(place) * panelBytes(place)) / 4).fill(7);
      const values = Float32Array.from({ length: units * inputs }, (_, i) => i + 1);
      packParameter(memory, place, values);
      assert.deepEqual(unpackParameter(memory, place), values);
      const padding = memory.slice(16).filter((value) => value === 0).length;
      assert.equal(padding, (panels(place) * 8 - units) * inputs);
    }),
  );
});

test('every element of an activation has a place of its own within the tensor, in panels and in planes', () => {
  const few = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(
      size,
      size,
      few,
      few,
      fc.constantFrom(1, 8),
      (rows, units, height, width, lanes) => {
        const extent = { ...activationExtent(rows, [units, height, width]), lanes };
        assert.ok(extent.stride >= rows && extent.stride % 4 === 0);
        const seen = new Set<number>();
        for (let row = 0; row < rows; row++) {
          for (let unit = 0; unit < units; unit++) {
            for (let p = 0; p < height * width; p++) seen.add(index(extent, row, unit, p));
          }
        }
        assert.equal(seen.size, rows * units * height * width);
        assert.ok(Math.max(...seen) < (panels(extent) * panelBytes(extent)) / 4);
      },
    ),
  );
});

test('weights of channels and taps come out in the order they went in, and channels that pad hold 0', () => {
  const few = fc.integer({ min: 2, max: 9 });
  fc.assert(
    fc.property(size, size, few, (units, channels, taps) => {
      const place = { ...matrixExtent(units, channels * taps, taps), offset: 64 };
      const memory = new Float32Array(16 + (panels(place) * panelBytes(place)) / 4).fill(7);
      const values = Float32Array.from({ length: units * channels * taps }, (_, i) => i + 1);
      packParameter(memory, place, values);
      assert.deepEqual(unpackParameter(memory, place), values);
      const padded = panels(place) * 8 * Math.ceil(channels / 8) * 8 * taps;
      assert.equal(memory.length - 16, padded);
      const zeros = memory.slice(16).filter((value) => value === 0).length;
      assert.equal(zeros, padded - values.length);
    }),
  );
});

test('the rows of weights lie in the order in which an image’s lanes do', () => {
  const [channels, pixels] = [11, 6];
  const image = activationExtent(4, [channels, 2, 3]);
  const weights = { ...matrixExtent(1, channels * pixels, pixels), offset: 0 };
  const memory = new Float32Array((panels(weights) * panelBytes(weights)) / 4);
  packParameter(
    memory,
    weights,
    Float32Array.from({ length: channels * pixels }, (_, i) => i + 1),
  );
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const lane = index(image, 0, channel, pixel) / 4;
      const row = Math.floor(lane / 8) * 8 + (channel & 7);
      assert.equal(memory[row * 8], channel * pixels + pixel + 1);
    }
  }
});

test('rows come out in the order of examples, those that pad stay inside', () => {
  const place = { ...activationExtent(3, [9]), offset: 0 };
  const memory = new Float32Array((panels(place) * panelBytes(place)) / 4).fill(-1);
  for (let row = 0; row < 3; row++) {
    for (let unit = 0; unit < 9; unit++) memory[index(place, row, unit)] = 10 * row + unit;
  }
  const target = new Float32Array(20);
  unpackRows(memory, place, 2, target, 1);
  assert.deepEqual([...target.slice(0, 11)], [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10]);
  assert.deepEqual([...target.slice(17)], [17, 18, 0]);
});

test('an image’s example comes out channel by channel', () => {
  const place = { ...activationExtent(2, [9, 1, 2]), offset: 0 };
  const memory = new Float32Array((panels(place) * panelBytes(place)) / 4).fill(-1);
  for (let unit = 0; unit < 9; unit++) {
    for (let pixel = 0; pixel < 2; pixel++) {
      memory[index(place, 1, unit, pixel)] = 2 * unit + pixel;
    }
  }
  const target = new Float32Array(36);
  unpackRows(memory, place, 2, target, 0);
  assert.deepEqual(
    [...target.slice(18)],
    Array.from({ length: 18 }, (_, i) => i),
  );
});
