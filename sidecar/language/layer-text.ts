/** What hover says about one layer: shapes, parameters, what training has made of it, and what its kind does. */
import type { Documentation } from '../network/documentation.ts';
import { everyEntry, type LayerEntry } from '../network/entries.ts';
import type { NetworkFile } from '../network/file.ts';
import type { ResolvedVariant } from '../network/resolve.ts';
import { baseVariant } from '../protocol/runs.ts';
import type { Analysis } from './analysis.ts';
import { documentationText } from './documentation-text.ts';
import { count, shapeText } from './figures.ts';
import { findingsText } from './findings-text.ts';
import type { LanguageHost } from './host.ts';
import { code, escapeText } from './markdown.ts';
import { statisticsText } from './statistics-text.ts';

/** A layer of the list of one variant, its owner; the base's list serves all variants that have none of their own. */
export interface OwnedLayer {
  readonly name: string;
  readonly owner: string;
}

/** Copies of a `repeat` whose statistics a hover has room for; of more it shows the first and the last. */
const mostShown = 3;

export function layerText(
  { names, owner }: { readonly names: readonly string[]; readonly owner: string },
  documentation: Documentation,
  analysis: Analysis,
  uri: string,
  host: LanguageHost,
): string {
  const users = usersOf(owner, analysis.file);
  const run = host.run(uri);
  const shown = names.length > mostShown ? [names[0], names[names.length - 1]] : names;
  const statistics = shown.flatMap((name) => {
    const found = host.layerStatistics(uri, name).filter(({ variant }) => users.includes(variant));
    const text = statisticsText(found, run);
    return names.length > 1 && text !== '' ? [code(name), text] : [text];
  });
  const sections = [
    `**${documentation.title}** ${namesText(names)}`,
    factsText(names, owner, users, analysis),
    findingsText(names, users, run),
    ...statistics,
    documentationText({ ...documentation, title: '' }),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** `conv2d1`; of a repeat's copies the first and the last. */
function namesText(names: readonly string[]): string {
  if (names.length === 1) return code(names[0]);
  return `${code(names[0])} to ${code(names[names.length - 1])} · ${count(names.length)} copies`;
}

/** Variants that are made of the owner's list of layers. */
export function usersOf(owner: string, { parts }: NetworkFile): readonly string[] {
  const base = parts.get(baseVariant)?.layers;
  const list = parts.get(owner)?.layers;
  return [...parts].flatMap(([variant, { layers = base }]) => (layers === list ? [variant] : []));
}

/** Shapes and parameters, apart where variants differ, and which of them do without the layer. */
function factsText(
  names: readonly string[],
  owner: string,
  users: readonly string[],
  analysis: Analysis,
): string {
  const entries = everyEntry(analysis.file.parts.get(owner)?.layers?.entries ?? []);
  const entry = entries.find((candidate) => candidate.names[0] === names[0]);
  return byVariant(users, (variant) => {
    const resolved = analysis.variants().get(variant)!;
    if (entry?.content) return containerFacts(names, entry, resolved);
    return byCopy(names, (name) => shapesAndParameters(name, resolved));
  });
}

/** A text for each variant, those that say the same together; lines of one paragraph. */
export function byVariant(users: readonly string[], textOf: (variant: string) => string): string {
  const byText = new Map<string, string[]>();
  for (const variant of users) {
    const text = textOf(variant);
    byText.set(text, [...(byText.get(text) ?? []), variant]);
  }
  const lines = [...byText].flatMap(([text, variants]) => {
    if (text === '') return [];
    return byText.size === 1 ? [text] : [`${namesOf(variants)}: ${text}`];
  });
  // Two blanks at a line's end keep the next one in the same paragraph.
  return lines.join('  \n');
}

/** Variants that a line has room for; of more it names the first few. */
const mostNamed = 6;

function namesOf(variants: readonly string[]): string {
  if (variants.length <= mostNamed) return variants.map(escapeText).join(', ');
  const named = variants.slice(0, mostNamed - 1).map(escapeText);
  return `${named.join(', ')} and ${count(variants.length - named.length)} more`;
}

/** A text for all copies of a repeat, or for each kind of copy where they differ. */
function byCopy(names: readonly string[], textOf: (name: string) => string): string {
  const copies = new Map<string, string[]>();
  for (const name of names) {
    const text = textOf(name);
    copies.set(text, [...(copies.get(text) ?? []), name]);
  }
  if (copies.size === 1) return [...copies.keys()][0];
  const parts = [...copies].map(([text, same]) => {
    const more = same.length > 1 ? ` and ${count(same.length - 1)} more` : '';
    return `${code(same[0])}${more} ${text}`;
  });
  return parts.join('; ');
}

/** `input 784 → output 100 · 78,400 parameters`, as far as it is known. */
function shapesAndParameters(name: string, resolved: ResolvedVariant): string {
  const { shapes, parameters, lines } = resolved;
  if (!lines.has(name)) return lines.size > 0 ? 'without this layer' : '';
  const known = shapes.get(name);
  const learned = parameters.get(name);
  const both = known ? [`input ${shapeText(known.input)} → output ${shapeText(known.output)}`] : [];
  return [...both, ...(learned === undefined ? [] : [parametersText(learned)])].join(' · ');
}

/** `6 layers · output 32 × 14 × 14 · 1,208 parameters`: of all that is inside, and all copies. */
function containerFacts(
  names: readonly string[],
  { content }: LayerEntry,
  { shapes, parameters, lines }: ResolvedVariant,
): string {
  const inside = everyEntry(content!.branches.flat()).flatMap((entry) => entry.names);
  const present = inside.filter((name) => lines.has(name));
  if (present.length === 0) return lines.size > 0 ? 'without these layers' : '';
  const layers = `${count(present.length)} ${present.length === 1 ? 'layer' : 'layers'}`;
  const output = shapes.get(names[0])?.output;
  const learned = present.reduce((sum, name) => sum + (parameters.get(name) ?? Number.NaN), 0);
  return [
    layers,
    ...(output ? [`output ${shapeText(output)}`] : []),
    ...(Number.isNaN(learned) ? [] : [parametersText(learned)]),
  ].join(' · ');
}

export function parametersText(amount: number): string {
  return `${count(amount)} ${amount === 1 ? 'parameter' : 'parameters'}`;
}
