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

test('every element of an activation has a place of its own within the tensor', () => {
  fc.assert(
    fc.property(size, size, (rows, units) => {
      const extent = activationExtent(rows, [units]);
      assert.ok(extent.stride >= rows && extent.stride % 4 === 0);
      const seen = new Set<number>();
      for (let row = 0; row < rows; row++) {
        for (let unit = 0; unit < units; unit++) seen.add(index(extent, row, unit));
      }
      assert.equal(seen.size, rows * units);
      assert.ok(Math.max(...seen) < (panels(extent) * panelBytes(extent)) / 4);
    }),
  );
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
