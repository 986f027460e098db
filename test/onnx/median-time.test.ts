import assert from 'node:assert/strict';
import { test } from 'node:test';
import { medianTime } from '../../sidecar/onnx/median-time.ts';

/** Work that takes the given milliseconds, one after the other and then the last again and again. */
function working(...times: readonly number[]) {
  let now = 0;
  let runs = 0;
  return {
    work: async () => {
      now += times[Math.min(runs, times.length - 1)];
      runs += 1;
    },
    clock: () => now,
    runs: () => runs,
  };
}

test('is the median of what comes after the warm-up', async () => {
  const { work, clock } = working(1000, 900, 800, 3, 90, 1, 2, 4);
  assert.equal(await medianTime(work, 0, clock), 3);
});

test('ends when the time is spent, but not before there are five', async () => {
  const quick = working(1);
  assert.equal(await medianTime(quick.work, 20, quick.clock), 1);
  assert.equal(quick.runs(), 3 + 20);
  const slow = working(100);
  assert.equal(await medianTime(slow.work, 20, slow.clock), 100);
  assert.equal(slow.runs(), 3 + 5);
});

test('lies between the two in the middle of an even number', async () => {
  const { work, clock } = working(0, 0, 0, 5, 5, 5, 7, 7, 7);
  assert.equal(await medianTime(work, 36, clock), 6);
});
