import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPace } from '../../sidecar/engine/pace.ts';

/** Makes steps that take as long as `cost` says of their number and way; returns which were made together. */
function run(steps: number, cost: (step: number, together: boolean) => number): boolean[] {
  const pace = createPace();
  return Array.from({ length: steps }, (_, step) => {
    const { together } = pace;
    pace.took(cost(step, together));
    return together;
  });
}

const share = (ways: readonly boolean[]) => ways.filter(Boolean).length / ways.length;

test('where threads help, hardly a step is made alone', () => {
  const ways = run(20_000, (_, together) => (together ? 1 : 1.8));
  assert.ok(share(ways) > 0.99, `${share(ways)} together`);
  assert.equal(ways[0], true);
});

test('where threads get in each other’s way, one makes the steps', () => {
  const ways = run(20_000, (_, together) => (together ? 10 : 1));
  assert.ok(share(ways) < 0.01, `${share(ways)} together`);
});

test('when the machine becomes busy, and when it is free again, the way changes', () => {
  const busy = (step: number) => step > 10_000 && step < 40_000;
  const cost = (step: number, together: boolean) => (together ? (busy(step) ? 5 : 0.6) : 1);
  const ways = run(80_000, cost);
  assert.ok(share(ways.slice(0, 10_000)) > 0.98, 'before');
  assert.ok(share(ways.slice(25_000, 40_000)) < 0.02, 'while busy');
  assert.ok(share(ways.slice(60_000)) > 0.98, 'after');
});
