/** The compiled kernels: loaded once a process, instantiated over a plan's memory, bound to a plan's calls. */
import { readFileSync } from 'node:fs';
import { asset } from '../assets.ts';
import { type Call, shareOf } from './calls.ts';

/** `simd` is the same everywhere; `relaxed` may fuse multiplication and addition, so its bits depend on the machine. */
export type KernelBuild = 'simd' | 'relaxed';

type Kernel = (...args: number[]) => void;
export type Kernels = Readonly<Record<string, Kernel>>;

const modules = new Map<KernelBuild, WebAssembly.Module>();

export async function instantiateKernels(
  memory: WebAssembly.Memory,
  build: KernelBuild = 'simd',
): Promise<Kernels> {
  const instance = await WebAssembly.instantiate(kernelModule(build), { env: { memory } });
  return instance.exports as unknown as Kernels;
}

/** The calls as one function that makes them in order, all of their work on this thread. */
export function bindCalls(kernels: Kernels, calls: readonly Call[]): () => void {
  const bound = calls.map((call) => {
    const { kernel, args } = call;
    if (!(kernel in kernels)) throw new Error(`kernel ${kernel}: not in the compiled module`);
    return kernels[kernel].bind(null, ...shareOf(call, 0, 1), ...args);
  });
  return () => {
    for (const call of bound) call();
  };
}

function kernelModule(build: KernelBuild): WebAssembly.Module {
  const known = modules.get(build);
  if (known) return known;
  const path = asset(`kernels-${build}.wasm`);
  let bytes: Buffer<ArrayBuffer>;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new Error(`${path}: cannot be read; \`npm run build:kernels\` makes it`, { cause });
  }
  const module = new WebAssembly.Module(bytes);
  modules.set(build, module);
  return module;
}
