/** Models as files of a test. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { inspectFile } from '../../../sidecar/onnx/inspect/inspect.ts';
import type { Inspection } from '../../../sidecar/protocol/inspect.ts';
import { temporaryFolder } from '../../temporary.ts';

export const folder = temporaryFolder('batchnorm-inspect');
let files = 0;

/** Writes a file and returns its path. */
export function write(content: Uint8Array | string): string {
  files += 1;
  const path = join(folder, `${files}.onnx`);
  writeFileSync(path, content);
  return path;
}

export function bytesOf(model: ModelProto | MessageInitShape<typeof ModelProtoSchema>): Uint8Array {
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
}

export function inspect(
  model: ModelProto | MessageInitShape<typeof ModelProtoSchema>,
): Promise<Inspection> {
  return inspectFile(write(bytesOf(model)));
}
