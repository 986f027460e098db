/**
 * An ONNX file without the values of its tensors, written while the file is walked over. Each tensor gets a field that
 * ONNX does not have, with its number in the list of what was left out; ONNX's decoder keeps it as unknown.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { TensorProto } from 'onnx-buf';
import type { ByteCursor } from './cursor.ts';
import { limits } from './limits.ts';
import { payloadFields } from './plan.ts';

/** A run of values in the file. */
export interface Payload {
  /** Of TensorProto: `payloadFields`. */
  readonly field: number;
  /** First byte, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** Whether every value has its tag before it, as in lists that are not packed. */
  readonly tagged: boolean;
}

interface Found {
  readonly number: number;
  readonly wire: WireType;
  /** Of the tag, and of what follows it and the length. */
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Largest number of a field in protobuf; ONNX's are small. */
const markField = 2 ** 29 - 1;
/** Values that stay in the skeleton too, since the graph's shapes hang on them: eight int64, the usual largest rank. */
const inlineBytes = 64;

export class Skeleton {
  readonly #writer = new BinaryWriter();
  readonly #payloads: Payload[][] = [];
  #copied = 0;
  /** Of the tensor that is being written. */
  #current: Payload[] = [];
  #inlined = 0;

  begin(field: number): void {
    this.#writer.tag(field, WireType.LengthDelimited).fork();
  }

  finish(isTensor: boolean): void {
    if (isTensor && this.#current.length > 0) {
      this.#writer.tag(markField, WireType.Varint).uint32(this.#payloads.length);
      this.#payloads.push(this.#current);
      this.#current = [];
    }
    if (isTensor) this.#inlined = 0;
    this.#writer.join();
  }

  /** Takes over these bytes of the file; false where there are more than a skeleton may have. */
  copy(cursor: ByteCursor, start: number, end: number): boolean {
    this.#copied += end - start;
    if (this.#copied > limits.skeletonBytes) return false;
    cursor.position = start;
    this.#writer.raw(cursor.take(end - start));
    return true;
  }

  /** Remembers where values lie; the cursor stands after them. */
  payload(cursor: ByteCursor, { number, wire, start, content, end }: Found): void {
    if (this.#inlined + end - start <= inlineBytes) {
      this.#inlined += end - start;
      this.copy(cursor, start, end);
    }
    const tagged = wire !== WireType.LengthDelimited || number === payloadFields.stringData;
    const last = this.#current.at(-1);
    if (tagged && last?.tagged && last.field === number && last.end === start) {
      this.#current[this.#current.length - 1] = { ...last, end };
    } else {
      this.#current.push({ field: number, start: tagged ? start : content, end, tagged });
    }
  }

  bytes(): Uint8Array {
    return this.#writer.finish();
  }

  /** Where the values of a tensor lie that was decoded from the skeleton, in the order of the file. */
  payloadsOf(tensor: TensorProto): readonly Payload[] {
    return (tensor.$unknown ?? [])
      .filter(({ no }) => no === markField)
      .flatMap(({ data }) => this.#payloads[new BinaryReader(data).uint32()]);
  }
}
