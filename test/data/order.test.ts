import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exampleOrder } from '../../sidecar/data/order.ts';

const natural = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

test('an order holds every example exactly once', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.nat(1000),
      fc.nat(2000),
      fc.boolean(),
      (seed, epoch, count, shuffle) => {
        assert.deepEqual(exampleOrder(seed, epoch, count, shuffle).sort(), natural(count));
      },
    ),
  );
});

test('without shuffling examples come as they are', () => {
  assert.deepEqual(exampleOrder(1, 3, 7, false), natural(7));
});

test('seed and epoch decide the order', () => {
  assert.deepEqual(exampleOrder(1, 0, 100, true), exampleOrder(1, 0, 100, true));
  assert.notDeepEqual(exampleOrder(1, 0, 100, true), exampleOrder(1, 1, 100, true));
  assert.notDeepEqual(exampleOrder(1, 0, 100, true), exampleOrder(2, 0, 100, true));
});

test('all orders of four examples are equally likely', () => {
  const seen = new Map<string, number>();
  for (let epoch = 0; epoch < 24_000; epoch++) {
    const order = exampleOrder(11, epoch, 4, true).join();
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  assert.equal(seen.size, 24);
  // 1000 expected of each; the deviation of a binomial count is 31.
  for (const [order, count] of seen) {
    assert.ok(Math.abs(count - 1000) < 6 * 31, `${order} came ${count} times`);
  }
});
