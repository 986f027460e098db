/** `5x` in a variant: a multiple of the value that the base has at the same place. */
import type { z } from 'zod';
import { wordAndOptions } from './choice.ts';
import { inspect } from './schema.ts';
import type { Path } from './source.ts';
import { isMultiple } from './wording.ts';

/** A multiple that has nothing to multiply. */
export interface Orphan {
  readonly path: Path;
  readonly multiple: string;
}

export interface WithoutMultiples {
  readonly value: unknown;
  readonly orphans: readonly Orphan[];
}

/** `raw` as its schema wants it, multiples replaced by numbers. `base` is the same place as read, defaults included. */
export function withoutMultiples(schema: z.ZodType, raw: unknown, base: unknown): WithoutMultiples {
  const orphans: Orphan[] = [];
  return { value: replace(schema, raw, base, [], orphans), orphans };
}

function replace(
  schema: z.ZodType,
  raw: unknown,
  base: unknown,
  path: Path,
  orphans: Orphan[],
): unknown {
  const seen = inspect(schema);
  if (seen.type === 'number') {
    if (!isMultiple(raw)) return raw;
    // Rounded so that 3x of 0.1 is 0.3.
    if (typeof base === 'number') return Number((Number(raw.slice(0, -1)) * base).toPrecision(12));
    orphans.push({ path, multiple: raw });
    return raw;
  }
  if (seen.type === 'list' && Array.isArray(raw)) {
    // Every entry is a multiple of the same value.
    return raw.map((entry, index) => replace(seen.item, entry, base, [...path, index], orphans));
  }
  if (!isMap(raw)) return raw;
  if (seen.type === 'map') {
    const values = isMap(base) ? base : {};
    const entries = Object.entries(raw).map(([key, value]) => [
      key,
      Object.hasOwn(seen.fields, key)
        ? replace(seen.fields[key], value, values[key], [...path, key], orphans)
        : value,
    ]);
    return Object.fromEntries(entries);
  }
  if (seen.type !== 'choice') return raw;
  const [word, options] = wordAndOptions(raw);
  if (word === null || !Object.hasOwn(seen.words, word)) return raw;
  const same = isMap(base) && base.kind === word ? base : {};
  const definition = seen.words[word];
  const { shorthand } = definition;
  const replaced =
    shorthand !== undefined && !isMap(options)
      ? replace(
          definition.options.shape[shorthand],
          options,
          same[shorthand],
          [...path, word],
          orphans,
        )
      : replace(definition.options, options, same, [...path, word], orphans);
  return { [word]: replaced };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
