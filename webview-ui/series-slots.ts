/** Which colour and marker a series has: it keeps them while it is chosen, a newcomer takes the lowest that is free. */

export class SeriesSlots {
  readonly #slots = new Map<string, number>();

  /** Gives every key its slot, and takes back those of keys that are not among them any more. */
  assign(keys: readonly string[]): number[] {
    const kept = new Set(keys);
    for (const key of this.#slots.keys()) if (!kept.has(key)) this.#slots.delete(key);
    const taken = new Set(this.#slots.values());
    let free = 0;
    return keys.map((key) => {
      const known = this.#slots.get(key);
      if (known !== undefined) return known;
      while (taken.has(free)) free++;
      taken.add(free);
      this.#slots.set(key, free);
      return free;
    });
  }
}
