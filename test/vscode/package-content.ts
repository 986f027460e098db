/** What is in the package: everything the extension loads, and nothing that only its developers need. */
import assert from 'node:assert/strict';
import { listFiles, PackageManager } from '@vscode/vsce';
import { repository } from './install.ts';
import type { Tests } from './result.ts';

const needed = [
  'package.json',
  'package.nls.json',
  'LICENSE',
  'README.md',
  'dist/extension.cjs',
  'dist/sidecar.js',
  'dist/trainer.js',
  'dist/model-thread.js',
  'dist/runtime-child.js',
  'dist/kernels-simd.wasm',
  'dist/data/mnist.pack',
  'dist/webview/dashboard.js',
  'dist/webview/dashboard.css',
  'dist/webview/model.js',
  'dist/webview/model.css',
  'dist/node_modules/onnxruntime-common/package.json',
  'dist/node_modules/onnxruntime-node/package.json',
  'dist/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
  'examples/mnist.bn.yaml',
  'examples/paper/1-activations.bn.yaml',
  'extension/language/grammar.json',
  'extension/media/icon.png',
];

const unwanted =
  /\.(ts|map)$|(^|\/)(test|bench|sidecar|webview-ui|runs)\/|dist\/cli\.js|\/results\//;

export const packageTests: Tests = {
  async 'the package holds what is needed and nothing else'() {
    const files = await listFiles({ cwd: repository, packageManager: PackageManager.None });
    assert.deepEqual(
      needed.filter((file) => !files.includes(file)),
      [],
    );
    assert.deepEqual(
      files.filter((file) => unwanted.test(file)),
      [],
    );
    const platforms = files.filter((file) => file.includes('onnxruntime_binding.node'));
    assert.equal(platforms.length, 1, platforms.join());
  },
};
