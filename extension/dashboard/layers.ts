/** Which layer of a run stands on which line of its network file. */
import type { LayerDescription, RunSnapshot } from '../../sidecar/protocol/statistics.ts';

/** The layers of all variants, each name once, in the file's order. */
export function layersOf(snapshot: RunSnapshot): LayerDescription[] {
  const byName = new Map<string, LayerDescription>();
  for (const { layers } of snapshot.variants)
    for (const layer of layers) if (!byName.has(layer.name)) byName.set(layer.name, layer);
  return [...byName.values()].sort((a, b) => a.line - b.line);
}

/** The layer whose line, or whose deeper indented lines below it, hold the cursor; null when it is elsewhere. */
export function layerAt(
  layers: readonly LayerDescription[],
  lines: readonly string[],
  cursor: number,
): string | null {
  const layer = layers.findLast(({ line }) => line <= cursor);
  if (layer === undefined) return null;
  const own = indentation(lines[layer.line] ?? '');
  const between = lines.slice(layer.line + 1, cursor + 1);
  return between.every((text) => text.trim() !== '' && indentation(text) > own) ? layer.name : null;
}

function indentation(text: string): number {
  return text.length - text.trimStart().length;
}
