/**
 * Compiles kernels/ into dist/kernels-simd.wasm and dist/kernels-relaxed.wasm (`npm run build:kernels`): one source, with
 * plain and with relaxed SIMD. Both import a shared memory and bring no runtime: kernels never allocate.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';
import { asset } from '../assets.ts';

const source = join(import.meta.dirname, 'kernels', 'index.ts');
mkdirSync(asset(), { recursive: true });
await build('kernels-simd.wasm', []);
await build('kernels-relaxed.wasm', ['--enable', 'relaxed-simd']);

async function build(name: string, features: readonly string[]): Promise<void> {
  const { error, stderr } = await main([
    source,
    ...['--outFile', asset(name), '-O3', '--converge', '--noAssert', '--runtime', 'stub'],
    ...['--enable', 'simd', '--enable', 'threads', ...features],
    // The module accepts every memory from one page to all 4 GiB; the plan decides.
    ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
    // AS201 warns of every exported function that takes a pointer of unknown size.
    ...['--disableWarning', '201'],
  ]);
  if (error) throw new Error(`${name}: ${stderr.toString()}`, { cause: error });
}
