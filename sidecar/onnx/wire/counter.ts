/** Counts what a file holds, and stops at the limits. */
import { WireType } from '@bufbuild/protobuf/wire';
import { limits } from './limits.ts';
import type { FieldPlan } from './plan.ts';

/** Where a limit is passed: what was counted, and how many there may be. */
export interface Excess {
  readonly of: string;
  readonly limit: number;
}

export class Counter {
  #fields = 0;
  #integers = 0;
  #floats = 0;
  #strings = 0;
  #otherMessages = 0;
  readonly #messages = new Map<string, number>();

  field(): Excess | null {
    this.#fields += 1;
    return excess('fields', this.#fields, limits.fields);
  }

  message(name: string): Excess | null {
    const limit = Object.hasOwn(limits.messages, name) ? limits.messages[name] : undefined;
    if (limit === undefined) {
      this.#otherMessages += 1;
      return excess('messages of other kinds', this.#otherMessages, limits.otherMessages);
    }
    const count = (this.#messages.get(name) ?? 0) + 1;
    this.#messages.set(name, count);
    return excess(name, count, limit);
  }

  /** `count` items of a list of numbers or strings. */
  items({ wire }: FieldPlan, count: number): Excess | null {
    if (wire === WireType.LengthDelimited) {
      this.#strings += count;
      return excess('strings in lists', this.#strings, limits.strings);
    }
    if (wire === WireType.Varint) {
      this.#integers += count;
      return excess('whole numbers in lists', this.#integers, limits.integers);
    }
    this.#floats += count;
    return excess('numbers in lists', this.#floats, limits.floats);
  }
}

function excess(of: string, count: number, limit: number): Excess | null {
  return count > limit ? { of, limit } : null;
}
