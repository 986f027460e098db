/**
 * What a run finds out about its layers at every evaluation, on one fixed batch of training examples: how the inputs of
 * the activations are distributed, how far they have moved, and what running statistics make of them.
 */

/** Values counted in equal bins from `low` to `high`; what is not finite is in none of them. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** One activation layer, such as a sigmoid; u is its input, over all units, examples and locations. */
export interface ActivationProbe {
  readonly layer: string;
  /** Of u, bins from the data. */
  readonly histogram: Histogram;
  /** Share of u where the derivative is below a tenth of its largest; 0 to 1. */
  readonly saturated: number;
  /** Mean of the activation's derivative at u. */
  readonly derivative: number;
  /** Share of units whose derivative is (nearly) zero for every example; 0 to 1. */
  readonly dead: number;
  /** 15th, 50th and 85th percentile of u of every unit over examples and locations, `[3][units]` as base64 of float32. */
  readonly percentiles: string;
}

/** How far a layer that learns has been moved by the layers below it. Null where it was not measured. */
export interface ShiftProbe {
  readonly layer: string;
  /**
   * Wasserstein distance between the distributions of the layer's inputs at this evaluation and the one before, in units
   * of the standard deviation of the one before, mean over input units. Null at the first.
   */
  readonly wasserstein: number | null;
  /**
   * After Santurkar et al. (2018): the layer's gradient before and after one step of the layers below it, on the same batch.
   * Degrees between the two, and length of their difference over the length of the first.
   */
  readonly gradientAngle: number | null;
  readonly gradientDistance: number | null;
}

/** The same batch through a batch normalization with the batch's statistics and with the running ones. */
export interface GapProbe {
  readonly layer: string;
  /** |running mean - batch mean| / batch deviation: largest over units, and median. */
  readonly meanLargest: number;
  readonly meanMedian: number;
  /** Running over batch deviation, the unit where it is furthest from 1, and the median unit. */
  readonly deviationWorst: number;
  readonly deviationMedian: number;
}

export interface Probe {
  readonly step: number;
  readonly activations: readonly ActivationProbe[];
  readonly shifts: readonly ShiftProbe[];
  readonly gaps: readonly GapProbe[];
  /** Loss and accuracy of the probe batch with its own statistics and with the running ones. Null: not finite, or no classes. */
  readonly batchLoss: number | null;
  readonly batchAccuracy: number | null;
  readonly runningLoss: number | null;
  readonly runningAccuracy: number | null;
  /**
   * The statistics of every unit at this step, as base64 of float32: `UnitField` says where. Null where they were left out
   * so that no more than some 200 are kept.
   */
  readonly units: string | null;
}

/** Where a quantity of a layer lies in the `units` of a probe, in float32. */
export interface UnitField {
  readonly layer: string;
  readonly quantity: string;
  readonly offset: number;
  readonly length: number;
}
