/** Activations lie flat already. */
import type { LayerDefinition, LayerOf } from './layer.ts';

export const flatten: LayerDefinition<LayerOf<'flatten'>> = {
  parameters: () => [],
  identity: 'always',
  forward: () => [],
  backward: () => [],
  inference: () => [],
};
