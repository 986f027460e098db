/** The compiled kernels: loaded once a thread, instantiated over a plan's memory, bound to a plan's calls. */
import { readFileSync } from 'node:fs';
import { asset } from '../assets.ts';
import { argumentsOf, type Call } from './calls.ts';

/** `simd` is the same everywhere; `relaxed` may fuse multiplication and addition, so its bits depend on the machine. */
export type KernelBuild = 'simd' | 'relaxed';

type Kernel = (...args: number[]) => void;
export type Kernels = Readonly<Record<string, Kernel>>;

/** Whose share of the calls is bound, and how it waits for the other threads. */
interface Share {
  readonly thread: number;
  readonly threads: number;
  readonly meet: () => void;
}

const modules = new Map<KernelBuild, WebAssembly.Module>();

/** The module `(func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd …))`. */
const relaxedProbe = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b, 3, 2, 1, 0],
  ...[0x0a, 0x0d, 1, 0x0b, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 2, 0x0b],
);

/** The fastest build this machine runs, or the one that `BATCHNORM_KERNELS` names. */
export function preferredBuild(): KernelBuild {
  const wanted = process.env.BATCHNORM_KERNELS;
  if (wanted === 'simd' || wanted === 'relaxed') return wanted;
  if (wanted) throw new Error(`BATCHNORM_KERNELS: expected simd or relaxed, found ${wanted}`);
  return WebAssembly.validate(relaxedProbe) ? 'relaxed' : 'simd';
}

/**
 * Whether V8 keeps a tile of 12 sums in registers. It does from 13.6 on (Node 24, Electron 36); 12.9 (Node 23) and older
 * ones spill, and such a tile takes twice as long as one of 8.
 */
export function holdsHighTiles(v8 = process.versions.v8): boolean {
  const [major, minor] = v8.split('.').map(Number);
  return major > 13 || (major === 13 && minor >= 6);
}

export async function instantiateKernels(
  memory: WebAssembly.Memory,
  build: KernelBuild = preferredBuild(),
): Promise<Kernels> {
  const instance = await WebAssembly.instantiate(kernelModule(build), { env: { memory } });
  return instance.exports as unknown as Kernels;
}

/** The calls as one function that makes them in order, all of their work on this thread unless it is said otherwise. */
export function bindCalls(kernels: Kernels, calls: readonly Call[], share?: Share): () => void {
  const { thread, threads, meet } = share ?? { thread: 0, threads: 1, meet: null };
  const bound: (() => void)[] = [];
  for (const [i, call] of calls.entries()) {
    const { kernel, barrier } = call;
    if (!(kernel in kernels)) throw new Error(`kernel ${kernel}: not in the compiled module`);
    // Whoever begins a list has met the others.
    if (barrier && i > 0 && meet && threads > 1) bound.push(meet);
    const args = argumentsOf(call, thread, threads);
    if (args[0] < args[1]) bound.push(kernels[kernel].bind(null, ...args));
  }
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
