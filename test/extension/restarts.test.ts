import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Restarts } from '../../extension/restarts.ts';

test('the fourth crash within three minutes is the last', () => {
  let now = 0;
  const restarts = new Restarts(() => now);
  for (let crash = 0; crash < 3; crash += 1) {
    assert.equal(restarts.allowed(), true);
    now += 10_000;
  }
  assert.equal(restarts.allowed(), false);
});

test('crashes that lie far apart never add up', () => {
  let now = 0;
  const restarts = new Restarts(() => now);
  for (let crash = 0; crash < 20; crash += 1) {
    assert.equal(restarts.allowed(), true);
    now += 61_000;
  }
});

test('a restart by the user begins anew', () => {
  const restarts = new Restarts(() => 0);
  while (restarts.allowed());
  restarts.forget();
  assert.equal(restarts.allowed(), true);
});
