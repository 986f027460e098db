/**
 * Where built files and threads' entries lie, both for the bundles in dist/ and for the sources run by Node directly.
 */
import { basename, join, resolve } from 'node:path';

const bundled = basename(import.meta.dirname) === 'dist';
const dist = bundled ? import.meta.dirname : resolve(import.meta.dirname, '..', 'dist');

/** Absolute path of a built file, e.g. `asset('kernels-simd.wasm')`. */
export function asset(...path: string[]): string {
  return join(dist, ...path);
}

/** Absolute path of a thread's or child's entry: its bundle when bundled, its source otherwise. */
export function entry(bundle: string, source: string): string {
  return bundled ? join(dist, bundle) : join(import.meta.dirname, source);
}
