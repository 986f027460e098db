/** The quiet notes at the end of each layer's line, while a run is on and after it. */
import { everyEntry } from '../network/entries.ts';
import type { NetworkFile } from '../network/file.ts';
import type { LayerList } from '../network/layer-list.ts';
import type { LiveNotes } from '../protocol/runs.ts';
import { figure, spread } from './figures.ts';
import { hasFinding } from './findings-text.ts';
import type { LanguageHost, LayerStatistics } from './host.ts';
import { type OwnedLayer, usersOf } from './layer-text.ts';
import { sparkline } from './sparkline.ts';

const sparklineWidth = 8;

/**
 * End-of-line notes for the layers of a file: medians over units and how the variance has moved,
 * `mean 0.0200  var 0.980  ▂▃▅▆▇`, and a mark where something is wrong with the layer, of which its hover knows more. A
 * line speaks of the base, or of the first variant that has the layer, which is then named. Where several layers share a
 * line, there is none.
 */
export function liveNotes(file: NetworkFile, uri: string, host: LanguageHost): LiveNotes {
  const byLine = new Map<number, (string | null)[]>();
  const seen = new Set<LayerList>();
  for (const [owner, { layers }] of file.parts) {
    // The variants of a grid share a list of their own.
    if (!layers || seen.has(layers)) continue;
    seen.add(layers);
    for (const { names, path } of everyEntry(layers.entries)) {
      const { line } = file.source.range(path).start;
      const texts = byLine.get(line) ?? [];
      const text = noteText({ name: names[0], owner }, file, uri, host);
      // Of a repeat's copies the first speaks.
      byLine.set(line, [...texts, text && names.length > 1 ? `${text}  ${names[0]}` : text]);
    }
  }
  const notes = [...byLine].flatMap(([line, [text, ...others]]) =>
    text && others.length === 0 ? [{ line, text }] : [],
  );
  return { uri, notes };
}

function noteText(
  { name, owner }: OwnedLayer,
  file: NetworkFile,
  uri: string,
  host: LanguageHost,
): string | null {
  const users = usersOf(owner, file);
  const statistics = host.layerStatistics(uri, name);
  const variant = users.find((user) => statistics.some((one) => one.variant === user));
  const shown = statistics.find((one) => one.variant === variant);
  const text = shown && momentsText(shown);
  if (!text) return null;
  const mark = hasFinding(name, shown.variant, host.run(uri)) ? '  ⚠' : '';
  return `${text}${variant === owner ? '' : `  ${variant}`}${mark}`;
}

/** Batch normalization speaks of the batch it normalizes, other layers of what they put out. */
function momentsText(statistics: LayerStatistics): string | null {
  const { inputMean, inputVariance, outputMean, outputVariance, runningMean } = statistics;
  const mean = median(runningMean ? inputMean : outputMean);
  const variance = median(runningMean ? inputVariance : outputVariance);
  if (mean === null || variance === null) return null;
  const curve = sparkline(statistics.varianceTrend, sparklineWidth);
  return `mean ${mean}  var ${variance}${curve && `  ${curve}`}`;
}

function median(values: Float32Array | undefined): string | null {
  const found = values && spread(values);
  return found ? figure(found.median) : null;
}
