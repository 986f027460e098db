/** What the process may take for any file, however broken. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';

/** Files of each kind that are tried. */
export const count = 10_000;
/** Milliseconds; nothing may hold up a language server for longer. */
const longest = 2000;
/** Growth in bytes over all files. The process starts with some 150 MiB; what files leave behind is collected now and then. */
const memory = 512 * 2 ** 20;

export class Bounds {
  readonly #before = process.memoryUsage().rss;
  #start = 0;

  begin(): void {
    this.#start = performance.now();
  }

  end(what: string): void {
    const took = performance.now() - this.#start;
    assert.ok(took < longest, `${what}: expected less than ${longest} ms, found ${took}`);
  }

  checkMemory(): void {
    const growth = process.memoryUsage().rss - this.#before;
    assert.ok(growth < memory, `expected less than ${memory} bytes more, found ${growth}`);
  }
}
