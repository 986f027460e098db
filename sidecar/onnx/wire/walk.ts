/**
 * Walks over the bytes of an ONNX file by protobuf's wire format and checks them against ONNX's schema and our limits,
 * before anything is made of them. With a skeleton it also writes the same file anew without the values of its tensors,
 * and remembers where those lie: https://protobuf.dev/programming-guides/encoding.
 */
import { WireType } from '@bufbuild/protobuf/wire';
import { Counter, type Excess } from './counter.ts';
import type { ByteCursor } from './cursor.ts';
import { limits } from './limits.ts';
import { type FieldPlan, type MessagePlan, modelPlan } from './plan.ts';
import type { Skeleton } from './skeleton.ts';

/** Bytes that are no ONNX file, or more than we take; the message says where, what was expected and what was found. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

export function walkModel(cursor: ByteCursor, skeleton: Skeleton | null): void {
  new Walk(cursor, skeleton).message(modelPlan, cursor.size, 1);
}

class Walk {
  readonly #cursor: ByteCursor;
  readonly #skeleton: Skeleton | null;
  readonly #counter = new Counter();
  /** Names of the fields that the position is in. */
  readonly #path: string[] = [];

  constructor(cursor: ByteCursor, skeleton: Skeleton | null) {
    this.#cursor = cursor;
    this.#skeleton = skeleton;
  }

  /** From the position up to `end`. */
  message(plan: MessagePlan, end: number, depth: number): void {
    if (depth > limits.depth) {
      this.#fail(`messages at most ${limits.depth} deep in each other`, 'deeper ones');
    }
    this.#expectFew(this.#counter.message(plan.name));
    const cursor = this.#cursor;
    while (cursor.position < end) {
      const start = cursor.position;
      const tag = this.#varint(end);
      const number = Math.floor(tag / 8);
      const wire: WireType = tag % 8;
      if (number === 0 || tag >= 2 ** 32) this.#fail('the number of a field', `${number}`, start);
      this.#expectFew(this.#counter.field());
      const field = plan.fields.get(number);
      this.#path.push(field?.name ?? `field ${number}`);
      if (field === undefined) this.#skip(wire, end, start);
      else this.#field(field, { number, wire, start, end, depth });
      this.#path.pop();
    }
  }

  #field(field: FieldPlan, { number, wire, start, end, depth }: Occurrence): void {
    const cursor = this.#cursor;
    const isPacked =
      wire === WireType.LengthDelimited && field.wire !== WireType.LengthDelimited && field.isList;
    if (wire !== field.wire && !isPacked) {
      this.#fail(nameOf(field.wire), nameOf(wire), start);
    }
    if (field.message !== null) {
      const length = this.#length(end);
      this.#skeleton?.begin(number);
      this.message(field.message, cursor.position + length, depth + 1);
      this.#skeleton?.finish(field.message.name === 'TensorProto');
      return;
    }
    const length = wire === WireType.LengthDelimited ? this.#length(end) : null;
    const content = cursor.position;
    if (field.isPayload && this.#skeleton !== null) {
      if (length === null) this.#skip(wire, end, start);
      else cursor.position += length;
      this.#skeleton.payload(cursor, { number, start, content, end: cursor.position, wire });
      return;
    }
    if (field.isList) this.#expectFew(this.#counter.items(field, this.#count(field, length)));
    if (length === null) this.#skip(wire, end, start);
    else cursor.position = content + length;
    if (this.#skeleton?.copy(cursor, start, cursor.position) === false) {
      const found = 'more; values of tensors, which may be large, lie elsewhere';
      this.#fail(`at most ${limits.skeletonBytes} bytes of names, nodes and attributes`, found);
    }
  }

  /** Items in the run of `length` bytes at the position; one without it. */
  #count({ wire }: FieldPlan, length: number | null): number {
    if (length === null || wire === WireType.LengthDelimited) return 1;
    const size = wire === WireType.Bit32 ? 4 : wire === WireType.Bit64 ? 8 : null;
    if (size !== null) {
      if (length % size !== 0) this.#fail(`numbers of ${size} bytes each`, `${length} bytes`);
      return length / size;
    }
    if (this.#skeleton !== null && length > limits.skeletonBytes) return length;
    const bytes = this.#cursor.take(length);
    if (length > 0 && bytes[length - 1] >= 0x80) {
      this.#fail('whole numbers', 'an unfinished one at the end of the list');
    }
    let count = 0;
    for (const byte of bytes) if (byte < 0x80) count += 1;
    return count;
  }

  /** Over a value whose content says nothing to us. */
  #skip(wire: WireType, end: number, start: number): void {
    const cursor = this.#cursor;
    switch (wire) {
      case WireType.Varint:
        this.#varint(end);
        break;
      case WireType.Bit32:
      case WireType.Bit64: {
        const size = wire === WireType.Bit32 ? 4 : 8;
        this.#expectRoom(size, end);
        cursor.position += size;
        break;
      }
      case WireType.LengthDelimited: {
        const length = this.#length(end);
        cursor.position += length;
        break;
      }
      default:
        // Groups, which protobuf has given up, have never been in ONNX.
        this.#fail('a number or a length', nameOf(wire), start);
    }
  }

  #length(end: number): number {
    const length = this.#varint(end);
    this.#expectRoom(length, end);
    return length;
  }

  #expectRoom(length: number, end: number): void {
    const { position, size } = this.#cursor;
    if (length <= end - position) return;
    const isCut = end === size;
    this.#fail(
      `${length} more bytes`,
      `${end - position}: ${isCut ? 'the file is cut off' : 'the file is damaged'}`,
    );
  }

  /** Exact up to 2^53; what is larger is no length or tag anyway. */
  #varint(end: number): number {
    const cursor = this.#cursor;
    const start = cursor.position;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count += 1) {
      if (cursor.position >= end) {
        this.#fail(
          'the rest of a number',
          `${end === cursor.size ? 'the end of the file' : 'none'}`,
        );
      }
      const byte = cursor.next();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    return this.#fail('a number of at most 10 bytes', 'a longer one', start);
  }

  #expectFew(excess: Excess | null): void {
    if (excess !== null) this.#fail(`at most ${excess.limit} ${excess.of}`, 'more');
  }

  #fail(expected: string, found: string, at = this.#cursor.position): never {
    const where = this.#path.length === 0 ? '' : `, ${shorten(this.#path)}`;
    throw new WireError(`byte ${at}${where}: expected ${expected}, found ${found}`);
  }
}

interface Occurrence {
  readonly number: number;
  readonly wire: WireType;
  /** Of its tag. */
  readonly start: number;
  /** Of the message that it is in. */
  readonly end: number;
  readonly depth: number;
}

/** Both ends of a long path. */
function shorten(path: readonly string[]): string {
  return path.length <= 8
    ? path.join('.')
    : [...path.slice(0, 4), '…', ...path.slice(-3)].join('.');
}

function nameOf(wire: WireType): string {
  const names = [
    'a whole number',
    'a number of 8 bytes',
    'a length',
    'a group',
    'the end of a group',
    'a number of 4 bytes',
  ];
  return names[wire] ?? `wire type ${wire}, which does not exist`;
}
