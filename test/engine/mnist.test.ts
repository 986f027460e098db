/** Section 4.1 of the paper, first steps: what batch normalization does for a network of sigmoid units. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paperNetwork, testAccuracies } from './paper-network.ts';

test('MNIST with batch normalization: 90 % after 1,000 steps, 91.8 % after 2,000', async () => {
  const [early, late] = await testAccuracies(paperNetwork(true, 1), [1000, 2000]);
  assert.ok(early >= 0.9, `${early} after 1,000 steps`);
  assert.ok(late >= 0.918, `${late} after 2,000 steps`);
});

test('MNIST without it: below 75 % after 1,000 steps', async () => {
  const [early] = await testAccuracies(paperNetwork(false, 1), [1000]);
  assert.ok(early > 0.1 && early < 0.75, `${early} after 1,000 steps`);
});
