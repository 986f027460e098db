import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stopwatch } from '../../sidecar/runs/stopwatch.ts';

test('a stopwatch counts the time in which it runs', () => {
  let now = 1000;
  const watch = new Stopwatch(() => now);
  const seen: number[] = [];
  const pass = (milliseconds: number) => {
    now += milliseconds;
    seen.push(watch.elapsed);
  };
  pass(5);
  watch.run();
  pass(10);
  // Twice is once.
  watch.run();
  pass(1);
  watch.stand();
  pass(1000);
  watch.stand();
  watch.run();
  pass(100);
  assert.deepEqual(seen, [0, 10, 11, 11, 111]);
});
