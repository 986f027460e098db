/** Wasserstein distances against the area between distribution functions, and what they are divided by. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activationExtent, index } from '../../../sidecar/engine/blocked.ts';
import { createMovement, wasserstein } from '../../../sidecar/engine/probes/movement.ts';
import { sampleOf } from '../../../sidecar/engine/probes/sample.ts';
import { seededRandom } from '../../../sidecar/random.ts';
import { assertClose } from '../close.ts';

/** Area between the two steps functions that say which share of the values is at most x. */
function areaBetween(a: Float32Array, b: Float32Array): number {
  const edges = Float64Array.from([...a, ...b]).sort();
  const share = (values: Float32Array, x: number) =>
    values.filter((value) => value <= x).length / values.length;
  let area = 0;
  for (let i = 1; i < edges.length; i++) {
    area += Math.abs(share(a, edges[i - 1]) - share(b, edges[i - 1])) * (edges[i] - edges[i - 1]);
  }
  return area;
}

test('the distance is the area between the distribution functions', () => {
  const random = seededRandom(1, 'movement');
  for (let length = 1; length <= 17; length++) {
    const draw = (scale: number) =>
      Float32Array.from({ length }, () => scale * random.normal() + random.uniform()).sort();
    const [a, b] = [draw(1), draw(3)];
    assertClose([wasserstein(a, b)], [areaBetween(a, b)], { relative: 1e-9 }, `${length} values`);
    assert.equal(wasserstein(a, a), 0);
  }
});

/** A tensor `[rows][units][pixels]` at the start of a memory, to be written anew. */
function tensor(rows: number, shape: readonly number[]) {
  const place = { ...activationExtent(rows, shape), offset: 0 };
  const memory = new Float32Array(index(place, rows, place.units + 8, place.pixels));
  return {
    place,
    memory,
    write(value: (row: number, unit: number, pixel: number) => number) {
      memory.fill(1e6);
      for (let unit = 0; unit < place.units; unit++) {
        for (let row = 0; row < rows; row++) {
          for (let pixel = 0; pixel < place.pixels; pixel++) {
            memory[index(place, row, unit, pixel)] = value(row, unit, pixel);
          }
        }
      }
    },
  };
}

test('a unit that moves by two of its deviations has moved by 2, wherever it began', () => {
  const { place, memory, write } = tensor(6, [3]);
  const measure = createMovement(sampleOf(place, 1, 'x'), 1, 'x');
  // Values -k, k, -k …: their deviation is k.
  const base = (row: number, unit: number) => (row % 2 === 0 ? -1 : 1) * (unit + 1);
  write(base);
  assert.equal(measure(memory), null);
  assert.equal(measure(memory), 0);
  write((row, unit) => base(row, unit) + 2 * (unit + 1));
  assertClose([measure(memory)!], [2], { absolute: 1e-6 }, 'moved');
  // Twice as wide: values -k became -2k, by one deviation.
  write((row, unit) => 2 * base(row, unit) + 2 * (unit + 1));
  assertClose([measure(memory)!], [1], { absolute: 1e-6 }, 'spread');
});

test('examples that change places have not moved', () => {
  const { place, memory, write } = tensor(5, [2, 3]);
  const measure = createMovement(sampleOf(place, 1, 'x'), 1, 'x');
  write((row, unit, pixel) => 10 * unit + 3 * row + pixel);
  measure(memory);
  write((row, unit, pixel) => 10 * unit + 3 * (4 - row) + (2 - pixel));
  assert.equal(measure(memory), 0);
});

test('units that were constant or are not finite do not count', () => {
  const { place, memory, write } = tensor(4, [3]);
  const measure = createMovement(sampleOf(place, 1, 'x'), 1, 'x');
  write((row, unit) => (unit === 0 ? 5 : row));
  measure(memory);
  write((row, unit) => (unit === 1 && row === 2 ? Number.NaN : row + 1));
  const deviation = Math.sqrt(1.25);
  assertClose([measure(memory)!], [1 / deviation], { relative: 1e-6 }, 'the third unit');
  write(() => Number.POSITIVE_INFINITY);
  assert.equal(measure(memory), null);
});

test('of large images a fixed sample of locations is looked at, all of them different', () => {
  const place = { ...activationExtent(60, [64, 30, 30]), offset: 0 };
  const { pixels, count } = sampleOf(place, 1, 'x');
  assert.ok(pixels.length >= 4 && pixels.length < 60, `${pixels.length} pixels`);
  assert.equal(count, 60 * pixels.length);
  assert.equal(new Set(pixels).size, pixels.length);
  assert.ok(pixels.every((pixel) => pixel >= 0 && pixel < 900));
  assert.deepEqual(sampleOf(place, 1, 'x').pixels, pixels);
  assert.notDeepEqual(sampleOf(place, 2, 'x').pixels, pixels);
});
