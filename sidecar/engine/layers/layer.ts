/** What each layer's file defines, and what it is given to write its kernel calls. */
import type { Layer, LayerKind } from '../../network/types.ts';
import type { Extent, Place } from '../blocked.ts';
import type { Call } from '../calls.ts';

export type LayerOf<K extends LayerKind> = Extract<Layer, { kind: K }>;

export interface ParameterSpecification {
  /** Last part of the saved name, e.g. `weight`. */
  readonly tensor: string;
  /** As saved, row-major. */
  readonly shape: readonly number[];
  /** Drawn as the network's initialization says, or this value throughout. */
  readonly initial: 'random' | number;
  /** False for running statistics: they have no gradient. */
  readonly learned: boolean;
}

/** Per-unit quantities that a layer's own calls write; the means and variances of other outputs are added for all. */
export type UnitQuantity =
  | 'outputMean'
  | 'outputVariance'
  | 'inputMean'
  | 'inputVariance'
  | 'runningMean'
  | 'runningVariance'
  | 'gamma'
  | 'beta';

/** Where a layer works during inference. */
export interface InferenceSite<L extends Layer> {
  readonly layer: L;
  readonly input: Place;
  readonly output: Place;
  parameter(tensor: string): number;
}

/** Where a layer works during training. Offsets are in bytes. */
export interface TrainingSite<L extends Layer> extends InferenceSite<L> {
  /** Gradient of the loss with respect to the output. */
  readonly outputGradient: Place;
  /** Null when nothing before this layer learns. */
  readonly inputGradient: Place | null;
  gradient(tensor: string): number;
  /** A buffer of the layer's own, by a name: the same for forward and backward. */
  buffer(name: string, extent: Extent): number;
  statistics(quantity: UnitQuantity): number;
  /** Offset of the number of the step as i32, counted from 0. */
  readonly step: number;
  /** Seed of the training, for layers that draw random numbers. */
  readonly seed: number;
}

export interface LayerDefinition<L extends Layer> {
  parameters(layer: L): readonly ParameterSpecification[];
  /** Quantities that `forward` or `afterwards` write by themselves. */
  readonly quantities?: readonly UnitQuantity[];
  /** The mean of the output's units is exactly this quantity. */
  readonly outputMean?: UnitQuantity;
  /** The output is the input itself; there is nothing to call. */
  readonly identity?: 'always' | 'inference';
  forward(site: TrainingSite<L>): readonly Call[];
  backward(site: TrainingSite<L>): readonly Call[];
  /** What the step leaves behind besides updated parameters; only made when the loss is finite. */
  afterwards?(site: TrainingSite<L>): readonly Call[];
  inference(site: InferenceSite<L>): readonly Call[];
}

/** Number of values in a shape. */
export function size(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
