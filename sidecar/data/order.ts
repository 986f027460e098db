/** In which order examples are seen. */
import { seededRandom } from '../random.ts';

/**
 * Every example's index once: shuffled without replacement by seed and epoch (Fisher and Yates), or 0 to count - 1.
 * All variants of a network share the order, since it depends on nothing else.
 */
export function exampleOrder(
  seed: number,
  epoch: number,
  count: number,
  shuffle: boolean,
): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  if (!shuffle) return order;
  const { below } = seededRandom(seed, 'order', epoch);
  for (let last = count - 1; last > 0; last--) {
    const other = below(last + 1);
    const index = order[last];
    order[last] = order[other];
    order[other] = index;
  }
  return order;
}
