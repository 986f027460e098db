import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { holdsHighTiles, preferredBuild } from '../../sidecar/engine/kernels.ts';

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

test('high tiles are for V8 13.6 and later', () => {
  for (const v8 of ['13.6.233.17-node.53', '13.8.258.32', '14.0.365.4-node.10']) {
    assert.equal(holdsHighTiles(v8), true, v8);
  }
  for (const v8 of ['11.3.244.8-node.38', '12.9.202.28-node.14', '13.4.114.21-electron.0']) {
    assert.equal(holdsHighTiles(v8), false, v8);
  }
});
