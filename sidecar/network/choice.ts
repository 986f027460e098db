/**
 * "One of these words, with options": `sgd`, `{ sgd: { momentum: 0.9 } }` or, where a word has one leading option,
 * `{ gaussian: 0.1 }`. Layers, data, optimizers, schedules and initializations are all written so.
 */
import { z } from 'zod';
import { nearest } from '../nearest.ts';
import { alternatives, found, remedy } from './wording.ts';

/** A word with the schema of its options and what hover says about it. */
export interface WordDefinition<S extends z.ZodObject = z.ZodObject> {
  readonly title: string;
  readonly description: string;
  readonly options: S;
  /** Option that may stand in place of the map: `dense: 100` is `dense: { units: 100 }`. */
  readonly shorthand?: keyof z.output<S> & string;
}

export type Words = Readonly<Record<string, WordDefinition>>;

/** What a choice reads as: the word as `kind`, beside its options. */
export type Chosen<W extends Words> = {
  [K in keyof W]: { kind: K } & z.output<W[K]['options']>;
}[keyof W];

/** What a custom issue tells besides its message. `keyed`: it is about the key at its path, not the value. */
export interface IssueParams {
  readonly code: string;
  readonly keyed?: boolean;
  /** The word that was probably meant. */
  readonly meant?: string | null;
}

/** The words of every schema made by `choice`, for documentation and messages. */
export const choiceWords = new WeakMap<z.ZodType, Words>();

/** What hover says about a word that has no options. */
export interface WordText {
  readonly title: string;
  readonly description: string;
}

/** The texts of every schema made by `enumeration`, by its entries, which copies of a schema share. */
const wordTexts = new WeakMap<object, Readonly<Record<string, WordText>>>();

/** Schema of one of several words without options: `moving`. */
export function enumeration<K extends string>(texts: Readonly<Record<K, WordText>>) {
  const schema = z.enum(Object.keys(texts) as [K, ...K[]]);
  wordTexts.set(schema.def.entries, texts);
  return schema;
}

export function textsOf(schema: z.ZodEnum): Readonly<Record<string, WordText>> {
  return wordTexts.get(schema.def.entries) ?? {};
}

/**
 * Schema of a choice. `what` names it in messages: "unknown optimizer". Issues of options have the path
 * `[word, option]`, also where the shorthand was written.
 */
export function choice<W extends Words>(
  what: string,
  words: W,
  meta: { title: string; description: string; default?: string },
) {
  const schema: z.ZodType = z
    .unknown()
    .transform((raw, context): Chosen<W> => {
      const [word, options] = wordAndOptions(raw);
      const complaint =
        word === null
          ? notAChoice(words, raw)
          : Object.hasOwn(words, word)
            ? null
            : unknownWord(what, words, word, raw === word);
      if (word === null || complaint) {
        context.issues.push({ code: 'custom', input: raw, ...complaint } as never);
        return z.NEVER;
      }
      const result = words[word].options.safeParse(expand(words[word], options), {
        reportInput: true,
      });
      if (result.success) return { kind: word, ...result.data } as Chosen<W>;
      for (const issue of result.error.issues) {
        context.issues.push({
          ...issue,
          input: issue.input,
          path: [word, ...issue.path],
        } as never);
      }
      return z.NEVER;
    })
    .meta(meta);
  choiceWords.set(schema, words);
  return schema as z.ZodType<Chosen<W>>;
}

/** The word of a bare word or one-key map, and what stands behind it. */
export function wordAndOptions(raw: unknown): [word: string | null, options: unknown] {
  if (typeof raw === 'string') return [raw, undefined];
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return [null, undefined];
  const keys = Object.keys(raw);
  return keys.length === 1
    ? [keys[0], (raw as Record<string, unknown>)[keys[0]]]
    : [null, undefined];
}

/** Options as a map, whichever of the three ways they were written. */
export function expand(definition: WordDefinition, options: unknown): unknown {
  if (options === undefined || options === null) return {};
  if (
    definition.shorthand !== undefined &&
    (typeof options !== 'object' || Array.isArray(options))
  ) {
    return { [definition.shorthand]: options };
  }
  return options;
}

interface Complaint {
  readonly path: readonly string[];
  readonly message: string;
  readonly params: IssueParams;
}

function notAChoice(words: Words, raw: unknown): Complaint {
  const keys =
    typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.keys(raw) : [];
  const word = keys.find((key) => Object.hasOwn(words, key));
  const other = keys.find((key) => key !== word);
  if (word !== undefined && other !== undefined) {
    return {
      path: [other],
      params: { code: 'unknown-field', keyed: true },
      message: `${other} stands beside ${word}; options go inside: ${word}: { ${other}: … }`,
    };
  }
  return {
    path: [],
    params: { code: 'wrong-type' },
    message: `expected ${alternatives(Object.keys(words))}, found ${found(raw)}`,
  };
}

function unknownWord(what: string, words: Words, word: string, bare: boolean): Complaint {
  return {
    path: bare ? [] : [word],
    params: {
      code: `unknown-${what.replaceAll(' ', '-')}`,
      keyed: !bare,
      meant: nearest(word, Object.keys(words)),
    },
    message: `unknown ${what} ${found(word)}; ${remedy(word, Object.keys(words))}`,
  };
}
