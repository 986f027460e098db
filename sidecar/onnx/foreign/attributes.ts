/** The attributes of a node as values of a known type. */
import type { AttributeProto, NodeProto } from 'onnx-buf';

export class Attributes {
  readonly #byName: ReadonlyMap<string, AttributeProto>;

  constructor({ attribute }: NodeProto) {
    this.#byName = new Map(attribute.map((each) => [each.name, each]));
  }

  get(name: string): AttributeProto | undefined {
    return this.#byName.get(name);
  }

  float(name: string, otherwise: number): number {
    return this.#byName.get(name)?.f ?? otherwise;
  }

  integer(name: string, otherwise: number): number {
    const found = this.#byName.get(name);
    return found === undefined ? otherwise : Number(found.i);
  }

  /** Null where there is none. */
  integers(name: string): readonly number[] | null {
    return this.#byName.get(name)?.ints.map(Number) ?? null;
  }

  text(name: string, otherwise: string): string {
    const found = this.#byName.get(name);
    return found === undefined ? otherwise : textOf(found.s);
  }
}

/** Text of the file, whose bytes may be anything. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
