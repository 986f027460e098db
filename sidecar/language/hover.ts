/** Hover: what stands under the mouse, and for layers, variants and data what is known of them at this moment. */
import { type Hover, MarkupKind, type Position } from 'vscode-languageserver';
import { documentationAt } from '../network/documentation.ts';
import { locate, type Place } from '../network/locate.ts';
import type { DataSummary } from '../network/types.ts';
import { baseVariant, type VariantSummary } from '../protocol/runs.ts';
import type { Analysis } from './analysis.ts';
import { documentationText } from './documentation-text.ts';
import { count, figure, shapeText } from './figures.ts';
import type { LanguageHost } from './host.ts';
import { layerText } from './layer-text.ts';
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
      const layer = analysis.file.layers.find(({ name }) => name === place.layer);
      return layer
        ? layerAtPlace(place, baseVariant, layer.kind, analysis, uri, host)
        : fieldText(place, analysis);
    }
    case 'variant':
      return variantText(place, host.run(uri)?.variants ?? []);
    case 'word':
    case 'field':
      return fieldText(place, analysis);
    default:
      return place.kind satisfies never;
  }
}

function layerAtPlace(
  { layer }: Place,
  owner: string,
  kind: string,
  analysis: Analysis,
  uri: string,
  host: LanguageHost,
): string {
  const documentation = documentationAt(['network', 0, kind]);
  return documentation && layer
    ? layerText({ name: layer, owner }, documentation, analysis, uri, host)
    : '';
}

function variantText({ text, documentation }: Place, run: readonly VariantSummary[]): string {
  const summary = run.find(({ variant }) => variant === text);
  const progress = summary ? `\n\n${progressText(summary)}` : '';
  return `**Variant** ${code(text)}${progress}\n\n${documentation?.markdown ?? ''}`.trimEnd();
}

/** `training · step 1,240 of 2,000 · test accuracy 91.8 %`. */
function progressText({ state, step, steps, testAccuracy, error }: VariantSummary): string {
  const parts = [state, `step ${count(step)} of ${count(steps)}`];
  if (testAccuracy !== null) parts.push(`test accuracy ${figure(100 * testAccuracy)} %`);
  if (error) parts.push(escapeText(error));
  return parts.join(' · ');
}

function fieldText({ documentation, range, kind }: Place, { file, data }: Analysis): string {
  if (!documentation) return '';
  const text = documentationText(documentation);
  const namesData = kind === 'word' && file.dataRange?.start.line === range.start.line;
  return namesData && data.summary ? `${text}\n\n${dataText(data.summary)}` : text;
}

/** `60,000 training and 10,000 test examples · input 1 × 28 × 28 · 10 classes`. */
function dataText({ trainExamples, testExamples, input, classes }: DataSummary): string {
  const examples = `${count(trainExamples)} training and ${count(testExamples)} test examples`;
  const target = classes ? `${count(classes.length)} classes` : 'a number to predict';
  return `${examples} · input ${shapeText(input)} · ${target}`;
}
