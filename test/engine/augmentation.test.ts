/** Augmented images against shift, mirror and crop done one after the other, each in the plainest way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createImageCopier } from '../../sidecar/engine/augmentation.ts';
import type { Augmentation, Examples } from '../../sidecar/network/types.ts';

const page = 65_536;
const staging = 4096;

type Shape = readonly [number, number, number];

/** Images whose pixels all differ within each of them, none of them 0. */
function images(count: number, shape: Shape, bytes = true): Examples {
  const size = shape[0] * shape[1] * shape[2];
  const values = Array.from(
    { length: count * size },
    (_, i) => 1 + (((i + i / size) & 0xff) % 255),
  );
  return {
    count,
    inputs: bytes ? Uint8Array.from(values) : Float32Array.from(values),
    targets: new Int32Array(count),
  };
}

/** Every example as it comes in one epoch. */
function augmented(
  augmentation: Augmentation,
  shape: Shape,
  examples: Examples,
  { seed = 1, epoch = 0, order = (example: number) => example } = {},
): number[][] {
  const memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true });
  const copy = createImageCopier(augmentation, seed, shape, examples, staging, memory);
  const size = examples.inputs.length / examples.count;
  const kind = examples.inputs instanceof Uint8Array ? Uint8Array : Float32Array;
  assert.ok(staging + examples.inputs.byteLength < 8 * page);
  const batch = new kind(memory.buffer, staging, examples.inputs.length).fill(77);
  for (let row = 0; row < examples.count; row++) copy(order(row), epoch, row);
  return Array.from({ length: examples.count }, (_, row) => [
    ...batch.subarray(row * size, (row + 1) * size),
  ]);
}

/** `f` of every pixel's channel, line and column. */
function image([channels, height, width]: Shape, f: (c: number, y: number, x: number) => number) {
  const pixels: number[] = [];
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) pixels.push(f(c, y, x));
    }
  }
  return pixels;
}

function pixelOf(pixels: ArrayLike<number>, [, height, width]: Shape) {
  return (c: number, y: number, x: number) =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : pixels[(c * height + y) * width + x];
}

/** Every image that the augmentation can make of one, by its changes. */
function possible({ shift, flip, crop }: Augmentation, shape: Shape, pixels: ArrayLike<number>) {
  const range = (limit: number) => Array.from({ length: 2 * limit + 1 }, (_, i) => i - limit);
  const width = shape[2];
  const results = new Map<string, string>();
  for (const down of range(shift)) {
    for (const right of range(shift)) {
      const before = pixelOf(pixels, shape);
      const shifted = image(shape, (c, y, x) => before(c, y - down, x - right));
      for (const mirror of flip ? [false, true] : [false]) {
        const source = pixelOf(shifted, shape);
        const mirrored = mirror ? image(shape, (c, y, x) => source(c, y, width - 1 - x)) : shifted;
        for (const top of range(crop)) {
          for (const left of range(crop)) {
            const uncropped = pixelOf(mirrored, shape);
            const cropped = image(shape, (c, y, x) => uncropped(c, y + top, x + left));
            results.set(cropped.join(), `${down} ${right} ${mirror} ${top} ${left}`);
          }
        }
      }
    }
  }
  return results;
}

const anyAugmentation = fc.record({
  shift: fc.integer({ min: 0, max: 2 }),
  flip: fc.boolean(),
  crop: fc.integer({ min: 0, max: 2 }),
});
const anyShape = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 5 }),
);

test('every image is one that shift, mirror and crop can make of its example, as bytes and as numbers', () => {
  fc.assert(
    fc.property(anyAugmentation, anyShape, fc.nat(), (augmentation, shape, seed) => {
      const examples = images(4, shape);
      const size = shape[0] * shape[1] * shape[2];
      const seen = augmented(augmentation, shape, examples, { seed });
      seen.forEach((pixels, example) => {
        const raw = examples.inputs.subarray(example * size, (example + 1) * size);
        assert.ok(possible(augmentation, shape, raw).has(pixels.join()), `example ${example}`);
      });
      assert.deepEqual(augmented(augmentation, shape, images(4, shape, false), { seed }), seen);
    }),
    { numRuns: 60 },
  );
});

test('each change comes as often as the others', () => {
  const shape: Shape = [1, 5, 7];
  const one = images(1, shape);
  const count = 3000;
  const inputs = new Uint8Array(count * 35);
  for (let example = 0; example < count; example++) inputs.set(one.inputs, example * 35);
  const examples = { count, inputs, targets: new Int32Array(count) };
  for (const augmentation of [
    { shift: 1, flip: true, crop: 0 },
    { shift: 0, flip: true, crop: 2 },
  ]) {
    const names = possible(augmentation, shape, one.inputs);
    const counts = new Map<string, number>();
    for (const pixels of augmented(augmentation, shape, examples)) {
      const name = names.get(pixels.join())!;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    assert.equal(counts.size, names.size);
    const expected = count / names.size;
    for (const [name, found] of counts) {
      // Five standard deviations of a Poisson count.
      assert.ok(Math.abs(found - expected) < 5 * Math.sqrt(expected), `${name}: ${found}`);
    }
  }
});

test('an image depends on seed, epoch and example, not on its place in the batch', () => {
  const shape: Shape = [3, 6, 6];
  const examples = images(10, shape);
  const augmentation = { shift: 2, flip: true, crop: 1 };
  const seen = augmented(augmentation, shape, examples, { seed: 5, epoch: 3 });
  const reversed = { seed: 5, epoch: 3, order: (row: number) => 9 - row };
  assert.deepEqual(augmented(augmentation, shape, examples, reversed), seen.toReversed());
  assert.notDeepEqual(augmented(augmentation, shape, examples, { seed: 5, epoch: 4 }), seen);
  assert.notDeepEqual(augmented(augmentation, shape, examples, { seed: 6, epoch: 3 }), seen);
});

test('without any change images come as they are', () => {
  const shape: Shape = [2, 3, 4];
  const examples = images(3, shape);
  const seen = augmented({ shift: 0, flip: false, crop: 0 }, shape, examples).flat();
  assert.deepEqual(seen, [...examples.inputs]);
});

test('a shift beyond the image leaves nothing but zeros', () => {
  const shape: Shape = [1, 2, 2];
  const examples = images(50, shape);
  const seen = augmented({ shift: 9, flip: true, crop: 5 }, shape, examples);
  assert.ok(seen.some((pixels) => pixels.every((pixel) => pixel === 0)));
});

test('what is no image is refused', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const examples = { count: 2, inputs: new Float32Array(10), targets: new Int32Array(2) };
  const augmentation = { shift: 1, flip: false, crop: 0 };
  assert.throws(
    () => createImageCopier(augmentation, 1, [5], examples, staging, memory),
    /augmentation: expected images \[channels, height, width\], found examples \[5\]; leave it out/,
  );
});
