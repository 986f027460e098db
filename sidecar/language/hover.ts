/** Hover: what stands under the mouse, and for layers, variants and data what is known of them at this moment. */
import { type Hover, MarkupKind, type Position } from 'vscode-languageserver';
import { documentationAt } from '../network/documentation.ts';
import { locate, type Place } from '../network/locate.ts';
import { memoryKey } from '../network/memory.ts';
import type { DataSummary, Network, VariantGrid } from '../network/types.ts';
import { baseVariant, type VariantSummary } from '../protocol/runs.ts';
import type { Analysis } from './analysis.ts';
import { documentationText } from './documentation-text.ts';
import { bytesText, count, figure, shapeText } from './figures.ts';
import { findingsText } from './findings-text.ts';
import type { LanguageHost } from './host.ts';
import { byVariant, layerText, parametersText } from './layer-text.ts';
import { code, escapeText } from './markdown.ts';

export function hover(
  analysis: Analysis,
  position: Position,
  uri: string,
  host: LanguageHost,
): Hover | null {
  const place = locate(analysis.file, position);
  const value = place && placeText(place, analysis, uri, host);
  return value ? { contents: { kind: MarkupKind.Markdown, value }, range: place.range } : null;
}

function placeText(place: Place, analysis: Analysis, uri: string, host: LanguageHost): string {
  switch (place.kind) {
    case 'layer':
      return layerAtPlace(place, place.variant ?? baseVariant, place.text, analysis, uri, host);
    case 'reference': {
      const layer = analysis.file.layers.find(({ names }) => names.includes(place.layer ?? ''));
      return layer
        ? layerAtPlace(place, baseVariant, layer.kind, analysis, uri, host)
        : fieldText(place, analysis, uri, host);
    }
    case 'variant':
      return variantText(place, analysis, host.run(uri)?.variants ?? []);
    case 'word':
    case 'field':
      return fieldText(place, analysis, uri, host);
    default:
      return place.kind satisfies never;
  }
}

function layerAtPlace(
  { copies }: Place,
  owner: string,
  kind: string,
  analysis: Analysis,
  uri: string,
  host: LanguageHost,
): string {
  const documentation = documentationAt(['network', 0, kind]);
  return documentation && copies.length > 0
    ? layerText({ names: copies, owner }, documentation, analysis, uri, host)
    : '';
}

function variantText(place: Place, { file }: Analysis, run: readonly VariantSummary[]): string {
  const { text, documentation } = place;
  const grid = file.grids.find(({ name }) => name === text);
  if (grid) return gridText(grid, run);
  const summary = run.find(({ variant }) => variant === text);
  const progress = summary ? `\n\n${progressText(summary)}` : '';
  return `**Variant** ${code(text)}${progress}\n\n${documentation?.markdown ?? ''}`.trimEnd();
}

/** `6 variants: learningRate 0.1, 0.5, 2 · seed 1, 2`, how far they are, and the best so far. */
function gridText({ name, axes, cells }: VariantGrid, run: readonly VariantSummary[]): string {
  const { markdown } = documentationAt(['variants', name, 'grid'])!;
  const lists = axes.map(({ key, values }) => `${key} ${values.map(code).join(', ')}`);
  const own = run.filter(({ variant }) => cells.some((cell) => cell.variant === variant));
  const ended = own.filter(({ state }) => !['queued', 'training', 'paused'].includes(state)).length;
  const [best] = own
    .filter(({ testAccuracy }) => testAccuracy !== null)
    .toSorted((a, b) => b.testAccuracy! - a.testAccuracy!);
  const progress = [
    ...(own.length > 0 ? [`${count(ended)} of ${count(own.length)} ended`] : []),
    ...(best ? [`best ${code(best.variant)}: ${figure(100 * best.testAccuracy!)} %`] : []),
  ];
  return [
    `**Grid** ${code(name)}`,
    `${count(cells.length)} variants: ${lists.join(' · ')}`,
    progress.join(' · '),
    markdown,
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

/** `training · step 1,240 of 2,000 · test accuracy 91.8 %`. */
function progressText({ state, step, steps, testAccuracy, error }: VariantSummary): string {
  const parts = [state, `step ${count(step)} of ${count(steps)}`];
  if (testAccuracy !== null) parts.push(`test accuracy ${figure(100 * testAccuracy)} %`);
  if (error) parts.push(escapeText(error));
  return parts.join(' · ');
}

function fieldText(place: Place, analysis: Analysis, uri: string, host: LanguageHost): string {
  const { documentation, range, kind } = place;
  const { file, data } = analysis;
  if (!documentation) return '';
  const size = sizeAtPlace(place, analysis, host);
  const found = findingsAtPlace(place, analysis, uri, host);
  const text = [documentationText(documentation), found, size]
    .filter((part) => part !== '')
    .join('\n\n');
  const namesData = kind === 'word' && file.dataRange?.start.line === range.start.line;
  return namesData && data.summary ? `${text}\n\n${dataText(data.summary)}` : text;
}

/** What is wrong with the network as a whole, at the key `network`, of the file or of a variant. */
function findingsAtPlace(place: Place, analysis: Analysis, uri: string, host: LanguageHost) {
  return findingsText([null], variantsAtPlace(place, ['network'], analysis), host.run(uri));
}

/** Variants that one of these keys, of the file or of a variant, is about; none anywhere else. */
function variantsAtPlace(
  { path, variants: own }: Pick<Place, 'path' | 'variants'>,
  keys: readonly string[],
  { file }: Analysis,
): readonly string[] {
  if (!keys.includes(String(path.at(-1)))) return [];
  if (path.length !== (own.length === 0 ? 1 : 3)) return [];
  return own.length === 0 ? [...file.parts.keys()] : own;
}

/** What training takes, at the keys that decide it: `network` and `train`, of the file or of a variant. */
function sizeAtPlace(
  { path, variants: own }: Place,
  analysis: Analysis,
  host: LanguageHost,
): string {
  const variants = variantsAtPlace({ path, variants: own }, ['network', 'train'], analysis);
  const known = new Map<string, string>();
  return byVariant(variants, (name) => {
    const network = analysis.variants().get(name)?.network;
    if (!network) return '';
    // Hundreds of variants differ in little that takes memory.
    const key = memoryKey(network);
    const text =
      known.get(key) ?? sizeText(network, analysis.variants().get(name)!.parameters, host);
    known.set(key, text);
    return text;
  });
}

/** `98,904 parameters · 12.4 MiB of memory in batches of 60`. */
function sizeText(
  network: Network,
  parameters: ReadonlyMap<string, number>,
  host: LanguageHost,
): string {
  const learned = [...parameters.values()].reduce((sum, each) => sum + each, 0);
  const bytes = host.memory?.(network);
  const batch = `in batches of ${count(network.train.batchSize)}`;
  const memory = bytes === undefined ? [] : [`${bytesText(bytes)} of memory ${batch}`];
  return [parametersText(learned), ...memory].join(' · ');
}

/** `60,000 training and 10,000 test examples · input 1 × 28 × 28 · 10 classes`. */
function dataText({ trainExamples, testExamples, input, classes }: DataSummary): string {
  const examples = `${count(trainExamples)} training and ${count(testExamples)} test examples`;
  const target = classes ? `${count(classes.length)} classes` : 'a number to predict';
  return `${examples} · input ${shapeText(input)} · ${target}`;
}
