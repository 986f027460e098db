/** Ranges of traces in a window of steps. Rows that were seen are not looked at again while the window stays. */
import { type Extent, emptyExtent, type Samples, widen } from './samples.ts';
import type { Trace } from './traces.ts';

export class Extents {
  #window: readonly [from: number, to: number] = [0, 0];
  #seen = new Map<Trace, { extent: Extent; rows: number }>();

  /** The extent of all traces together. */
  of(
    drawn: readonly { readonly trace: Trace; readonly samples: Samples }[],
    [from, to]: readonly [from: number, to: number],
  ): Extent {
    if (from !== this.#window[0] || to !== this.#window[1]) {
      this.#window = [from, to];
      this.#seen.clear();
    }
    const whole = emptyExtent();
    for (const { trace, samples } of drawn) {
      const seen = this.#seen.get(trace) ?? { extent: emptyExtent(), rows: 0 };
      this.#seen.set(trace, seen);
      widen(seen.extent, samples, from, to, seen.rows);
      seen.rows = samples.count;
      whole.min = Math.min(whole.min, seen.extent.min);
      whole.max = Math.max(whole.max, seen.extent.max);
      whole.minPositive = Math.min(whole.minPositive, seen.extent.minPositive);
      whole.minPositiveLow = Math.min(whole.minPositiveLow, seen.extent.minPositiveLow);
    }
    return whole;
  }
}
