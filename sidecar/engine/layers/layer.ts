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
  /**
   * How many of the innermost values of a unit belong to one input channel: taps of a convolution, locations of the
   * image before a dense layer. Packed as blocked.ts says; 1 when absent.
   */
  readonly pixels?: number;
  /** Drawn as the network's initialization says, or this value throughout. */
  readonly initial: 'random' | number;
  /** False for running statistics and what is frozen: they have no gradient. */
  readonly learned: boolean;
}

/** Quantities of each channel that a layer's own calls write; the means and variances of other outputs are added for all. */
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
  /** The first of `inputs`. */
  readonly input: Place;
  /** In the order of the layer's `inputs`; several for concat and add. */
  readonly inputs: readonly Place[];
  readonly output: Place;
  parameter(tensor: string): number;
  /** A buffer of the layer's own, by a name: the same for forward and backward, kept from the first to the last. */
  buffer(name: string, extent: Extent): number;
  /** Numbers that kernels read and nobody changes, in memory that `createMemory` fills; equal tables share theirs. */
  table(values: Int32Array): number;
}

/** Where a layer works during training. Offsets are in bytes. */
export interface TrainingSite<L extends Layer> extends InferenceSite<L> {
  /** Gradient of the loss with respect to the output. */
  readonly outputGradient: Place;
  /** The first of `inputGradients`. */
  readonly inputGradient: Place | null;
  /** As `inputs`; null where nothing before that input learns. */
  readonly inputGradients: readonly (Place | null)[];
  gradient(tensor: string): number;
  statistics(quantity: UnitQuantity): number;
  /** Offset of the number of the step as i32, counted from 0. */
  readonly step: number;
  /** Seed of the training, for layers that draw random numbers. */
  readonly seed: number;
}

export interface LayerDefinition<L extends Layer> {
  /** `input` is how its input lies in memory, where that decides how its weights do; not given for names and shapes. */
  parameters(layer: L, input?: Extent): readonly ParameterSpecification[];
  /** Quantities that `forward` or `afterwards` write by themselves. */
  readonly quantities?: readonly UnitQuantity[];
  /** The mean of the output's units is exactly this quantity. */
  readonly outputMean?: UnitQuantity;
  /**
   * The output is the input itself, there is nothing to call: during inference, or whenever the function says so of the
   * layers that take the output.
   */
  readonly identity?: 'inference' | ((layer: L, consumers: readonly Layer[]) => boolean);
  /** It can read the network's input in planes (blocked.ts); given so when all who read the input can. */
  readsPlanes?(layer: L): boolean;
  /** Which of its tensors `backward` reads besides the output's gradient; both when absent. Others may be gone by then. */
  readonly backwardReads?: readonly ('input' | 'output')[];
  forward(site: TrainingSite<L>): readonly Call[];
  /** Writes gradients of parameters, and of inputs in every lane and row, 0 in lanes that pad. */
  backward(site: TrainingSite<L>): readonly Call[];
  /** What the step leaves behind besides updated parameters; only made when the loss is finite. */
  afterwards?(site: TrainingSite<L>): readonly Call[];
  inference(site: InferenceSite<L>): readonly Call[];
}
