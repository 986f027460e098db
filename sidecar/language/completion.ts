/** What could be written where the cursor stands: words, fields and values, all taken from the schema. */
import {
  type CompletionItem,
  CompletionItemKind,
  InsertTextFormat,
  MarkupKind,
  type Position,
} from 'vscode-languageserver';
import type { z } from 'zod';
import { activationKinds } from '../network/activations.ts';
import type { WordDefinition, Words } from '../network/choice.ts';
import { documentationAt } from '../network/documentation.ts';
import { baseVariant, type NetworkFile } from '../network/file.ts';
import { removable as removableWords } from '../network/graph.ts';
import { replaceable } from '../network/replace.ts';
import { type Inspected, inspect, schemaAt } from '../network/schema.ts';
import type { Path } from '../network/source.ts';
import { type Cursor, cursorAt } from './cursor.ts';
import { allowance } from './documentation-text.ts';

/** A proposal before it has a place in the text. */
interface Proposal {
  readonly label: string;
  readonly kind: CompletionItemKind;
  readonly detail?: string;
  readonly documentation?: string;
  /** Snippet. */
  readonly insert: string;
  /** Whether more can be proposed right behind it. */
  readonly goesOn?: boolean;
}

/** `trigger` is the character that made the editor ask, where it was not the person. */
export function completions(
  text: string,
  position: Position,
  file: NetworkFile,
  trigger?: string,
): CompletionItem[] {
  const cursor = cursorAt(text, position.line, position.character);
  if (!cursor) return [];
  const line = text.split(/\r?\n/)[position.line] ?? '';
  // Whoever indents a line has not asked for anything yet.
  if (trigger === ' ' && line.slice(0, position.character).trim() === '') return [];
  // Of the line's indentation, what stands before the cursor: the rest moves behind the proposal.
  const indent = Math.min(line.length - line.trimStart().length, cursor.start);
  const place = { ...cursor, depth: cursor.start - indent };
  return propose(place, namesIn(file)).map((proposal, index) =>
    item(proposal, index, cursor, position, line.slice(position.character)),
  );
}

/** Where a proposal goes; `depth` is its column behind the line's indentation, which the editor gives every line. */
interface Target extends Cursor {
  readonly depth: number;
}

/** What parts of the file may refer to. */
interface Names {
  /** Kinds and names of layers that a variant may remove, and that it may replace. */
  readonly removable: readonly string[];
  readonly replaceable: readonly string[];
  readonly activations: readonly string[];
  readonly variants: readonly string[];
  readonly grids: readonly string[];
}

function namesIn({ parts, grids, layers }: NetworkFile): Names {
  const nodes = parts.get(baseVariant)?.layers?.nodes ?? [];
  return {
    removable: removableWords(nodes).filter((word) => word !== ''),
    replaceable: replaceable(nodes),
    activations: layers.flatMap(({ names, kind }) => (activationKinds.includes(kind) ? names : [])),
    variants: [...parts.keys()],
    grids: grids.map(({ name }) => name),
  };
}

function propose(cursor: Target, names: Names): readonly Proposal[] {
  const path = cursor.path.map((step) => step ?? 0);
  const references = referencesAt(path, cursor.position, names);
  if (references)
    return references.mayList
      ? removals(cursor, references.words)
      : inPlace(cursor, references.words);
  return cursor.position === 'value' ? values(path, cursor) : keys(path, cursor);
}

/** Names of which one, or where they may be listed several, can stand at a path. */
function referencesAt(
  path: Path,
  position: Cursor['position'],
  { removable, replaceable, activations, variants, grids }: Names,
): { readonly words: readonly string[]; readonly mayList: boolean } | null {
  const [top, field, part] = path;
  if (top === 'variants' && part === 'remove') return { words: removable, mayList: true };
  if (top === 'variants' && part === 'replace' && path.length === 3) {
    return { words: replaceable, mayList: false };
  }
  if (top !== 'report') return null;
  if (field === 'ensemble') return { words: [...grids, ...variants], mayList: true };
  if (field === 'baseline') return { words: variants, mayList: false };
  if (field === 'published' && path.length === 2) return { words: variants, mayList: false };
  const isLayer = path.length === 2 ? position === 'value' : part === 'layer';
  return field === 'percentiles' && isLayer ? { words: activations, mayList: false } : null;
}

/** Names as values, or as keys that do not stand there yet. */
function inPlace(cursor: Target, words: readonly string[]): readonly Proposal[] {
  if (cursor.position === 'value') return words.map(plain);
  return words
    .filter((word) => !cursor.siblings.includes(word))
    .map((word) => ({ ...plain(word), insert: `${escapeSnippet(word)}: $0`, goesOn: true }));
}

function keys(path: Path, cursor: Target): readonly Proposal[] {
  const seen = inspectAt(path);
  switch (seen?.type) {
    case 'map':
      return Object.entries(seen.fields)
        .filter(([name]) => !cursor.siblings.includes(name))
        .map(([name, schema]) => fieldProposal([...path, name], name, schema, cursor.inFlow));
    case 'choice':
      // A choice is one word: where one stands already, nothing may stand beside it.
      return cursor.siblings.length > 0
        ? []
        : words(path, seen.words, cursor, (snippet) => snippet);
    case 'list':
      return cursor.inFlow
        ? []
        : keys([...path, 0], { ...cursor, depth: cursor.depth + 2 }).map(asEntry);
    default:
      return [];
  }
}

function values(path: Path, cursor: Target): readonly Proposal[] {
  const seen = inspectAt(path);
  switch (seen?.type) {
    case 'choice':
      return words(path, seen.words, { ...cursor, inFlow: true }, (snippet, word) =>
        snippet === word ? word : `{ ${snippet} }`,
      );
    case 'words':
      return seen.words.map((word) => ({ ...plain(word), ...texts([...path, word]) }));
    case 'boolean':
      return ['true', 'false'].map(plain);
    default:
      return [];
  }
}

function inspectAt(path: Path): Inspected | null {
  const schema = schemaAt(path);
  return schema && inspect(schema);
}

/** An entry of a block-style list, whose dash has yet to be written. */
function asEntry(proposal: Proposal): Proposal {
  return { ...proposal, label: `- ${proposal.label}`, insert: `- ${proposal.insert}` };
}

function removals(cursor: Cursor, names: readonly string[]): readonly Proposal[] {
  const opensList = cursor.position === 'key' && cursor.path.at(-1) !== null;
  return opensList ? names.map(plain).map(asEntry) : names.map(plain);
}

function plain(word: string): Proposal {
  return { label: word, kind: CompletionItemKind.EnumMember, insert: escapeSnippet(word) };
}

function words(
  path: Path,
  definitions: Words,
  target: Target,
  place: (snippet: string, word: string) => string,
): readonly Proposal[] {
  return Object.entries(definitions).map(([word, definition]) => ({
    label: word,
    kind: CompletionItemKind.Keyword,
    insert: place(wordSnippet(word, definition, target), word),
    ...texts([...path, word]),
  }));
}

function texts(path: Path): { detail?: string; documentation?: string } {
  const documentation = documentationAt(path);
  if (!documentation) return {};
  return {
    detail: allowance(documentation) || documentation.title,
    documentation: documentation.markdown,
  };
}

/** The word with a place for each option it cannot do without: `dense: ${1:units}`. */
function wordSnippet(
  word: string,
  { options, shorthand }: WordDefinition,
  { inFlow, depth }: Target,
): string {
  const required = Object.keys(options.shape).filter(
    (name) => !(options.shape[name] as z.ZodType).safeParse(undefined).success,
  );
  if (required.length === 0) return word;
  const lists = required.filter(
    (name) => inspect(options.shape[name] as z.ZodType).type === 'list',
  );
  if (lists.length > 0 && !inFlow) {
    return listSnippet(word, options.shape, required, lists[0] === shorthand, depth);
  }
  const values = required.map((name, index) =>
    lists.includes(name) ? flowList(options.shape[name] as z.ZodType) : `\${${index + 1}:${name}}`,
  );
  if (required.length === 1 && required[0] === shorthand) return `${word}: ${values[0]}`;
  const fields = required.map((name, index) => `${name}: ${values[index]}`);
  return `${word}: { ${fields.join(', ')} }`;
}

/** A container over several lines: `- concat:` and below it the dashes of its first entry. */
function listSnippet(
  word: string,
  shape: Readonly<Record<string, unknown>>,
  required: readonly string[],
  isShort: boolean,
  depth: number,
): string {
  const indent = ' '.repeat(depth + 2);
  const dashes = (name: string) => (isNested(shape[name] as z.ZodType) ? '- - $0' : '- $0');
  if (isShort) return `${word}:\n${indent}${dashes(required[0])}`;
  const fields = required.map((name, index) =>
    inspect(shape[name] as z.ZodType).type === 'list'
      ? `${indent}${name}:\n${indent}  ${dashes(name)}`
      : `${indent}${name}: \${${index + 1}:${name}}`,
  );
  return [`${word}:`, ...fields].join('\n');
}

function flowList(schema: z.ZodType): string {
  return isNested(schema) ? '[[$0]]' : '[$0]';
}

/** Whether a list's entries are lists. */
function isNested(schema: z.ZodType): boolean {
  const seen = inspect(schema);
  return seen.type === 'list' && inspect(seen.item).type === 'list';
}

function fieldProposal(path: Path, name: string, schema: z.ZodType, inFlow: boolean): Proposal {
  const { type } = inspect(schema);
  const goesOn = type === 'choice' || type === 'words' || type === 'boolean' || referring.has(name);
  return {
    label: name,
    kind: CompletionItemKind.Property,
    insert: name + opening(name, schema, inFlow),
    goesOn,
    ...texts(path),
  };
}

/** Fields that name a layer or a variant, mostly one alone. */
const referring: ReadonlySet<string> = new Set(['remove', 'baseline', 'percentiles', 'ensemble']);

/** What follows a field's name, with the cursor where its value goes. */
function opening(name: string, schema: z.ZodType, inFlow: boolean): string {
  const seen = inspect(schema);
  if (referring.has(name)) return ': $0';
  if (seen.type === 'map' || seen.type === 'record') return inFlow ? ': { $0 }' : ':\n  $0';
  if (seen.type !== 'list') return ': $0';
  if (isNested(schema)) return inFlow ? ': [[$0]]' : ':\n  - - $0';
  const ofLayers = inspect(seen.item).type === 'choice';
  return ofLayers && !inFlow ? ':\n  - $0' : ': [$0]';
}

function item(
  proposal: Proposal,
  index: number,
  cursor: Cursor,
  position: Position,
  behind: string,
): CompletionItem {
  const { label, kind, detail, documentation, goesOn } = proposal;
  const start = { line: position.line, character: cursor.start };
  // The whole word, wherever in it the cursor stands.
  const rest = /^[\w-]*/.exec(behind)![0].length;
  const end = { line: position.line, character: position.character + rest };
  // The key of a pair that is already whole is replaced without what it opens.
  const renames = cursor.position === 'key' && /^[\w-]*\s*:/.test(behind);
  return {
    label,
    kind,
    detail,
    documentation: documentation ? { kind: MarkupKind.Markdown, value: documentation } : undefined,
    filterText: label.replace(/^- /, ''),
    // As the schema has them, which puts what is needed most first.
    sortText: String(index).padStart(3, '0'),
    insertTextFormat: InsertTextFormat.Snippet,
    textEdit: {
      range: { start, end },
      newText: renames ? escapeSnippet(label) : proposal.insert,
    },
    command: goesOn && !renames ? suggestAgain : undefined,
  };
}

const suggestAgain = { title: 'Suggest', command: 'editor.action.triggerSuggest' };

function escapeSnippet(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}
