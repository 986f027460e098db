import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keyAction, zoomed } from '../../webview-ui/keyboard.ts';

test('arrows move by a row, with shift by ten, and other keys are left alone', () => {
  assert.deepEqual(keyAction({ key: 'ArrowRight', shiftKey: false }), { do: 'move', rows: 1 });
  assert.deepEqual(keyAction({ key: 'ArrowLeft', shiftKey: true }), { do: 'move', rows: -10 });
  assert.equal(keyAction({ key: 'Tab', shiftKey: false }), null);
});

test('a window stays within all steps and holds the step it is narrowed to', () => {
  const all = [0, 10_000] as const;
  fc.assert(
    fc.property(fc.nat(10_000), fc.constantFrom(0.5, 2), (centre, factor) => {
      const window = zoomed([2000, 6000], all, centre, factor);
      assert.ok(window);
      assert.ok(
        window[0] >= 0 && window[1] <= 10_000 && window[0] <= centre && window[1] >= centre,
      );
      assert.ok(Math.abs(window[1] - window[0] - 4000 * factor) <= 1);
    }),
  );
});

test('widened to everything there is no window any more', () => {
  assert.equal(zoomed([2000, 8000], [0, 10_000], 5000, 2), null);
});
