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
 * Where a variant lacks a layer, its tensor at that place is the output of the nearest earlier layer that it has.
 * Null when there is none, so that the network's input flows there.
 */
export function flowsAt(layer: string, order: readonly string[], variant: Layered): string | null {
  const own = new Set(variant.layers.map(({ name }) => name));
  return order.slice(0, order.indexOf(layer)).findLast((name) => own.has(name)) ?? null;
}
