/**
 * ONNX files as messages of ONNX's own format: whole, or without the values of their tensors, which are then read from
 * their places when somebody asks. Nothing in a file is trusted: its bytes are walked over and checked first.
 */
import { fromBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { ModelFileError } from './errors.ts';
import { ByteCursor, type ReadAt } from './wire/cursor.ts';
import { limits } from './wire/limits.ts';
import { headBytes, recognize } from './wire/other-formats.ts';
import { Skeleton } from './wire/skeleton.ts';
import { WireError, walkModel } from './wire/walk.ts';

/** `place` names the file in errors. Throws a ModelFileError for bytes that are no ONNX model. */
export function decodeModel(bytes: Uint8Array, place: string): ModelProto {
  expectSize(bytes.length, limits.wholeFileBytes, place);
  return explain(place, bytes.subarray(0, headBytes), () => {
    walkModel(ByteCursor.overBytes(bytes), null);
    return fromBinary(ModelProtoSchema, bytes);
  });
}

/** As `decodeModel`, of a file of `size` bytes that is read through `read`, without the values of tensors. */
export function decodeSkeleton(
  size: number,
  read: ReadAt,
  place: string,
): { readonly model: ModelProto; readonly skeleton: Skeleton } {
  expectSize(size, limits.fileBytes, place);
  const cursor = ByteCursor.overFile(size, read);
  const head = Uint8Array.from(cursor.take(Math.min(size, headBytes)));
  cursor.position = 0;
  return explain(place, head, () => {
    const skeleton = new Skeleton();
    walkModel(cursor, skeleton);
    return { model: fromBinary(ModelProtoSchema, skeleton.bytes()), skeleton };
  });
}

function expectSize(size: number, limit: number, place: string): void {
  if (size >= 1 && size <= limit) return;
  const found = size === 0 ? 'an empty file' : `${size} bytes`;
  throw new ModelFileError(
    `${place}: expected an ONNX model of 1 to ${limit} bytes, found ${found}`,
  );
}

function explain<T>(place: string, head: Uint8Array, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    const other = recognize(head);
    if (other !== null) {
      throw new ModelFileError(`${place}: expected an ONNX model, found ${other}`, { cause });
    }
    // What has passed the walk and still cannot be decoded has a list of numbers that ends within one.
    const detail = cause instanceof WireError ? cause.message : (cause as Error).message;
    throw new ModelFileError(`${place}: no ONNX model, or a damaged one: ${detail}`, { cause });
  }
}
