/**
 * The certificate of a model: what was found out about it when it was exported, inside the model itself. It is no
 * signature. Its SHA-256 finds what changed the model by accident, and whoever repeats the validation finds the rest.
 */
import { createHash } from 'node:crypto';
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import type { Certificate, Folding } from '../protocol/onnx.ts';
import type { Example } from './certificate-schema.ts';
import { accuracyOf } from './compare.ts';
import { decodeModel } from './decode.ts';
import { memberTensor } from './ensemble.ts';
import { describeLater, type Entry, without } from './metadata.ts';
import { toProperties } from './model.ts';
import { type ModelFile, readModel } from './read.ts';
import {
  type Measurement,
  type ValidationTask,
  type ValidationTools,
  validateModel,
} from './validate.ts';

export interface CertifiedModel {
  /** The model with an example and its certificate. */
  readonly bytes: Uint8Array;
  readonly certificate: Certificate;
}

/** A task whose model has been read, or only just been built. */
export interface CertificationTask extends Omit<ValidationTask, 'model'> {
  readonly model: Uint8Array;
}

/** Characters of an example that a model carries; an image of 64 x 64 pixels in colour has fewer. */
const longestExample = 2 ** 16;

/** Validates a model that was just built and writes what was found into it, with the first example of the test set. */
export async function certifyModel(
  task: CertificationTask,
  tools?: ValidationTools,
): Promise<CertifiedModel> {
  const example = firstExample(task);
  const model =
    example === null
      ? task.model
      : rewrite(task.model, (entries) => describeLater(entries, 'example', example));
  const certificate = await examineModel({ ...task, model }, tools);
  const bytes = rewrite(model, (entries) => describeLater(entries, 'certificate', certificate));
  return { bytes, certificate };
}

/** What a certificate of this model would say now. */
export async function examineModel(
  task: CertificationTask,
  tools?: ValidationTools,
): Promise<Certificate> {
  const bare = rewrite(task.model, (entries) => without(entries, 'certificate'));
  const file = readModel(bare, 'model');
  const { metadata = {} } = file.source ?? file.ensemble ?? {};
  const measurement = await validateModel(task, tools);
  const { validation, passes, folding, speed } = measurement;
  const { precision = 'float32', trained = precision === 'float32' ? task.expected : null } = task;
  return {
    validation,
    passes,
    trainedAccuracy: trained === null ? null : accuracyOf(task, trained),
    folding,
    batchNorms: fatesOf(file, measurement),
    speed,
    bytes: bare.length,
    modelSha256: createHash('sha256').update(bare).digest('hex'),
    sourceSha256: metadata.sourceSha256 ?? '',
    dataSha256: metadata.dataSha256 ?? '',
  };
}

function fatesOf(
  { source, ensemble }: ModelFile,
  { computed }: Measurement,
): Certificate['batchNorms'] {
  const networks =
    source !== null
      ? [{ ...source, nameOf: (layer: string) => layer }]
      : (ensemble?.members ?? []).map((member) => {
          return { ...member, nameOf: (layer: string) => memberTensor(member.name, layer) };
        });
  return networks.flatMap(({ network, folding, nameOf }) =>
    network.layers.flatMap((layer): Certificate['batchNorms'] => {
      if (layer.kind !== 'batchnorm') return foldedInto(layer.name, folding).map(nameOf).map(fold);
      const name = nameOf(layer.name);
      if (computed === null) return [{ name, fate: 'unknown' }];
      return [{ name, fate: computed.has(name) ? 'computed' : 'folded-by-runtime' }];
    }),
  );
}

/** A layer stands where the last batch normalization stood that it took in, so that the order is the network's. */
function foldedInto(layer: string, folding: Folding | undefined): string[] {
  const folded = folding?.folded.filter(({ into }) => into === layer) ?? [];
  return folded.map(({ batchnorm }) => batchnorm);
}

function fold(name: string): Certificate['batchNorms'][number] {
  return { name, fate: 'folded-at-export' };
}

/** Null for one that would make the metadata heavy. */
function firstExample({ inputs, expected, count }: CertificationTask): Example | null {
  const shorten = (values: Uint8Array | Float32Array) =>
    Array.from(values.subarray(0, values.length / count), shortest);
  const example = { input: shorten(inputs), output: shorten(expected) };
  return JSON.stringify(example).length <= longestExample ? example : null;
}

/** Of the decimal fractions that are this float32, the one with the fewest digits. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return Number(value.toPrecision(9));
}

function rewrite(
  model: Uint8Array,
  change: (entries: readonly Entry[]) => readonly Entry[],
): Uint8Array {
  const message = decodeModel(model, 'model');
  const entries = message.metadataProps.map(({ key, value }): Entry => [key, value]);
  message.metadataProps = toProperties(change(entries));
  return toBinary(ModelProtoSchema, message);
}
