/** What every model of ours has in common: opset, IR version, producer, and how metadata is written. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type ModelProtoSchema,
  type StringStringEntryProto,
  StringStringEntryProtoSchema,
} from 'onnx-buf';
import { opsets } from '../protocol/onnx.ts';
import type { Entry } from './metadata.ts';

/**
 * The IR version that came with each opset since 9, by the table in ONNX's Versioning.md: a runtime that knows the one
 * knows the other.
 */
const irVersions = [4, 5, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 10, 10, 11, 12, 13, 13];
/** What a model of ours says of who made it. */
export const producer = 'batchnorm-lab';

export function modelFields(
  producerVersion: string,
  opset: number,
): MessageInitShape<typeof ModelProtoSchema> {
  return {
    irVersion: BigInt(irVersions[opset - opsets.oldest]),
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    producerName: producer,
    producerVersion,
    domain: producer,
    modelVersion: 1n,
  };
}

export function toProperties(entries: readonly Entry[]): StringStringEntryProto[] {
  return entries.map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
}
