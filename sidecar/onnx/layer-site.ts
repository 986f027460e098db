/** What writing the nodes of one layer starts from. */
import type { Layer, LayerKind, Weights } from '../network/types.ts';
import type { NodeWriter } from './node-writer.ts';

/** Where a layer's nodes go and what they can see. */
export interface LayerSite {
  readonly writer: NodeWriter;
  readonly weights: Weights;
  /** Names of the tensors it reads. */
  readonly inputs: readonly string[];
  /** Whether a batch normalization, and nothing else, reads its output. */
  readonly normalized: boolean;
  /** Version of the standard operators. */
  readonly opset: number;
}

export type LayerOf<K extends LayerKind> = Extract<Layer, { readonly kind: K }>;

/** Adds a parameter of the layer as an initializer and returns its name. */
export function weight({ name }: Layer, role: string, { writer, weights }: LayerSite): string {
  const { shape, values } = weights.get(`${name}.${role}`)!;
  return writer.floats(`${name}.${role}`, shape, values);
}
