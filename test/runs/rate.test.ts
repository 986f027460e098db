import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rate } from '../../sidecar/runs/rate.ts';

test('the rate follows what happens now, not what happened at the start', () => {
  let now = 0;
  const rate = new Rate(() => now);
  let steps = 0;
  const seen: number[] = [];
  for (now = 50; now <= 3000; now += 50) {
    steps += now <= 1000 ? 50 : 5;
    seen.push(rate.perSecond(steps));
  }
  assert.ok(Math.abs(seen[10] - 1000) < 1e-9);
  assert.ok(Math.abs(seen.at(-1)! - 100) < 1e-9);
});

test('no time, no rate', () => {
  assert.equal(new Rate(() => 5).perSecond(3), 0);
});
