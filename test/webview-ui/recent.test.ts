import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recentSteps } from '../../webview-ui/recent.ts';

const recents = fc.constantFrom(
  { share: 0.1 },
  { share: 0.5 },
  { steps: 100 },
  { steps: 1000 },
  { steps: 10_000 },
);

test('the latest step is in the window, at most an eighth of it from its end', () => {
  fc.assert(
    fc.property(recents, fc.integer({ min: 1, max: 1_000_000 }), (recent, last) => {
      const [from, to] = recentSteps(recent, last);
      const width = to - from;
      assert.ok(from >= 0 && from <= last && to >= last);
      if (from > 0) assert.ok(to - last <= width / 8, `${from} to ${to} for ${last}`);
    }),
  );
});

test('so many steps are so wide, a share is at least as wide and at most a fifth wider', () => {
  const [from, to] = recentSteps({ steps: 1000 }, 23_456);
  assert.equal(to - from, 1000);
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 1_000_000 }), (last) => {
      const [start, end] = recentSteps({ share: 0.1 }, last);
      assert.ok(end - start >= last * 0.1 - 1e-6 && end - start <= last * 0.12 + 1e-6);
    }),
  );
});

test('the window stands still most of the time', () => {
  const windows = new Set<string>();
  for (let last = 5000; last < 6000; last++)
    windows.add(String(recentSteps({ steps: 1000 }, last)));
  assert.ok(windows.size <= 9, `${windows.size} windows`);
});
