/** What hover and completion say about a field, a word or a kind of layer. All of it is taken from the schema. */
import type { z } from 'zod';
import { allowed, facts, type Inspected, inspect, schemaAt } from './schema.ts';
import type { Path } from './source.ts';

export interface Documentation {
  readonly title: string;
  /** A paragraph of Markdown. */
  readonly markdown: string;
  /** What is meant where the file says nothing, in words; null when it has to be said, or nothing is meant. */
  readonly default: string | null;
  /** What may be written: `a whole number from 1 to 65,536`; null for a word, which is its own value. */
  readonly allowed: string | null;
}

/**
 * For a field by its path, `['train', 'learningRate']`; for an option, `['network', 0, 'dropout', 'rate']`; for a
 * word, `['train', 'optimizer', 'adam']` or `['loss', 'mse']`. Null where the schema has nothing.
 */
export function documentationAt(path: Path): Documentation | null {
  const parent = schemaAt(path.slice(0, -1));
  const word = parent && wordDocumentation(inspect(parent), String(path.at(-1)));
  if (word) return word;
  const schema = schemaAt(path);
  return schema && fieldDocumentation(schema);
}

function wordDocumentation(parent: Inspected, word: string): Documentation | null {
  const definition =
    parent.type === 'choice' && Object.hasOwn(parent.words, word)
      ? parent.words[word]
      : parent.type === 'words' && Object.hasOwn(parent.texts, word)
        ? parent.texts[word]
        : null;
  if (!definition) return null;
  const { title, description } = definition;
  return { title, markdown: description, default: null, allowed: null };
}

function fieldDocumentation(schema: z.ZodType): Documentation {
  const { title, description, default: usual } = facts(schema);
  return {
    title: title ?? '',
    markdown: description ?? '',
    default: usual === undefined ? null : String(usual),
    allowed: allowed(schema),
  };
}
