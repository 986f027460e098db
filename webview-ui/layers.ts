/** Layers of several variants side by side, by name. */
import type { LayerDescription } from '../sidecar/protocol/statistics.ts';

interface Layered {
  readonly name: string;
  readonly layers: readonly LayerDescription[];
}

/**
 * Names of all layers in the order of the first variant; a layer that only others have stands after the layer
 * that precedes it there.
 */
export function uniteLayers(variants: readonly Layered[]): string[] {
  const names: string[] = [];
  for (const { layers } of variants) {
    let place = -1;
    for (const { name } of layers) {
      const known = names.indexOf(name);
      if (known < 0) names.splice(place + 1, 0, name);
      place = known < 0 ? place + 1 : known;
    }
  }
  return names;
}

/** The description of a layer in each variant that has it. */
export function describe<V extends Layered>(
  variants: readonly V[],
  layer: string,
): { variant: V; description: LayerDescription }[] {
  return variants.flatMap((variant) => {
    const description = variant.layers.find(({ name }) => name === layer);
    return description ? [{ variant, description }] : [];
  });
}

/**
 * Where a variant lacks a layer, its tensor at that place is what flows into the layer in a variant that has it: the
 * nearest of the layers before it that both have. Null when there is none, so that the network's input flows there.
 */
export function flowsAt(layer: string, having: Layered, lacking: Layered): string | null {
  const own = new Set(lacking.layers.map(({ name }) => name));
  const before = new Map(having.layers.map(({ name, inputs }) => [name, inputs[0]]));
  let source = before.get(layer);
  while (source !== undefined && !own.has(source)) source = before.get(source);
  return source ?? null;
}
