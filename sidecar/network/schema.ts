/**
 * The network file as one schema, and a view of that schema by path. Messages, hover and completion all take what
 * they say from here.
 */
import { z } from 'zod';
import { choiceWords, textsOf, type Words, type WordText } from './choice.ts';
import { dataSchema } from './data.ts';
import { gridSchema } from './grid.ts';
import { layerSchema } from './layers.ts';
import { lossSchema } from './loss.ts';
import { replaceSchema } from './replace.ts';
import { reportSchema } from './report.ts';
import type { Path } from './source.ts';
import { initializationSchema, trainSchema } from './train.ts';
import { alternatives, figure } from './wording.ts';

const networkSchema = z.array(layerSchema).min(1).meta({
  title: 'Network',
  expects: 'a list of layers',
  description:
    'The layers in the order they run. The last one gives one number a class, or the prediction.',
});

export const removeSchema = z
  .preprocess((raw) => (Array.isArray(raw) ? raw : [raw]), z.array(z.string().min(1)).min(1))
  .meta({
    title: 'Remove',
    expects: 'a kind or name of a layer, or a list of them',
    description:
      'Layers this variant does without, also inside containers: a kind (`batchnorm`), a layer (`dense2`), or a list of them. The others keep their names. A `residual` leaves its layers, without the sum; `concat` and `repeat` go with all they hold.',
  });

const variantSchema = z
  .strictObject({
    remove: removeSchema.optional(),
    replace: replaceSchema.optional(),
    grid: gridSchema.optional(),
    network: networkSchema.optional(),
    initialization: initializationSchema.optional(),
    loss: lossSchema.optional(),
    train: trainSchema.optional(),
  })
  .meta({
    title: 'Variant',
    description:
      'The same network but for what is given here. A number under `train` or `initialization` may be a multiple of the one above: `5x`.',
  });

export const fileSchema = z.strictObject({
  data: dataSchema,
  network: networkSchema,
  initialization: initializationSchema.optional(),
  loss: lossSchema.optional(),
  train: trainSchema.optional(),
  variants: z.record(z.string(), variantSchema).optional().meta({
    title: 'Variants',
    description:
      'Other versions of this network to compare it with, each under a name of its own. All start from the same weights where their layers coincide, and see the same examples in the same order.',
  }),
  report: reportSchema.optional(),
});

/** A schema without its wrappers, told apart by what it reads. */
export type Inspected =
  | { readonly type: 'map'; readonly fields: Readonly<Record<string, z.ZodType>> }
  | { readonly type: 'record'; readonly value: z.ZodType }
  | { readonly type: 'choice'; readonly words: Words }
  | { readonly type: 'list'; readonly item: z.ZodType }
  | {
      readonly type: 'words';
      readonly words: readonly string[];
      readonly texts: Readonly<Record<string, WordText>>;
    }
  | { readonly type: 'number' | 'boolean' | 'text' };

export function inspect(wrapped: z.ZodType): Inspected {
  const schema = unwrap(wrapped);
  const words = choiceWords.get(schema);
  if (words) return { type: 'choice', words };
  if (schema instanceof z.ZodObject) return { type: 'map', fields: schema.shape };
  if (schema instanceof z.ZodRecord) {
    return { type: 'record', value: schema.valueType as z.ZodType };
  }
  if (schema instanceof z.ZodArray) return { type: 'list', item: schema.element as z.ZodType };
  if (schema instanceof z.ZodPipe) {
    const { in: before, out } = schema;
    return inspect((out instanceof z.ZodTransform ? before : out) as z.ZodType);
  }
  if (schema instanceof z.ZodEnum) {
    return { type: 'words', words: schema.options as string[], texts: textsOf(schema) };
  }
  // Words or a number, one number or a pair of them: the first says most.
  if (schema instanceof z.ZodUnion) return inspect(schema.options[0] as z.ZodType);
  if (schema instanceof z.ZodNumber || schema instanceof z.ZodLiteral) return { type: 'number' };
  return { type: schema instanceof z.ZodBoolean ? 'boolean' : 'text' };
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodLazy
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema;
}

/**
 * The schema at a path of the file, or null where none is. In a choice the path goes on with the word and then
 * the option: `['train', 'optimizer', 'sgd', 'momentum']`.
 */
export function schemaAt(path: Path): z.ZodType | null {
  let schema: z.ZodType | null = fileSchema;
  /** What may stand in place of a word's map of options. */
  let shorthand: z.ZodType | null = null;
  for (const step of path) {
    const at: z.ZodType | null = typeof step === 'number' && shorthand ? shorthand : schema;
    shorthand = at && shorthandOf(at, step);
    schema = at && childOf(at, step);
  }
  return schema;
}

function shorthandOf(schema: z.ZodType, word: string | number): z.ZodType | null {
  const seen = inspect(schema);
  if (seen.type !== 'choice' || !Object.hasOwn(seen.words, word)) return null;
  const { options, shorthand } = seen.words[word];
  return shorthand === undefined ? null : (options.shape[shorthand] as z.ZodType);
}

function childOf(schema: z.ZodType, step: string | number): z.ZodType | null {
  const seen = inspect(schema);
  switch (seen.type) {
    case 'map':
      return Object.hasOwn(seen.fields, step) ? seen.fields[step] : null;
    case 'record':
      return seen.value;
    case 'list':
      return seen.item;
    case 'choice':
      return Object.hasOwn(seen.words, step) ? seen.words[step].options : null;
    default:
      return null;
  }
}

/** The same as JSON Schema, for bounds, defaults and texts. */
export function facts(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, { unrepresentable: 'any' });
}

/** What a schema takes: `a whole number from 1 to 65,536`, `true or false`. */
export function allowed(schema: z.ZodType): string {
  const { expects } = facts(schema);
  if (typeof expects === 'string') return expects;
  const seen = inspect(schema);
  switch (seen.type) {
    case 'map': {
      const fields = Object.keys(seen.fields);
      return fields.length > 0 ? `a map with ${alternatives(fields)}` : 'no options';
    }
    case 'record':
      return 'a map';
    case 'list':
      return 'a list with at least one entry';
    case 'choice':
      return alternatives(Object.keys(seen.words));
    case 'words':
      return alternatives(seen.words);
    case 'boolean':
      return 'true or false';
    case 'text':
      return 'a text';
    case 'number':
      return numbers(facts(schema));
  }
}

function numbers(bounds: z.core.JSONSchema.BaseSchema): string {
  const kind = bounds.type === 'integer' ? 'a whole number' : 'a number';
  const [low, above] = [Number(bounds.minimum), Number(bounds.exclusiveMinimum)];
  const [high, below] = [Number(bounds.maximum), Number(bounds.exclusiveMaximum)];
  const from = Number.isNaN(above) ? `from ${figure(low)}` : `above ${figure(above)}`;
  if (!Number.isNaN(below)) return `${kind} ${from} to below ${figure(below)}`;
  return `${kind} ${from} ${Number.isNaN(above) ? 'to' : 'and at most'} ${figure(high)}`;
}
