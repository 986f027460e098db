import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeriesSlots } from '../../webview-ui/series-slots.ts';

test('a newcomer takes the lowest slot that is free', () => {
  const slots = new SeriesSlots();
  assert.deepEqual(slots.assign(['a', 'b', 'c']), [0, 1, 2]);
  assert.deepEqual(slots.assign(['c', 'a']), [2, 0]);
  assert.deepEqual(slots.assign(['d', 'c', 'e']), [0, 2, 1]);
});

test('whatever is chosen, slots differ and stay with what stays chosen', () => {
  const choice = fc.uniqueArray(fc.nat(15).map(String), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(choice, { maxLength: 8 }), (choices) => {
      const slots = new SeriesSlots();
      let before = new Map<string, number>();
      for (const keys of choices) {
        const now = new Map(slots.assign(keys).map((slot, place) => [keys[place], slot]));
        assert.equal(new Set(now.values()).size, keys.length);
        for (const [key, slot] of now) if (before.has(key)) assert.equal(slot, before.get(key));
        before = now;
      }
    }),
  );
});
