import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../sidecar/nearest.ts';

test('near misses find their word, others do not', () => {
  const words = ['dense', 'batchnorm', 'leaky-relu', 'tanh', 'relu', 'width'];
  const expected: Record<string, string | null> = {
    dnese: 'dense',
    Dense: 'dense',
    batch_norm: 'batchnorm',
    leakyrelu: 'leaky-relu',
    tahn: 'tanh',
    witdh: 'width',
    convolution: null,
    gelu: 'relu',
    ['x'.repeat(100_000)]: null,
  };
  for (const [word, near] of Object.entries(expected)) assert.equal(nearest(word, words), near);
  assert.equal(nearest('dense', []), null);
});
