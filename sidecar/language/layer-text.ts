/** What hover says about one layer: shapes, parameters, what training has made of it, and what its kind does. */
import type { Documentation } from '../network/documentation.ts';
import type { NetworkFile } from '../network/file.ts';
import type { ResolvedVariant } from '../network/resolve.ts';
import { baseVariant } from '../protocol/runs.ts';
import type { Analysis } from './analysis.ts';
import { documentationText } from './documentation-text.ts';
import { count, shapeText } from './figures.ts';
import type { LanguageHost } from './host.ts';
import { code, escapeText } from './markdown.ts';
import { statisticsText } from './statistics-text.ts';

/** A layer of the list of one variant, its owner; the base's list serves all variants that have none of their own. */
export interface OwnedLayer {
  readonly name: string;
  readonly owner: string;
}

export function layerText(
  { name, owner }: OwnedLayer,
  documentation: Documentation,
  analysis: Analysis,
  uri: string,
  host: LanguageHost,
): string {
  const users = usersOf(owner, analysis.file);
  const statistics = host
    .layerStatistics(uri, name)
    .filter(({ variant }) => users.includes(variant));
  const sections = [
    `**${documentation.title}** ${code(name)}`,
    factsText(name, users, analysis),
    statisticsText(statistics, host.run(uri)),
    documentationText({ ...documentation, title: '' }),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** Variants that are made of the owner's list of layers. */
export function usersOf(owner: string, { parts }: NetworkFile): readonly string[] {
  if (owner !== baseVariant) return [owner];
  return [...parts].flatMap(([variant, { layers }]) =>
    variant === baseVariant || layers === undefined ? [variant] : [],
  );
}

/** Shapes and parameters, apart where variants differ, and which of them do without the layer. */
function factsText(name: string, users: readonly string[], analysis: Analysis): string {
  const byText = new Map<string, string[]>();
  for (const variant of users) {
    const text = shapesAndParameters(name, analysis.variants().get(variant)!);
    byText.set(text, [...(byText.get(text) ?? []), escapeText(variant)]);
  }
  const lines = [...byText].flatMap(([text, variants]) => {
    if (text === '') return [];
    return byText.size === 1 ? [text] : [`${variants.join(', ')}: ${text}`];
  });
  // Two blanks at a line's end keep the next one in the same paragraph.
  return lines.join('  \n');
}

/** `input 784 → output 100 · 78,400 parameters`, as far as it is known. */
function shapesAndParameters(name: string, resolved: ResolvedVariant): string {
  const { network, parameters, lines } = resolved;
  if (!lines.has(name)) return lines.size > 0 ? 'without this layer' : '';
  const layer = network?.layers.find((candidate) => candidate.name === name);
  const learned = parameters.get(name);
  const shapes = layer
    ? [`input ${shapeText(layer.input)} → output ${shapeText(layer.output)}`]
    : [];
  const amount =
    learned === undefined
      ? []
      : [`${count(learned)} ${learned === 1 ? 'parameter' : 'parameters'}`];
  return [...shapes, ...amount].join(' · ');
}
