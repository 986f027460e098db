/** How much memory training a network takes, as its plan says; plans are made once for all that are laid out alike. */
import { planTraining } from '../engine/plan.ts';
import { planProbe } from '../engine/probes/plan.ts';
import { memoryMisfit } from '../network/memory.ts';
import type { Network } from '../network/types.ts';

/** While someone types, every state of a file has its own layout. */
const mostKept = 64;

export class MemoryFigures {
  readonly #bytes = new Map<string, number>();

  /**
   * Bytes of the largest memory, that of training or that of its probes; in some tens of milliseconds for a new layout, at
   * once for a known one.
   */
  of(network: Network): number {
    const { input, layers, loss, train } = network;
    const { batchSize, optimizer, probe } = train;
    const key = JSON.stringify([input, layers, loss, batchSize, optimizer, probe]);
    const bytes = this.#bytes.get(key) ?? largestMemory(network);
    // Put at the end, so that the first is the one that has not been asked for longest.
    this.#bytes.delete(key);
    this.#bytes.set(key, bytes);
    for (const oldest of [...this.#bytes.keys()].slice(0, -mostKept)) this.#bytes.delete(oldest);
    return bytes;
  }
}

/** With as many examples to probe as there may be. Without the memory of its probes a network is trained all the same. */
function largestMemory(network: Network): number {
  const { bytes } = planTraining(network);
  const probe = planProbe(network, Number.POSITIVE_INFINITY, bytes)?.plan.bytes ?? 0;
  return memoryMisfit(probe) === null ? Math.max(bytes, probe) : bytes;
}
