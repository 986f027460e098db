/**
 * The ONNX runtimes inside the package: a bundler cannot take them in, since each looks for a binary beside its own
 * JavaScript. Of onnxruntime-node only the files for one platform are taken, 45 of 288 MB.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Platforms that VS Code packages can be made for and onnxruntime-node has a binary for. */
export const targets = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

/** Files taken from each package, beside its package.json. */
function filesFor(target: string): Record<string, string[]> {
  return {
    'onnxruntime-node': ['dist', join('bin', 'napi-v6', ...target.split('-'))],
    'onnxruntime-common': ['dist/cjs', 'dist/esm'],
    'onnxruntime-web': [
      'dist/ort.node.min.mjs',
      'dist/ort-wasm-simd-threaded.mjs',
      'dist/ort-wasm-simd-threaded.wasm',
    ],
  };
}

/** Replaces `<dist>/node_modules` by what the target needs. */
export async function copyRuntimes(repository: string, target: string): Promise<void> {
  const to = join(repository, 'dist', 'node_modules');
  const require = createRequire(join(repository, 'package.json'));
  await rm(to, { recursive: true, force: true });
  for (const [name, files] of Object.entries(filesFor(target))) {
    const from = packageFolder(require, name);
    await mkdir(join(to, name), { recursive: true });
    await writeFile(join(to, name, 'package.json'), await leanManifest(from));
    for (const file of files)
      await cp(join(from, file), join(to, name, file), { recursive: true, filter: isNeeded });
  }
}

function packageFolder(require: NodeJS.Require, name: string): string {
  const main = require.resolve(name);
  const end = main.lastIndexOf(join('node_modules', name)) + join('node_modules', name).length;
  return dirname(join(main.slice(0, end), 'package.json'));
}

/** What Node needs to find the package's entry, and its licence; install scripts and developers' tools are left out. */
async function leanManifest(folder: string): Promise<string> {
  const { name, version, license, type, main, exports } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  return JSON.stringify({ name, version, license, type, main, exports }, null, 2);
}

function isNeeded(path: string): boolean {
  return !/\.(map|d\.ts)$/.test(path);
}
