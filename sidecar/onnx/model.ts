/** What every model of ours has in common: opset, IR version, producer, and how metadata is written. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type ModelProtoSchema,
  type StringStringEntryProto,
  StringStringEntryProtoSchema,
} from 'onnx-buf';
import type { Entry } from './metadata.ts';

/** Old enough for every runtime in use, new enough for BatchNormalization's present form. */
const opset = 15n;
const irVersion = 8n;
const producer = 'batchnorm-lab';

export function modelFields(producerVersion: string): MessageInitShape<typeof ModelProtoSchema> {
  return {
    irVersion,
    opsetImport: [{ domain: '', version: opset }],
    producerName: producer,
    producerVersion,
    domain: producer,
    modelVersion: 1n,
  };
}

export function toProperties(entries: readonly Entry[]): StringStringEntryProto[] {
  return entries.map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
}
