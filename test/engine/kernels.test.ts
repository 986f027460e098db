import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { preferredBuild } from '../../sidecar/engine/kernels.ts';

const before = process.env.BATCHNORM_KERNELS;

afterEach(() => {
  if (before === undefined) delete process.env.BATCHNORM_KERNELS;
  else process.env.BATCHNORM_KERNELS = before;
});

test('the build is the one the environment names', () => {
  for (const build of ['simd', 'relaxed'] as const) {
    process.env.BATCHNORM_KERNELS = build;
    assert.equal(preferredBuild(), build);
  }
});

test('without a name it is relaxed where the machine knows that, plain SIMD elsewhere', () => {
  delete process.env.BATCHNORM_KERNELS;
  assert.equal(preferredBuild(), 'relaxed');
  const { validate } = WebAssembly;
  try {
    WebAssembly.validate = () => false;
    assert.equal(preferredBuild(), 'simd');
  } finally {
    WebAssembly.validate = validate;
  }
});

test('a build that does not exist is refused', () => {
  process.env.BATCHNORM_KERNELS = 'fast';
  assert.throws(preferredBuild, {
    message: 'BATCHNORM_KERNELS: expected simd or relaxed, found fast',
  });
});
