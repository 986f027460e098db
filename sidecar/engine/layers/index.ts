/** The table of layers: one entry a kind. */
import type { Layer, LayerKind } from '../../network/types.ts';
import { batchnorm } from './batchnorm.ts';
import { conv } from './conv.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { elementwise } from './elementwise.ts';
import { groupnorm, layernorm } from './example-norm.ts';
import { frozenBatchnorm } from './frozen-batchnorm.ts';
import type { LayerDefinition, LayerOf, ParameterSpecification } from './layer.ts';
import { lrn } from './lrn.ts';
import { avgpool, maxpool } from './pool.ts';
import { softmax } from './softmax.ts';
import { add, concat, flatten } from './structure.ts';

export type { ParameterSpecification } from './layer.ts';

const definitions: { readonly [K in LayerKind]: LayerDefinition<LayerOf<K>> } = {
  dense,
  conv2d: conv,
  conv1d: conv,
  maxpool,
  avgpool,
  'global-avgpool': avgpool,
  batchnorm,
  sigmoid: elementwise('sigmoid', 'output'),
  tanh: elementwise('tanh', 'output'),
  relu: elementwise('relu', 'output'),
  'leaky-relu': elementwise('leakyRelu', 'input', ({ slope }) => slope),
  softplus: elementwise('softplus', 'input'),
  gelu: elementwise('gelu', 'input'),
  silu: elementwise('silu', 'input'),
  softmax,
  lrn,
  layernorm,
  groupnorm,
  dropout,
  flatten,
  concat,
  add,
};

export function definitionOf<L extends Layer>(layer: L): LayerDefinition<L> {
  const frozen = layer.kind === 'batchnorm' && layer.state !== 'train';
  const definition = frozen ? frozenBatchnorm : definitions[layer.kind];
  // The table's type says that each entry takes the layer its key names; TypeScript cannot follow a lookup by a union.
  return definition as unknown as LayerDefinition<L>;
}

/** Everything the layer learns or keeps, in the order it is saved. */
export function specifications(layer: Layer): readonly ParameterSpecification[] {
  return definitionOf(layer).parameters(layer);
}
