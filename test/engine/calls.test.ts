/** How threads share calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  argumentsOf,
  inParts,
  local,
  meetWherePartsChange,
  scratchBytes,
  withScratch,
} from '../../sidecar/engine/calls.ts';

const counts = [1, 2, 3, 8, 16, 17, 40];

test('every number of threads makes all of a call’s work once, in order', () => {
  for (const call of [local('a', 5, 7), inParts(local('b', 3, 7), 4)]) {
    for (const scratch of [0, 64]) assertWhole(withScratch(call, scratch));
  }
});

test('threads with work have scratch of their own within what the plan gives', () => {
  for (const items of [1, 2, 15, 16, 17, 100]) {
    const call = withScratch(inParts(local('a', 1, 1000, 7), items), 64);
    for (const threads of counts) {
      const places = sharesOf(call, threads)
        .filter(([first, last]) => first < last)
        .map(([, , scratch, other]) => {
          assert.equal(other, 7);
          return scratch;
        });
      assert.equal(new Set(places).size, places.length, `${items} items, ${threads} threads`);
      for (const place of places) assert.ok(place + 64 <= 1000 + scratchBytes(call));
    }
  }
});

test('what a call with scratch wrote is read behind a barrier, even of a single panel', () => {
  const call = withScratch(local('a', 1, 1000), 64);
  const [, reader] = meetWherePartsChange([call, local('b', 8)]);
  assert.ok(reader.barrier);
});

function assertWhole(call: ReturnType<typeof local>): void {
  for (const threads of counts) {
    let next = 0;
    for (const [first, last] of sharesOf(call, threads)) {
      assert.equal(first, next);
      next = last;
    }
    assert.equal(next, call.panels * call.parts);
  }
}

function sharesOf(call: ReturnType<typeof local>, threads: number) {
  return Array.from({ length: threads }, (_, thread) => argumentsOf(call, thread, threads));
}
