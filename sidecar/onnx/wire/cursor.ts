/** A place in a file that moves forward, over a window of it, so that what is skipped is never read. */

/** Fills `target` from a position of the file on, and says how many bytes it got. */
export type ReadAt = (target: Uint8Array, position: number) => number;

/** Enough for most of a model's skeleton between two tensors, and little next to a call to the file system. */
const windowBytes = 2 ** 16;

export class ByteCursor {
  position = 0;
  readonly size: number;
  readonly #read: ReadAt;
  #window: Uint8Array;
  #windowStart = 0;
  #windowLength: number;

  private constructor(window: Uint8Array, length: number, size: number, read: ReadAt) {
    this.#window = window;
    this.#windowLength = length;
    this.size = size;
    this.#read = read;
  }

  static overFile(size: number, read: ReadAt): ByteCursor {
    return new ByteCursor(new Uint8Array(windowBytes), 0, size, read);
  }

  static overBytes(bytes: Uint8Array): ByteCursor {
    return new ByteCursor(bytes, bytes.length, bytes.length, () => 0);
  }

  /** The byte at the position, which moves on. The caller makes sure that it lies in the file. */
  next(): number {
    let index = this.position - this.#windowStart;
    if (index < 0 || index >= this.#windowLength) {
      this.#fill();
      index = 0;
    }
    this.position += 1;
    return this.#window[index];
  }

  /** So many bytes, valid until the next call; the position moves on. The caller makes sure that they lie in the file. */
  take(length: number): Uint8Array {
    const index = this.position - this.#windowStart;
    if (index >= 0 && index + length <= this.#windowLength) {
      this.position += length;
      return this.#window.subarray(index, index + length);
    }
    const bytes = new Uint8Array(length);
    this.#readFully(bytes);
    this.position += length;
    return bytes;
  }

  #fill(): void {
    const length = Math.min(windowBytes, this.size - this.position);
    this.#readFully(this.#window.subarray(0, length));
    this.#windowStart = this.position;
    this.#windowLength = length;
  }

  #readFully(target: Uint8Array): void {
    let filled = 0;
    while (filled < target.length) {
      const got = this.#read(target.subarray(filled), this.position + filled);
      if (got === 0)
        throw new Error(`the file ended at byte ${this.position + filled} while it was read`);
      filled += got;
    }
  }
}
