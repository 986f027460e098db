/** What a plan consists of. All of it is plain data. */
import type { BandsPlan } from '../bands.ts';
import type { Place } from '../blocked.ts';
import type { Call } from '../calls.ts';
import type { LossPlaces } from '../loss.ts';
import type { StatisticsLayout } from '../statistics.ts';

export interface Parameter {
  /** As saved, `<layer>.<tensor>`. */
  readonly name: string;
  readonly layer: string;
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly place: Place;
  /** Null for running statistics, for what cannot learn, and in plans for inference alone. */
  readonly gradient: Place | null;
}

/** Numbers that lie in the memory from the start and never change. */
export interface Table {
  readonly offset: number;
  readonly values: Int32Array;
}

/** How a batch goes through the network. */
export interface BatchPlan {
  /** Examples in a batch. */
  readonly rows: number;
  /** Offset of the batch's raw examples, `[rows][features]` bytes or float32. */
  readonly staging: number;
  /** From staging to the blocked, normalized input: one of these comes before `forward`. */
  readonly gather: { readonly bytes: Call; readonly floats: Call };
  readonly forward: readonly Call[];
  readonly output: Place;
}

/** What a plan's bytes hold. */
export interface MemoryShares {
  /** Weights, running statistics and the normalization of inputs. */
  readonly parameters: number;
  readonly gradients: number;
  /** State of the optimizer and sums on the way to norms. */
  readonly optimizer: number;
  /** Raw batch, activations and their gradients, which take turns in one stretch of memory. */
  readonly activations: number;
  /** Live statistics, and tables that say how windows lie. */
  readonly statistics: number;
}

export interface InferencePlan {
  /** Size of the whole memory. */
  readonly bytes: number;
  readonly shares: MemoryShares;
  /** Multiplications with addition in a step of training, or in a batch where there is only inference; roughly. */
  readonly work: number;
  readonly tables: readonly Table[];
  /** Inputs of one example. */
  readonly features: number;
  readonly parameters: readonly Parameter[];
  /** `[features]` each. */
  readonly normalization: { readonly mean: Place; readonly deviation: Place };
  /** Takes turns with training in the memory of activations. */
  readonly inference: BatchPlan;
}

export interface StepTensor {
  readonly layer: string;
  readonly tensor: string;
  readonly place: Place;
  /** Until when nothing else takes its place: the end of the forward pass, that of the step, or not even that long. */
  readonly lasts: 'forward' | 'step' | 'shortly';
}

/** `forward` ends with the loss. */
export interface TrainingPlan extends BatchPlan, LossPlaces {
  /** What makes a step of it, only made when the loss is finite: gradients, updates, running statistics. */
  readonly backward: readonly Call[];
  /** Every tensor of a step in the order it is computed; another may have taken its place since. */
  readonly tensors: readonly StepTensor[];
  /** Offsets of what is written before each step: its number from 0 as i32, the optimizer's numbers as float32. */
  readonly step: number;
  readonly scalars: number;
}

export interface Plan extends InferencePlan {
  readonly training: TrainingPlan;
  readonly statistics: StatisticsLayout;
  readonly bands: BandsPlan;
}
