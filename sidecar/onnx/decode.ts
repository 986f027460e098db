/** The bytes of an ONNX file as a message of ONNX's own format. Nothing in the file is trusted. */
import { fromBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { ModelFileError } from './errors.ts';

/** Far above any network of ours, well below what protobuf itself can hold (2 GiB). */
const maximumBytes = 2 ** 29;

/** `place` names the file in errors. Throws a ModelFileError for bytes that are no ONNX model. */
export function decodeModel(bytes: Uint8Array, place: string): ModelProto {
  if (bytes.length === 0 || bytes.length > maximumBytes) {
    throw new ModelFileError(
      `${place}: expected an ONNX model of 1 to ${maximumBytes} bytes, found ${bytes.length}`,
    );
  }
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new ModelFileError(
      `${place}: expected an ONNX model, found bytes that are none, or only part of one`,
      { cause },
    );
  }
}
