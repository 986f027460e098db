/** A typed array of a length not known before. Unlike a list it lies outside the heap, which a large file would fill. */
export class Growing<T extends Float64Array | Uint16Array> {
  readonly #type: new (
    length: number,
  ) => T;
  #values: T;
  #length = 0;

  constructor(type: new (length: number) => T) {
    this.#type = type;
    this.#values = new type(64);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const longer = new this.#type(2 * this.#length);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.#length++] = value;
  }

  /** A view of what has been pushed so far. */
  get values(): T {
    return this.#values.subarray(0, this.#length) as T;
  }
}
