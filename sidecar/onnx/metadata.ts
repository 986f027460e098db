/**
 * What a model says about itself in `metadata_props`, every key prefixed `batchnorm.`: what the caller knows of the
 * run, then what is needed to rebuild the network, then an example and the certificate, which come once it is built.
 */
import type { z } from 'zod';
import type { DataSummary, Network, Normalization } from '../network/types.ts';
import type { Folding } from '../protocol/onnx.ts';
import { certificateSchema, exampleSchema } from './certificate-schema.ts';
import { defaultForm, type ModelForm } from './choices.ts';
import { ExportError, ModelFileError } from './errors.ts';
import {
  dataSummarySchema,
  featureNamesSchema,
  foldingSchema,
  formSchema,
  membersSchema,
  networkSchema,
  normalizationSchema,
} from './network-schema.ts';

/** Everything but the weights. */
export interface ModelDescription {
  readonly network: Network;
  readonly normalization: Normalization;
  readonly data: DataSummary;
  readonly featureNames: readonly string[] | null;
  /** What the caller told of the run, in its order. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `defaultForm` for models of earlier versions. */
  readonly form: ModelForm;
  /** Of a network that came out of folding another; absent for one that is as it was trained. */
  readonly folding?: Folding;
}

/** Of an ensemble: its members in the order of the graph. */
export interface EnsembleDescription extends Omit<ModelDescription, 'network' | 'folding'> {
  readonly members: readonly {
    readonly name: string;
    readonly network: Network;
    readonly steps: number;
    readonly folding?: Folding;
  }[];
}

export type Entry = readonly [key: string, value: string];

const prefix = 'batchnorm.';
/** Keys of the outcome of a validation, which earlier versions wrote in place of a certificate. */
const validationPrefix = `${prefix}validation.`;
/** Counts up when a reader of the old format could not read the new one. */
const format = '1';

/** Keys this module writes; a caller's own keys must be others. */
const own = {
  format: `${prefix}format`,
  network: `${prefix}network`,
  form: `${prefix}form`,
  folding: `${prefix}folding`,
  ensemble: `${prefix}ensemble`,
  data: `${prefix}dataSummary`,
  classes: `${prefix}classLabels`,
  features: `${prefix}featureNames`,
  normalization: `${prefix}inputNormalization`,
  momentum: `${prefix}momentumConvention`,
  variance: `${prefix}varianceConvention`,
  example: `${prefix}example`,
  certificate: `${prefix}certificate`,
} as const;

/** The entries of a model that has not been validated yet, always in the same order. */
export function describe(description: ModelDescription): Entry[] {
  const { network, folding } = description;
  const entries: Entry[] = [[own.network, toJson(network)]];
  if (folding !== undefined) entries.push([own.folding, toJson(folding)]);
  return describeAs(entries, description);
}

/** As `describe`, of several networks whose probabilities are averaged. */
export function describeEnsemble(description: EnsembleDescription): Entry[] {
  const members = description.members.map(({ name, network, steps, folding }) => {
    return { name, network, steps, folding };
  });
  return describeAs([[own.ensemble, toJson(members)]], description);
}

function describeAs(
  what: readonly Entry[],
  { normalization, data, featureNames, metadata, form }: Omit<ModelDescription, 'network'>,
): Entry[] {
  const told = Object.entries(metadata).map(([key, value]): Entry => [prefix + key, value]);
  for (const [key] of told) {
    if (isOwn(key)) throw new ExportError(key, 'a name the exporter does not use', 'one it writes');
  }
  const { mean, deviation } = normalization;
  return [
    ...told,
    [own.format, format],
    [own.form, toJson(form)],
    ...what,
    [own.data, toJson(data)],
    [own.classes, toJson(data.classes)],
    [own.features, toJson(featureNames)],
    [own.normalization, toJson({ mean: [...mean], deviation: [...deviation] })],
    [
      own.momentum,
      'In the description of a network here, momentum is the weight of the new batch, as in PyTorch. The attribute momentum of BatchNormalization is the weight of the old value: 1 - momentum.',
    ],
    [
      own.variance,
      'running_var averages the unbiased variance of each batch (divided by n - 1), as in PyTorch. ONNX in training mode would average the biased one.',
    ],
  ];
}

/** What `describe` or `describeEnsemble` wrote; null when the entries are not ours. `place` names the file in errors. */
export function readDescription(
  entries: readonly Entry[],
  place: string,
): ModelDescription | EnsembleDescription | null {
  const found = new Map(entries);
  const written = found.get(own.format);
  if (written === undefined) return null;
  if (written !== format) {
    throw new ModelFileError(
      `${place}: expected ${own.format} ${format}, found ${written}: the model comes from a newer version`,
    );
  }
  const { mean, deviation } = parse(found, own.normalization, normalizationSchema, place);
  const told = entries.filter(([key]) => key.startsWith(prefix) && !isOwn(key));
  const common = {
    normalization: { mean: Float32Array.from(mean), deviation: Float32Array.from(deviation) },
    data: parse(found, own.data, dataSummarySchema, place),
    featureNames: parse(found, own.features, featureNamesSchema, place),
    form: found.has(own.form) ? parse(found, own.form, formSchema, place) : defaultForm,
    metadata: Object.fromEntries(told.map(([key, value]) => [key.slice(prefix.length), value])),
  };
  return found.has(own.ensemble)
    ? { ...common, members: parse(found, own.ensemble, membersSchema, place) }
    : {
        ...common,
        network: parse(found, own.network, networkSchema, place),
        ...(found.has(own.folding) && {
          folding: parse(found, own.folding, foldingSchema, place),
        }),
      };
}

/** What comes with a model once its network computes. */
const later = { example: exampleSchema, certificate: certificateSchema } as const;
type Later = { readonly [K in keyof typeof later]: z.output<(typeof later)[K]> };

/** The entries with one more at their end, in place of an earlier one of its kind. */
export function describeLater<K extends keyof Later>(
  entries: readonly Entry[],
  kind: K,
  value: Later[K],
): Entry[] {
  return [...without(entries, kind), [own[kind], toJson(value)]];
}

/** The entries as they were before `describeLater`. */
export function without(entries: readonly Entry[], kind: keyof Later): Entry[] {
  return entries.filter(([key]) => key !== own[kind]);
}

/** What `describeLater` wrote; null where there is none. `place` names the file in errors. */
export function readLater<K extends keyof Later>(
  metadata: Readonly<Record<string, string>>,
  kind: K,
  place: string,
): Later[K] | null {
  if (!Object.hasOwn(metadata, own[kind])) return null;
  const entries = new Map(Object.entries(metadata));
  return parse<Later[K]>(entries, own[kind], later[kind] as z.ZodType<Later[K]>, place);
}

function isOwn(key: string): boolean {
  return Object.values<string>(own).includes(key) || key.startsWith(validationPrefix);
}

function parse<T>(
  entries: ReadonlyMap<string, string>,
  key: string,
  schema: z.ZodType<T>,
  place: string,
): T {
  const text = entries.get(key);
  if (text === undefined)
    throw new ModelFileError(`${place}: expected metadata ${key}, found none`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ModelFileError(`${place}: expected JSON in metadata ${key}, found something else`, {
      cause,
    });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0];
  throw new ModelFileError(`${place}: metadata ${[key, ...path].join('.')}: ${message}`);
}

/** Keys sorted, so that equal values give equal text whoever built them. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
